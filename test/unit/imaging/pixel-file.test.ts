import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { PixelFile, scaledLevels } from '../../../src-main/imaging/pixel-file.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { allocateSamples, type SampleType } from '../../../src-shared/pixels.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-pixel-file-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

const TYPES: SampleType[] = ['uint8', 'uint16', 'uint32', 'int8', 'int16', 'int32', 'float32', 'float64']

describe('regions', () => {
  test('any rectangle written anywhere reads back as in a plain array', () => {
    const shape = fc.record({
      width: fc.integer({ min: 1, max: 600 }),
      height: fc.integer({ min: 1, max: 600 }),
      channels: fc.integer({ min: 1, max: 3 }),
      type: fc.constantFrom(...TYPES),
      seeds: fc.array(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { minLength: 2, maxLength: 5 }),
    })
    fc.assert(
      fc.property(shape, ({ width, height, channels, type, seeds }) => {
        const file = PixelFile.create(at('any.cbpx'), { width, height, channels, sampleType: type, z: 2, t: 2 })
        const expected = allocateSamples(type, channels * width * height)
        for (const seed of seeds) {
          const x = seed % width
          const y = (seed >> 8) % height
          const w = 1 + ((seed >> 3) % (width - x))
          const h = 1 + ((seed >> 5) % (height - y))
          const data = allocateSamples(type, channels * w * h)
          for (let i = 0; i < data.length; i++) data[i] = (seed + i * 7) % 120
          file.writeRegion({ z: 1, t: 0, x, y }, { width: w, height: h, channels, data })
          for (let c = 0; c < channels; c++) {
            for (let row = 0; row < h; row++) {
              for (let column = 0; column < w; column++) {
                expected[(c * height + y + row) * width + x + column] = data[(c * h + row) * w + column]!
              }
            }
          }
        }
        const rect = { x: 0, y: 0, w: width, h: height }
        expect(file.readRegion({ z: 1, t: 0, rect }).data).toEqual(expected)
        const other = file.readRegion({ z: 0, t: 1, rect })
        expect(other.data.every((value) => value === 0)).toBe(true)
        const last = channels - 1
        const part = { x: width >> 1, y: height >> 1, w: 1, h: 1 }
        expect(file.readRegion({ z: 1, t: 0, rect: part, channels: [last] }).data[0]).toBe(
          expected[(last * height + part.y) * width + part.x],
        )
        file.close()
      }),
      { numRuns: 25 },
    )
  })

  test('a closed file opens again with its header and its pixels', () => {
    const made = PixelFile.create(at('again.cbpx'), {
      width: 300,
      height: 2,
      channels: 1,
      sampleType: 'uint16',
      levels: 2,
    })
    const data = Uint16Array.from({ length: 600 }, (_, i) => i * 100)
    made.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: 300, height: 2, channels: 1, data })
    made.sync()
    made.close()
    const opened = PixelFile.open(at('again.cbpx'))
    expect(opened.header).toEqual({
      format: 1,
      width: 300,
      height: 2,
      channels: 1,
      sampleType: 'uint16',
      z: 1,
      t: 1,
      tile: 256,
      levels: 2,
    })
    expect(opened.readRegion({ z: 0, t: 0, rect: { x: 250, y: 1, w: 10, h: 1 } }).data).toEqual(data.slice(550, 560))
    opened.close()
  })

  test('bytes lie where docs/architecture.md says', () => {
    const file = PixelFile.create(at('bytes.cbpx'), {
      width: 300,
      height: 300,
      channels: 2,
      sampleType: 'uint16',
      z: 2,
    })
    file.writeRegion(
      { z: 1, t: 0, x: 299, y: 258 },
      { width: 1, height: 1, channels: 2, data: Uint16Array.of(5, 0x0708) },
    )
    file.close()
    const bytes = fs.readFileSync(at('bytes.cbpx'))
    const tileBytes = 2 * 256 * 256 * 2
    const offset = 4096 + 4 * tileBytes + 3 * tileBytes + 256 * 256 * 2 + (2 * 256 + 43) * 2
    expect(bytes.readUInt16LE(offset)).toBe(0x0708)
    expect(bytes.length).toBe(4096 + 8 * tileBytes)
  })

  test('a region outside the plane is refused', () => {
    const file = PixelFile.create(at('outside.cbpx'), { width: 10, height: 10, channels: 1, sampleType: 'uint8' })
    for (const rect of [
      { x: -1, y: 0, w: 2, h: 2 },
      { x: 9, y: 0, w: 2, h: 1 },
      { x: 0, y: 0, w: 0, h: 1 },
      { x: 0.5, y: 0, w: 1, h: 1 },
    ]) {
      expect(() => file.readRegion({ z: 0, t: 0, rect })).toThrow(RangeError)
    }
    const rect = { x: 0, y: 0, w: 1, h: 1 }
    expect(() => file.readRegion({ z: 1, t: 0, rect })).toThrow(RangeError)
    expect(() => file.readRegion({ z: 0, t: 0, level: 1, rect })).toThrow(RangeError)
    expect(() => file.readRegion({ z: 0, t: 0, rect, channels: [1] })).toThrow(RangeError)
    expect(() =>
      file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: 1, height: 1, channels: 1, data: Uint16Array.of(1) }),
    ).toThrow(RangeError)
    file.close()
  })

  test('creating anew never writes into a hard link of the old file', () => {
    const file = PixelFile.create(at('old.cbpx'), { width: 1, height: 1, channels: 1, sampleType: 'uint8' })
    file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: 1, height: 1, channels: 1, data: Uint8Array.of(7) })
    file.close()
    fs.linkSync(at('old.cbpx'), at('link.cbpx'))
    PixelFile.create(at('old.cbpx'), { width: 9, height: 9, channels: 1, sampleType: 'uint8' }).close()
    const link = PixelFile.open(at('link.cbpx'))
    expect(link.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: 1, h: 1 } }).data).toEqual(Uint8Array.of(7))
    link.close()
  })
})

describe('levels', () => {
  test.each([
    [256, 256, 1],
    [257, 1, 2],
    [512, 512, 2],
    [513, 100, 3],
    [1024, 1024, 3],
    [100000, 3, 10],
  ])('%i x %i pixels have %i levels', (width, height, levels) => {
    expect(scaledLevels(width, height)).toBe(levels)
  })

  test('means, rounded, also at odd edges and across tiles', () => {
    const [width, height] = [515, 3]
    const file = PixelFile.create(at('mean.cbpx'), { width, height, channels: 1, sampleType: 'uint8', levels: 3 })
    const data = Uint8Array.from({ length: width * height }, (_, i) => (i * 31) % 251)
    file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data })
    file.buildLevels()
    const half = file.readRegion({ z: 0, t: 0, level: 1, rect: { x: 0, y: 0, w: 258, h: 2 } }).data
    const value = (x: number, y: number) => data[y * width + x]!
    expect(half[0]).toBe(Math.round((value(0, 0) + value(1, 0) + value(0, 1) + value(1, 1)) / 4))
    expect(half[257]).toBe(Math.round((value(514, 0) + value(514, 1)) / 2))
    expect(half[258 + 256]).toBe(Math.round((value(512, 2) + value(513, 2)) / 2))
    expect(file.levelSize(2)).toEqual({ width: 129, height: 1 })
    file.close()
  })

  test('labels keep values that exist, and NaN does not spread', () => {
    const labels = PixelFile.create(at('l.cbpx'), { width: 3, height: 2, channels: 1, sampleType: 'uint32', levels: 2 })
    labels.writeRegion(
      { z: 0, t: 0, x: 0, y: 0 },
      { width: 3, height: 2, channels: 1, data: Uint32Array.of(16, 90, 1, 2, 3, 4) },
    )
    labels.buildLevels('nearest')
    expect(labels.readRegion({ z: 0, t: 0, level: 1, rect: { x: 0, y: 0, w: 2, h: 1 } }).data).toEqual(
      Uint32Array.of(16, 1),
    )
    labels.close()
    const image = PixelFile.create(at('n.cbpx'), { width: 2, height: 1, channels: 1, sampleType: 'float32', levels: 2 })
    image.writeRegion(
      { z: 0, t: 0, x: 0, y: 0 },
      { width: 2, height: 1, channels: 1, data: Float32Array.of(Number.NaN, 5) },
    )
    image.buildLevels()
    expect(image.readRegion({ z: 0, t: 0, level: 1, rect: { x: 0, y: 0, w: 1, h: 1 } }).data[0]).toBe(5)
    image.close()
  })
})

describe('damage', () => {
  const good = (): Buffer => {
    PixelFile.create(at('good.cbpx'), { width: 3, height: 3, channels: 1, sampleType: 'uint8' }).close()
    return fs.readFileSync(at('good.cbpx'))
  }
  const overwrite = (at: number, part: Buffer) => (bytes: Buffer) =>
    Buffer.concat([bytes.subarray(0, at), part, bytes.subarray(at + part.length)])
  test.each<[string, (bytes: Buffer) => Buffer]>([
    ['an empty file', () => Buffer.alloc(0)],
    ['another magic number', (bytes) => Buffer.concat([Buffer.from('PNG!'), bytes.subarray(4)])],
    ['an absurd header length', overwrite(4, Buffer.of(0xf0, 0xff, 0xff, 0xff))],
    ['a header that is not JSON', overwrite(8, Buffer.from('nonsense'))],
    ['a negative width', overwrite(20, Buffer.from('"width":-1'))],
    ['a truncated file', (bytes) => bytes.subarray(0, 5000)],
  ])('%s is an error a user can read', (_, damage) => {
    fs.writeFileSync(at('bad.cbpx'), damage(good()))
    expect(() => PixelFile.open(at('bad.cbpx'))).toThrow(
      expect.objectContaining({ name: 'AppError', code: 'image-unreadable' }),
    )
  })

  test('a missing file is named', () => {
    expect(() => PixelFile.open(at('none.cbpx'))).toThrow(new AppError('file-missing', { path: at('none.cbpx') }))
  })
})
