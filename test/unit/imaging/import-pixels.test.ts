import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { encode } from 'fast-png'
import { afterAll, describe, expect, test } from 'vitest'
import { importPixels, inspect, readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { decodeAll } from './decoded.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-import-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)
const FIXTURES = 'test/fixtures/imaging'

/** All samples of a pixel file in the order t, z, channel. */
function contents(file: string): number[] {
  const opened = PixelFile.open(file)
  const { width, height, z, t } = opened.header
  const all: number[] = []
  for (let time = 0; time < t; time++) {
    for (let slice = 0; slice < z; slice++) {
      all.push(...opened.readRegion({ z: slice, t: time, rect: { x: 0, y: 0, w: width, h: height } }).data)
    }
  }
  opened.close()
  return all
}

describe('an import', () => {
  test.each(['imagej-hyperstack.tif', 'imagej-one-ifd.tif', 'ome-order.ome.tif', 'rgb-planar.tif', 'tiled-ragged.tif'])(
    'of %s holds every plane where it belongs',
    async (name) => {
      const source = path.join(FIXTURES, 'tiff', name)
      const shares: number[] = []
      const info = await importPixels(source, at('x.cbpx'), { onProgress: (share) => shares.push(share) })
      const { info: stored, data } = await decodeAll(source)
      expect(contents(at('x.cbpx'))).toEqual([...data])
      expect({ ...info, channelNames: 0, significantBits: 0 }).toEqual({
        ...stored,
        channelNames: 0,
        significantBits: 0,
      })
      expect(shares.length).toBeGreaterThan(0)
      expect(shares).toEqual([...shares].sort((a, b) => a - b))
      expect(fs.readdirSync(folder).filter((file) => file.includes('.part'))).toEqual([])
    },
  )

  test('makes one channel of grey stored as RGBA, and measures the bits that are used', async () => {
    const source = path.join(FIXTURES, 'tiff/grey-as-rgba.tif')
    expect(await inspect(source)).toMatchObject({ channels: 4, colour: 'rgba', axes: 'CYX' })
    expect(await importPixels(source, at('grey.cbpx'))).toMatchObject({ channels: 1, colour: 'grey', axes: 'YX' })
    const { data } = await decodeAll(source)
    expect(contents(at('grey.cbpx'))).toEqual([...data.subarray(0, data.length / 4)])
    const twelve = await importPixels(path.join(FIXTURES, 'tiff/uint16.tif'), at('bits.cbpx'))
    expect(twelve.significantBits).toBe(Math.ceil(Math.log2(Math.max(...contents(at('bits.cbpx'))) + 1)))
  })

  test('keeps opacity that hides something, and colours that differ', async () => {
    const info = await importPixels(path.join(FIXTURES, 'png/basi6a08.png'), at('rgba.cbpx'))
    expect(info).toMatchObject({ channels: 4, channelNames: ['red', 'green', 'blue', 'opacity'], colour: 'rgba' })
  })

  test('has levels down to one tile', async () => {
    const writer = TiffWriter.create(at('large.tif'), { width: 1100, height: 300, sampleType: 'uint16' })
    writer.writePlane(Uint16Array.from({ length: 330000 }, (_, i) => (i % 1100) + Math.floor(i / 1100)))
    writer.close()
    await importPixels(at('large.tif'), at('large.cbpx'))
    const file = PixelFile.open(at('large.cbpx'))
    expect(file.header.levels).toBe(4)
    const top = file.readRegion({ z: 0, t: 0, level: 3, rect: { x: 0, y: 0, w: 138, h: 38 } })
    expect(top.data[0]).toBeCloseTo(7, -0.5) // the mean of the first 8 x 8 pixels of x + y
    file.close()
  })

  test('that fails leaves nothing, and what was there before', async () => {
    fs.writeFileSync(at('before.cbpx'), 'before')
    fs.writeFileSync(at('cut.tif'), fs.readFileSync(`${FIXTURES}/tiff/uint16.tif`).subarray(0, 700))
    await expect(importPixels(at('cut.tif'), at('before.cbpx'))).rejects.toMatchObject({
      name: 'AppError',
      code: 'image-unreadable',
      message: `${at('cut.tif')} cannot be read (it is cut short); export it again from the program that made it.`,
    })
    expect(fs.readFileSync(at('before.cbpx'), 'utf8')).toBe('before')
    expect(fs.readdirSync(folder).filter((file) => file.includes('.part'))).toEqual([])
  })

  test('into a folder that is not there says so', async () => {
    await expect(importPixels(`${FIXTURES}/tiff/uint8.tif`, at('no/where.cbpx'))).rejects.toMatchObject({
      code: 'not-writable',
    })
  })

  test('stops when it is told to, and nothing is left', async () => {
    const controller = new AbortController()
    const source = path.join(FIXTURES, 'tiff/imagej-hyperstack.tif')
    const running = importPixels(source, at('stopped.cbpx'), { signal: controller.signal })
    controller.abort(new Error('stopped by the user'))
    await expect(running).rejects.toThrow('stopped by the user')
    expect(fs.readdirSync(folder).filter((file) => file.includes('stopped'))).toEqual([])
    await expect(inspect(source, { signal: controller.signal })).rejects.toThrow('stopped by the user')
    expect(await inspect(source)).toMatchObject({ axes: 'TZCYX' }) // the next one is not disturbed
  })

  test('gives up without progress', async () => {
    // Millions of pixels take far longer than a millisecond, and a PNG is decoded without a word in between.
    const [width, height] = [3000, 3000]
    fs.writeFileSync(at('slow.png'), encode({ width, height, channels: 1, data: new Uint8Array(width * height) }))
    await expect(readWholePlane(at('slow.png'), 0, { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'image-unreadable',
      message: expect.stringMatching(/nothing came of it/),
    })
    expect(await inspect(`${FIXTURES}/tiff/uint8.tif`)).toMatchObject({ width: 19, height: 21 })
  })
})

describe('a whole plane', () => {
  test('is one page of a stack as stored', async () => {
    const { info, data } = await decodeAll(`${FIXTURES}/tiff/imagej-one-ifd.tif`)
    const size = info.width * info.height
    const plane = await readWholePlane(`${FIXTURES}/tiff/imagej-one-ifd.tif`, 3)
    expect(plane.data).toEqual(data.slice(3 * size, 4 * size))
    await expect(readWholePlane(`${FIXTURES}/tiff/imagej-one-ifd.tif`, 5)).rejects.toThrow('it has 5 pages, not 6')
  })

  test('of a palette PNG is colours or indices', async () => {
    const indices = await readWholePlane(`${FIXTURES}/png/basn3p04.png`, 0, { asIndices: true })
    const colours = await readWholePlane(`${FIXTURES}/png/basn3p04.png`, 0)
    expect([indices.channels, colours.channels]).toEqual([1, 3])
    expect(Math.max(...indices.data)).toBeLessThan(16)
  })
})
