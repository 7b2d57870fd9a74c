import * as fs from 'node:fs'
import * as path from 'node:path'
import { describe, expect, test } from 'vitest'
import { channelsLast, decodeAll, outcome, readJson, SHARED, sha1 } from './decoded.ts'

const FIXTURES = 'test/fixtures/imaging/tiff'
const expected = readJson(`${FIXTURES}/expected.json`) as Record<
  string,
  { axes: string; shape: number[]; type: string; sha1: string; pixelSizeUm?: object; channelNames?: string[] }
>

describe('TIFFs written by tifffile and libtiff', () => {
  test.each(Object.entries(expected))('%s decodes to the same samples', async (name, wanted) => {
    const { info, data } = await decodeAll(path.join(FIXTURES, name))
    const sizes: Record<string, number> = { T: info.t, Z: info.z, C: info.channels, Y: info.height, X: info.width }
    expect({
      axes: info.axes,
      shape: [...info.axes].map((axis) => sizes[axis]),
      type: info.sampleType,
      sha1: sha1(data),
      pixelSizeUm: info.pixelSizeUm,
      channelNames: info.channelNames,
    }).toEqual({ pixelSizeUm: undefined, channelNames: undefined, ...wanted })
  })
})

const MANIFEST = path.join(SHARED, 'tiff/manifest.csv')
const hasManifest = fs.existsSync(MANIFEST)

/** Files that are refused, with the reason; docs/formats.md lists them. */
const REFUSED: [RegExp, RegExp][] = [
  [/multifile-Z\d\.ome\.tiff$/, /part of an OME-TIFF of several files.* export it as one/],
  [/shapes_multi_(color|size)\.tif$/, /whose pages differ.* save its pages as separate files/],
]

describe.skipIf(!hasManifest)('the collection of TIFFs in shared/data', () => {
  const rows = hasManifest ? fs.readFileSync(MANIFEST, 'utf8').trim().split('\n').slice(1) : ['']
  test.each(rows.map((row) => row.split(',')))('%s', async (file, ...columns) => {
    const full = path.join(SHARED, 'tiff', file!)
    const refusal = REFUSED.find(([name]) => name.test(file!))
    if (refusal !== undefined) {
      expect(await outcome(full)).toEqual({ code: 'image-unsupported', message: expect.stringMatching(refusal[1]) })
      return
    }
    const [dtype, , axes] = columns.slice(3)
    const [smallest, largest, hash] = columns.slice(15)
    const { info, data } = await decodeAll(full)
    const planeSize = info.width * info.height
    const sorted = axes!.endsWith('S') ? channelsLast(data, info.channels, planeSize) : data
    const values = Float64Array.from(data)
    const numberOf = (text: string): number => (text === 'True' ? 1 : text === 'False' ? 0 : Number(text))
    expect({
      type: info.sampleType,
      smallest: values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
      largest: values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY),
      hash: sha1(sorted).slice(0, hash!.length), // one hash of the list has lost its last digit
    }).toEqual({
      type: dtype === 'bool' ? 'uint8' : dtype,
      smallest: numberOf(smallest!),
      largest: numberOf(largest!),
      hash,
    })
  })
})
