/** Pixel sizes that a person sets, and predictions at the pixel size of the training images. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { gate, type Opened, openSession, paintSome, until } from '../../drivers/session.ts'

const [WIDTH, HEIGHT] = [96, 64]

test('a pixel size is told to every window, and one that names no image changes nothing', async () => {
  const { window } = await openSession({ images: 2 })
  await window.ask('image.setPixelSize', { ids: [1, 2], pixelSizeUm: { x: 0.5, y: 0.25, z: 1 } })
  await until(() => window.of('project-changed').length > 0)
  const sizes = async () => (await window.ask('project.view', {})).images.map(({ pixelSizeUm }) => pixelSizeUm)
  const size = { x: 0.5, y: 0.25 }
  expect(
    window
      .of('project-changed')
      .at(-1)!
      .project.images.map(({ pixelSizeUm }) => pixelSizeUm),
  ).toEqual([size, size])
  const nonsense = { ids: [1, 9], pixelSizeUm: { x: 1, y: 1 } }
  expect(await window.failure('image.setPixelSize', nonsense)).toMatchObject({ code: 'image-unknown' })
  expect(await sizes()).toEqual([size, size])
  await window.ask('image.setPixelSize', { ids: [2], pixelSizeUm: 'unknown' })
  expect(await sizes()).toEqual([size, undefined])
})

/** Two images, a run that learned pixels of 0.5 µm; the first image now has others. The left half of its view is object. */
async function learned(pixelUm: number): Promise<Opened & { sizesSeen: () => string[] }> {
  const opened = await openSession({ images: 2 })
  const { window, plane, engine } = opened
  await window.ask('image.setPixelSize', { ids: [1, 2], pixelSizeUm: { x: 0.5, y: 0.5 } })
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  await window.ask('image.setPixelSize', { ids: [1], pixelSizeUm: { x: pixelUm, y: pixelUm } })
  let [most, seen] = [{ x: 0, y: 0 }, [] as string[]]
  engine.probabilityAt = (x, y) => {
    if (x === 0 && y === 0 && most.x > 0) {
      seen.push(`${most.x + 1} x ${most.y + 1}`)
      most = { x: 0, y: 0 }
    }
    most = { x: Math.max(most.x, x), y: Math.max(most.y, y) }
    return x < (WIDTH * pixelUm) / 0.5 / 2 ? 0.9 : 0.1
  }
  const sizesSeen = () => {
    const all = [...seen, `${most.x + 1} x ${most.y + 1}`]
    ;[most, seen] = [{ x: 0, y: 0 }, []]
    return all
  }
  return { ...opened, sizesSeen }
}

async function predict({ window }: Opened, imageIds: number[], rescale: boolean): Promise<string> {
  const { id } = await window.ask('prediction.start', { imageIds, rescale })
  const isOver = ({ id: of, state }: { id: string; state: string }) => of === id && state === 'finished'
  await until(() => window.of('prediction').some(isOver))
  return id
}

const calls = ({ engine }: Opened): number => engine.calls.filter((call) => call === 'predict').length

test('an image with smaller pixels is seen by the network at the learned size and comes back on its own grid', async () => {
  const opened = await learned(0.25)
  const id = await predict(opened, [1, 2], true)
  expect(opened.sizesSeen()).toEqual(['96 x 64', '48 x 32'])
  const [view] = (await opened.window.ask('project.view', {})).predictions
  expect([view!.scales, view!.isAveraged]).toEqual([{ 1: { x: 0.5, y: 0.5 } }, undefined])
  const folder = path.join(opened.project, 'predictions', id)
  expect(readdirSync(folder).sort()).toEqual(['image-1-0-0.cbpx', 'image-2-0-0.cbpx', 'plan.json'])
  const file = PixelFile.open(path.join(folder, 'image-1-0-0.cbpx'))
  expect(file.header).toMatchObject({ width: WIDTH, height: HEIGHT, channels: 2, sampleType: 'uint8', z: 1, t: 1 })
  const { data } = file.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: WIDTH, h: HEIGHT } })
  file.close()
  for (let at = 0; at < WIDTH * HEIGHT; at++) {
    const x = at % WIDTH
    if (Math.abs(x - WIDTH / 2 + 0.5) < 2) continue // between two pixels of the network
    expect([x, data[WIDTH * HEIGHT + at]]).toEqual([x, Math.round(255 * (x < WIDTH / 2 ? 0.9 : 0.1))])
  }
  const shown = await opened.session.tiles.read(`prediction/${id}/1/0/0/0/0/0`)
  expect(shown?.bytes[256 * 256]).toBe(Math.round(255 * 0.9))
  expect(opened.window.of('prediction').filter(({ state }) => state === 'finished')).toMatchObject([
    { imageId: 1, done: 1, total: 1 },
    { imageId: 2, done: 1, total: 1 },
  ])
})

test('without being asked, and where the sizes agree, images are predicted as they are', async () => {
  const opened = await learned(0.25)
  await predict(opened, [1], false)
  expect(opened.sizesSeen()).toEqual(['96 x 64'])
  await predict(opened, [2], true)
  expect(opened.sizesSeen()).toEqual(['96 x 64'])
})

test('what was predicted at another size is not taken for it; what was predicted at this size is', async () => {
  const opened = await learned(0.25)
  await predict(opened, [1], false)
  await predict(opened, [1], true)
  expect(calls(opened)).toBe(2)
  await predict(opened, [1], true)
  expect(calls(opened)).toBe(2)
  await opened.window.ask('image.setPixelSize', { ids: [1], pixelSizeUm: { x: 1, y: 1 } })
  opened.sizesSeen()
  await predict(opened, [1], true)
  expect(opened.sizesSeen()).toEqual(['192 x 128'])
})

test('an absurd size is refused in a sentence, and the other images are predicted', async () => {
  const opened = await learned(5000)
  const { id } = await opened.window.ask('prediction.start', { imageIds: [1, 2], rescale: true })
  await until(() => opened.window.of('prediction').some((event) => event.id === id && event.state === 'failed'))
  const [view] = (await opened.window.ask('project.view', {})).predictions
  expect(view).toMatchObject({ id, state: 'failed', planes: [{ imageId: 2, z: 0, t: 0 }] })
  const job = opened.window.of('job').findLast(({ state }) => state === 'failed')
  const message = expect.stringMatching(/would have 960000 x 640000 pixels at the network's pixel size/)
  expect(job).toMatchObject({ predicting: id, message })
})

test('stopped half-way it leaves nothing behind', async () => {
  const opened = await learned(0.25)
  const held = gate()
  opened.engine.whilePredicting = () => held.promise
  const { id } = await opened.window.ask('prediction.start', { imageIds: [1], rescale: true })
  await until(() => calls(opened) === 1)
  await opened.window.ask('prediction.cancel', { id })
  held.resolve()
  await until(() => !existsSync(path.join(opened.project, 'predictions', id)))
  expect((await opened.window.ask('project.view', {})).predictions).toEqual([])
})
