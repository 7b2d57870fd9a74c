/** Raw arrays that pass between the two sides, little endian. */
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'

export function writeArray(path: string, values: Float32Array | Uint32Array): void {
  writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
}

export function readFloats(path: string): Float32Array {
  const bytes = readFileSync(path)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

export interface WeightsFile {
  path: string
  /** `offset` in bytes. */
  tensors: { name: string; shape: readonly number[]; offset: number }[]
}

/** Weights in one file, in the format of test/fixtures/engine. */
export function writeWeights(
  path: string,
  weights: ReadonlyMap<string, Float32Array>,
  shapes: ReadonlyMap<string, readonly number[]>,
): WeightsFile {
  const tensors: WeightsFile['tensors'] = []
  const file = openSync(path, 'w')
  let offset = 0
  for (const [name, shape] of shapes) {
    const values = weights.get(name)!
    tensors.push({ name, shape, offset })
    writeSync(file, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))
    offset += values.byteLength
  }
  closeSync(file)
  return { path, tensors }
}

/** The largest absolute difference; Infinity when the lengths differ, NaN when a value is. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  return a.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b[i]!)), 0)
}
