import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { percentiles } from '../../../src-main/imaging/percentiles.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { allocateSamples, type Samples, type SampleType, sampleTypeOf } from '../../../src-shared/pixels.ts'
import { readJson } from './decoded.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-percentiles-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

function percentilesOf(data: Samples, width: number, low: number, high: number): [number, number] {
  const height = data.length / width
  const file = PixelFile.create(path.join(folder, 'p.cbpx'), {
    width,
    height,
    channels: 1,
    sampleType: sampleTypeOf(data),
  })
  file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data })
  const range = percentiles(file, { z: 0, t: 0, channel: 0, low, high })
  file.close()
  return range
}

/** The values of scripts/fixtures/imaging.py: a linear congruential generator. */
function values(type: SampleType): Samples {
  const data = allocateSamples(type, 20000)
  let state = 1
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    const float = state / 2 ** 31 - 1
    const made: Record<string, number> = {
      uint8: state >>> 24,
      uint16: state >>> 16,
      uint32: state,
      int16: (state >>> 16) - 32768,
      int32: state - 2 ** 31,
      float32: float,
      float64: float ** 3,
    }
    data[i] = made[type]!
  }
  return data
}

describe('percentiles', () => {
  const expected = readJson('test/fixtures/imaging/percentiles.json') as Record<string, number[]>
  test.each(Object.keys(expected) as SampleType[])('of %s are those of numpy', (type) => {
    const [p0, p01, p12, p50, p999, p100] = expected[type] as [number, number, number, number, number, number]
    const data = values(type)
    const close = (range: number[], wanted: number[]): void => {
      for (const [i, value] of wanted.entries()) expect(range[i]).toBeCloseTo(value, type.startsWith('float') ? 12 : 4)
    }
    close(percentilesOf(data, 50, 0.1, 99.9), [p01, p999])
    close(percentilesOf(data, 500, 0, 100), [p0, p100])
    close(percentilesOf(data, 1000, 12.34, 50), [p12, p50])
  })

  test('do not count NaN and infinite samples', () => {
    const data = Float32Array.of(Number.NaN, 1, 2, Number.POSITIVE_INFINITY, 3, Number.NEGATIVE_INFINITY, Number.NaN, 4)
    expect(percentilesOf(data, 4, 0, 100)).toEqual([1, 4])
    expect(percentilesOf(data, 4, 50, 100)).toEqual([2.5, 4])
  })

  test.each([
    ['a constant plane', Uint16Array.of(7, 7, 7, 7), [7, 8]],
    ['a plane of NaN', Float32Array.of(Number.NaN, Number.NaN), [0, 1]],
    ['a plane almost constant', Uint8Array.from({ length: 4000 }, (_, i) => (i === 9 ? 200 : 3)), [3, 200]],
  ] as const)('of %s are a range all the same', (_, data, range) => {
    expect(percentilesOf(data, 2, 1, 99)).toEqual(range)
  })
})
