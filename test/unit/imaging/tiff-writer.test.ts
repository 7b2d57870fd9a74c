import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { fromArrayBuffer } from 'geotiff'
import { afterAll, describe, expect, test } from 'vitest'
import { isTemporary } from '../../../src-main/files/durable.ts'
import { labelDepth, labelSampleType } from '../../../src-main/imaging/label-files.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { allocateSamples, type Samples, type SampleType } from '../../../src-shared/pixels.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-tiff-writer-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const at = (name: string): string => path.join(folder, name)

const python = process.env.CELLBRUSH_PYTHON ?? 'python3'
const hasTifffile = spawnSync(python, ['-c', 'import tifffile']).status === 0

function plane(type: SampleType, width: number, height: number, seed: number): Samples {
  const data = allocateSamples(type, width * height)
  for (let i = 0; i < data.length; i++) data[i] = type === 'float32' ? (i % 97) / 97 + seed : (i * 7 + seed) % 60000
  return data
}

/** Every page as geotiff, a library that shares no code with the writer, reads it. */
async function readBack(file: string) {
  const bytes = fs.readFileSync(file)
  const tiff = await fromArrayBuffer(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer,
  )
  const pages = []
  for (let page = 0; page < (await tiff.getImageCount()); page++) {
    const image = await tiff.getImage(page)
    const [data] = (await image.readRasters()) as unknown as Samples[]
    pages.push({ image, data: data!, width: image.getWidth(), height: image.getHeight() })
  }
  return { bytes, pages }
}

describe('a TIFF written here', () => {
  test.each([
    { type: 'uint16', isBig: false },
    { type: 'uint32', isBig: false },
    { type: 'float32', isBig: false },
    { type: 'uint16', isBig: true },
    { type: 'float32', isBig: true },
  ] as const)('reads back in another library: $type, BigTIFF $isBig', async ({ type, isBig }) => {
    const [width, height] = [301, 977] // several strips, the last one shorter
    const file = at(`${type}-${isBig}.tif`)
    const writer = TiffWriter.create(file, { width, height, sampleType: type, channels: 2, z: 2, isBig })
    const planes = [0, 1, 2, 3].map((seed) => plane(type, width, height, seed))
    for (const data of planes) {
      writer.writeRows(data.subarray(0, width * 500))
      writer.writeRows(data.subarray(width * 500, width * 501))
      writer.writeRows(data.subarray(width * 501))
    }
    writer.close()
    const { bytes, pages } = await readBack(file)
    expect(pages.map(({ width, height, data }) => ({ width, height, data }))).toEqual(
      planes.map((data) => ({ width, height, data })),
    )
    expect(bytes.readUInt16LE(2)).toBe(isBig ? 43 : 42)
    expect(fs.readdirSync(folder).filter((name) => isTemporary(name))).toEqual([])
  })

  test('says its axes and its pixel size as ImageJ does', async () => {
    const writer = TiffWriter.create(at('axes.tif'), {
      width: 4,
      height: 3,
      sampleType: 'float32',
      channels: 2,
      z: 3,
      pixelSizeUm: { x: 0.325, y: 0.65, z: 2 },
    })
    for (let page = 0; page < 6; page++) writer.writePlane(plane('float32', 4, 3, page))
    writer.close()
    const { image } = (await readBack(at('axes.tif'))).pages[0]!
    const read = (name: string) => image.fileDirectory.getValue(name as never) as unknown
    expect(String(read('ImageDescription')).replace(/\0$/, '').split('\n')).toEqual(
      expect.arrayContaining(['images=6', 'channels=2', 'slices=3', 'hyperstack=true', 'unit=micron', 'spacing=2']),
    )
    const [numerator, denominator] = Array.from(read('XResolution') as ArrayLike<number>)
    expect(denominator! / numerator!).toBeCloseTo(0.325, 9)
    const [yNumerator, yDenominator] = Array.from(read('YResolution') as ArrayLike<number>)
    expect(yDenominator! / yNumerator!).toBeCloseTo(0.65, 9)
  })

  test('becomes BigTIFF when it could pass 4 GB', () => {
    const writer = TiffWriter.create(at('big.tif'), { width: 40000, height: 40000, sampleType: 'uint32' })
    const part = fs.readdirSync(folder).find((name) => isTemporary(name))!
    expect(fs.readFileSync(at(part)).readUInt16LE(2)).toBe(43)
    writer.abort()
  })

  test('leaves the file of that name alone until it is complete', () => {
    fs.writeFileSync(at('kept.tif'), 'before')
    const writer = TiffWriter.create(at('kept.tif'), { width: 4, height: 4, sampleType: 'uint16', z: 2 })
    writer.writePlane(new Uint16Array(16))
    expect(() => writer.close()).toThrow('only 1 of 2 planes')
    expect(fs.readFileSync(at('kept.tif'), 'utf8')).toBe('before')
    expect(fs.readdirSync(folder).filter((name) => isTemporary(name))).toEqual([])
  })

  test('refuses rows of another type or too many', () => {
    const writer = TiffWriter.create(at('rows.tif'), { width: 4, height: 2, sampleType: 'uint16' })
    expect(() => writer.writeRows(new Uint8Array(4))).toThrow(RangeError)
    expect(() => writer.writeRows(new Uint16Array(12))).toThrow(RangeError)
    expect(() => writer.writeRows(new Uint16Array(3))).toThrow(RangeError)
    writer.abort()
  })

  test('names the place that cannot be written', () => {
    expect(() => TiffWriter.create(at('no/such/folder.tif'), { width: 1, height: 1, sampleType: 'uint8' })).toThrow(
      expect.objectContaining({ code: 'not-writable' }),
    )
  })

  // Skipped where Python has no tifffile; CELLBRUSH_PYTHON names another interpreter.
  test.skipIf(!hasTifffile)('is read by tifffile with its axes, its values and its pixel size', () => {
    const writer = TiffWriter.create(at('py.tif'), {
      width: 301,
      height: 977,
      sampleType: 'float32',
      channels: 2,
      z: 3,
      pixelSizeUm: { x: 0.325, y: 0.65, z: 2 },
    })
    for (let page = 0; page < 6; page++) writer.writePlane(plane('float32', 301, 977, page))
    writer.close()
    const script = `
import json, sys, numpy, tifffile
with tifffile.TiffFile(sys.argv[1]) as file:
    series = file.series[0]
    data = series.asarray()
    i = numpy.arange(301 * 977)
    expected = numpy.stack([((i % 97) / 97 + page).astype('float32') for page in range(6)]).reshape(data.shape)
    numerator, denominator = file.pages[0].tags['XResolution'].value
    print(json.dumps({'axes': series.axes, 'shape': list(series.shape), 'equal': bool((data == expected).all()),
      'pixel': denominator / numerator, 'unit': file.imagej_metadata['unit'], 'z': file.imagej_metadata['spacing']}))`
    const result = spawnSync(python, ['-c', script, at('py.tif')], { encoding: 'utf8' })
    expect(result.stderr).toBe('')
    expect(JSON.parse(result.stdout)).toEqual({
      axes: 'ZCYX',
      shape: [3, 2, 977, 301],
      equal: true,
      pixel: 0.325,
      unit: 'micron',
      z: 2,
    })
  })
})

test('label images have more bits only when ids need them', () => {
  expect([labelSampleType(65535), labelSampleType(65536)]).toEqual(['uint16', 'uint32'])
  expect([labelDepth(255), labelDepth(256)]).toEqual([8, 16])
})
