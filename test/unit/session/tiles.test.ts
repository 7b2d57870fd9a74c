import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { importInto } from '../../../src-main/core/import.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { imageTileUrl, labelTileUrl, predictionTileUrl, thumbnailUrl } from '../../../src-shared/data-urls.ts'
import { afterCrash, brush, labelsOf, openSession, paintSome, reopenSession, until } from '../../drivers/session.ts'

const at = (level: number, tx: number, ty: number) => ({ level, tx, ty })

test('image tiles are the samples as they were, channel by channel, padded with zeros', async () => {
  const { session, folder } = await openSession({ images: 0 })
  const [width, height, channels] = [300, 270, 2]
  const valueAt = (c: number, z: number, x: number, y: number) => c * 30_000 + z * 1000 + ((x * 7 + y * 13) % 997)
  const file = path.join(folder, 'stack.tif')
  const tiff = TiffWriter.create(file, { width, height, channels, sampleType: 'uint16', z: 2, t: 1 })
  for (let z = 0; z < 2; z++) {
    for (let c = 0; c < channels; c++) {
      const value = (_: unknown, at: number) => valueAt(c, z, at % width, Math.floor(at / width))
      tiff.writePlane(Uint16Array.from({ length: width * height }, value))
    }
  }
  tiff.close()
  await importInto(session.store, { inputs: [file], isComplete: false }, quietJob())
  const read = async (tx: number, ty: number) => {
    const tile = await session.tiles.read(imageTileUrl(1, 1, 0, at(0, tx, ty)))
    const bytes = Buffer.from(tile!.bytes)
    expect(bytes).toHaveLength(2 * 256 * 256 * 2)
    return (c: number, x: number, y: number) => bytes.readUInt16LE(2 * (c * 65536 + y * 256 + x))
  }
  const [first, corner] = [await read(0, 0), await read(1, 1)]
  for (const c of [0, 1]) {
    expect(first(c, 255, 255)).toBe(valueAt(c, 1, 255, 255))
    expect(first(c, 3, 200)).toBe(valueAt(c, 1, 3, 200))
    expect(corner(c, 43, 13)).toBe(valueAt(c, 1, 299, 269))
    expect([corner(c, 44, 13), corner(c, 43, 14), corner(c, 255, 255)]).toEqual([0, 0, 0])
  }
  // Level 1: the mean of two by two, rounded.
  const coarse = Buffer.from((await session.tiles.read(imageTileUrl(1, 0, 0, at(1, 0, 0))))!.bytes)
  const four = [valueAt(0, 0, 20, 30), valueAt(0, 0, 21, 30), valueAt(0, 0, 20, 31), valueAt(0, 0, 21, 31)]
  expect(coarse.readUInt16LE(2 * (15 * 256 + 10))).toBe(Math.round(four.reduce((a, b) => a + b) / 4))
})

test('label tiles show the present revision and say which; coarser ones the value at the centre', async () => {
  const { session, window, plane } = await openSession({ width: 600, height: 300 })
  await window.ask('plane.stroke', {
    plane,
    stroke: brush(
      'new',
      [
        [250, 100],
        [270, 120],
      ],
      20,
    ),
  })
  await window.ask('plane.stroke', { plane, stroke: brush('background', [[300, 200]], 30) })
  const whole = labelsOf(session, plane)
  for (const [tx, ty] of [
    [0, 0],
    [1, 0],
    [2, 1],
  ] as const) {
    const tile = await session.tiles.read(labelTileUrl(plane, 1, at(0, tx, ty)))
    expect(tile!.revision).toBe(2)
    const data = new Uint32Array(Uint8Array.from(tile!.bytes).buffer)
    for (const i of data.keys()) {
      const [x, y] = [tx * 256 + (i % 256), ty * 256 + Math.floor(i / 256)]
      if (data[i] !== (x < 600 && y < 300 ? whole[y * 600 + x] : 0)) throw new Error(`differs at ${x}, ${y}`)
    }
  }
  const coarse = await session.tiles.read(labelTileUrl(plane, 2, at(1, 0, 0)))
  const data = new Uint32Array(Uint8Array.from(coarse!.bytes).buffer)
  expect(data[50 * 256 + 125]).toBe(whole[101 * 600 + 251])
  expect(data[50 * 256 + 125]).toBe(16)
})

test('equal addresses have equal tags until something is painted, and a copy that is painted otherwise has others', async () => {
  const { session, window, plane, project } = await openSession()
  const tag = async (of = session) => (await of.tiles.read(labelTileUrl(plane, 0, at(0, 0, 0))))!.tag
  const before = await tag()
  expect(await tag()).toBe(before)
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  expect(await tag()).not.toBe(before)

  const copy = await reopenSession(afterCrash(project))
  expect(await tag(copy.session)).toBe(await tag())
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 20]]) })
  await copy.window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 40]]) })
  expect(await tag(copy.session)).not.toBe(await tag())
})

test('predictions of one number have other tags in copies of a project that predicted otherwise', async () => {
  const { window, plane, project } = await openSession()
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  const tagOfPrediction = async (share: number) => {
    const copy = await reopenSession(afterCrash(project))
    copy.engine.probabilityAt = () => share
    const { id } = await copy.window.ask('prediction.start', { imageIds: [1] })
    await until(() => copy.window.of('prediction').some(({ state }) => state === 'finished'))
    return (await copy.session.tiles.read(predictionTileUrl(id, 1, 0, 0, at(0, 0, 0))))!.tag
  }
  const tags = [await tagOfPrediction(0.2), await tagOfPrediction(0.8), await tagOfPrediction(0.8)]
  expect(tags.map((tag) => tags.indexOf(tag))).toEqual([0, 1, 1])
})

test('what is no address of a tile is undefined; what the project does not have is a failure', async () => {
  const { session } = await openSession()
  for (const address of [
    '',
    'image',
    'image/1/0/0/0/0',
    'image/1/0/0/0/0/0/0',
    'image/1/0/0/9/0/0',
    'image/1/0/0/0/1/0',
    'image/1/0/0/0/-1/0',
    'image/1/5/0/0/0/0',
    'image/1/0/0/x/0/0',
    'labels/1/objects/0/0/0/0/7/0',
    'labels/1/objects/0/0/0/99/0/0',
    'prediction/none/1/0/0/0/0/0',
    'prediction/..%2F..%2Fimages/1/0/0/0/0/0',
    'images/../project.db',
    '../project.db',
    'thumbnail/1/2',
    'image/%E0%A4%A/0/0/0/0/0',
  ]) {
    expect([address, await session.tiles.read(address)]).toEqual([address, undefined])
  }
  await expect(session.tiles.read('image/9/0/0/0/0/0')).rejects.toMatchObject({ code: 'image-unknown' })
  await expect(session.tiles.read('thumbnail/x')).rejects.toMatchObject({ code: 'image-unknown' })
  await expect(session.tiles.read('labels/1/objects/3/0/0/0/0/0')).rejects.toMatchObject({ code: 'plane-missing' })
})

test('pixels that have gone are decoded from the original again, once for all who ask', async () => {
  const { session, project } = await openSession()
  const [image] = session.store.images.list()
  const derived = path.join(project, 'images', `${image!.sha256}.cbpx`)
  rmSync(derived)
  const asked = ['image/1/0/0/0/0/0', 'image/1/0/0/0/0/0', 'thumbnail/1'].map((address) => session.tiles.read(address))
  const [first, second] = await Promise.all(asked)
  expect(existsSync(derived)).toBe(true)
  expect(first!.bytes[5 * 256 + 7]).toBe(7 * 3 + 5)
  expect(second!.bytes).toEqual(first!.bytes)
})

test('an image whose original and pixels are both gone is a failure that names it', async () => {
  const { session, project, window } = await openSession()
  const [image] = session.store.images.list()
  for (const extension of ['.cbpx', '.png']) rmSync(path.join(project, 'images', image!.sha256 + extension))
  await expect(session.tiles.read('image/1/0/0/0/0/0')).rejects.toMatchObject({ code: 'file-missing' })
  session.projectChanged()
  expect((await window.ask('project.view', {})).images).toMatchObject([{ isMissing: true }])
})

test('the range of a channel is its percentiles; a channel or plane that there is not is refused', async () => {
  const { window } = await openSession({ width: 256, height: 1 })
  const ask = { id: 1, z: 0, t: 0, channel: 0, low: 0, high: 100 }
  expect(await window.ask('image.range', ask)).toEqual([0, 255]) // three times every place, modulo 256
  expect(await window.ask('image.range', { ...ask, low: 25, high: 75 })).toEqual([63.75, 191.25])
  expect(await window.failure('image.range', { ...ask, channel: 1 })).toMatchObject({ code: 'channels-mismatch' })
  expect(await window.failure('image.range', { ...ask, z: 1 })).toMatchObject({ code: 'plane-missing' })
})

test('devices are looked at once, and measured when asked', async () => {
  const { window, engine } = await openSession()
  const expected = { devices: [{ device: 'cpu', isUsable: true, label: 'double', isGpu: false }], chosen: 'cpu' }
  expect(await window.ask('device.list', { measure: false })).toEqual(expected)
  await window.ask('device.list', { measure: false })
  expect(engine.calls).toEqual(['devices'])
  await window.ask('device.list', { measure: true })
  expect(engine.calls).toEqual(['devices', 'devices'])
})

test('a thumbnail is a small grey PNG that uses the whole range', async () => {
  const { session } = await openSession({ width: 800, height: 400 })
  const tile = await session.tiles.read(thumbnailUrl(1))
  expect(tile!.contentType).toBe('image/png')
  const png = decode(tile!.bytes)
  expect([png.width, png.height, png.channels]).toEqual([192, 96, 1])
  expect(Math.min(...png.data)).toBe(0)
  expect(Math.max(...png.data)).toBe(255)
})
