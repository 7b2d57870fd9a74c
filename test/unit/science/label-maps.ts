/** Label maps for tests: drawn by fast-check, stored with SciPy's answers, or from the oracle folder. */
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { decode } from 'tiff'

export interface WeightCase {
  name: string
  width: number
  height: number
  labels: Uint32Array
  d1: Float32Array
  d2: Float32Array
  border: Float32Array
}

const FOLDER = new URL('../../fixtures/science/', import.meta.url)

export const stored: { w0: number; sigmaPx: number; cases: { name: string; width: number; height: number }[] } =
  JSON.parse(readFileSync(new URL('weights.json', FOLDER), 'utf8'))

/** One of the cases that scripts/fixtures/science-weights.py computed with SciPy. */
export function storedCase(name: string): WeightCase {
  const { width, height } = stored.cases.find((one) => one.name === name)!
  const bytes = new Uint8Array(gunzipSync(readFileSync(new URL(`weights-${name}.bin.gz`, FOLDER))))
  const size = width * height
  const floats = (part: number) => new Float32Array(bytes.buffer, part * size * 4, size)
  const labels = new Uint32Array(bytes.buffer, 0, size)
  return { name, width, height, labels, d1: floats(1), d2: floats(2), border: floats(3) }
}

const ORACLE = new URL('../../../../shared/data/oracle/weights/', import.meta.url)
export const hasOracle = existsSync(ORACLE)

/** An image of the oracle folder as doubles. */
export function oracleImage(name: string): { width: number; height: number; data: number[] } | undefined {
  const file = new URL(`${name}.tif`, ORACLE)
  if (!existsSync(file)) return undefined
  const { width, height, data } = decode(readFileSync(file))[0]!
  return { width, height, data: Array.from(data as ArrayLike<number>) }
}

/** Any label map up to `most` pixels a side: the codes 0 to 3 and up to five objects, from nearly empty to full. */
export const labelMaps = (most = 20) =>
  fc
    .record({
      width: fc.integer({ min: 1, max: most }),
      height: fc.integer({ min: 1, max: most }),
      density: fc.integer({ min: 1, max: 40 }),
      blockPx: fc.integer({ min: 1, max: 4 }),
      draws: fc.array(fc.nat(999), { minLength: most * most, maxLength: most * most }),
    })
    .map(({ width, height, density, blockPx, draws }) => {
      const data = Uint32Array.from({ length: width * height }, (_, at) => {
        const column = Math.floor((at % width) / blockPx)
        const draw = draws[Math.floor(at / width / blockPx) * most + column]!
        return draw % 41 < density ? 16 + (draw % 5) * 7 : draw % 4
      })
      return { width, height, data }
    })

/** The largest difference, where two infinities do not differ. */
export function largestDifference(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let largest = found.length === expected.length ? 0 : Number.POSITIVE_INFINITY
  for (let at = 0; at < expected.length; at++) {
    if (found[at] !== expected[at]) largest = Math.max(largest, Math.abs(found[at]! - expected[at]!))
  }
  return largest
}
