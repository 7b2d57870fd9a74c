/** Brings values to a device under test and compares what comes back: used by the cases that all devices share. */
import { expect } from 'vitest'
import type { DeviceTensor, Kernels } from '../../../src-main/engine/kernels.ts'
import { randomValues, type Values } from './kernels-reference.ts'

export const values = (shape: number[], ...data: number[]): Values => ({ shape, data: Float64Array.from(data) })

/** Random multiples of 1/64 in -1..1: exact in bfloat16, so that only the results are rounded. */
export function coarse(shape: number[], seed: number): Values {
  const { data } = randomValues(shape, seed)
  return { shape, data: data.map((value) => Math.round(value * 64) / 64) }
}

/** Multiples of 1/256 that all differ, in -0.5..0.5: no ties, and far enough from one another for differences. */
export function distinct(shape: number[], seed: number): Values {
  const { data } = randomValues(shape, seed)
  const order = Array.from(data.keys()).sort((a, b) => data[a]! - data[b]!)
  const ranks = new Float64Array(data.length)
  for (const [rank, at] of order.entries()) ranks[at] = (rank - data.length / 2) / 256
  return { shape, data: ranks }
}

/**
 * Largest difference allowed, as a share of the largest expected value: of one operation, and of one that sums over a
 * batch or divides. bfloat16 keeps 8 bits, so one rounding is up to 1/256 of a value, and a convolution with bias rounds
 * twice; cards and plain JavaScript sum in another order than TensorFlow.
 */
export interface Tolerance {
  one: number
  several: number
}

export class KernelBench {
  readonly tolerance: Tolerance
  readonly #open: () => Kernels

  /** `open` is asked inside tests only: a device may be opened before all of them. */
  constructor(open: () => Kernels, tolerance: Tolerance) {
    this.#open = open
    this.tolerance = tolerance
  }

  get kernels(): Kernels {
    return this.#open()
  }

  /** In float32, as images and weights come. */
  wide({ shape, data }: Values): DeviceTensor {
    return this.kernels.upload(Float32Array.from(data), shape)
  }

  /** In the precision of activations. */
  upload(of: Values): DeviceTensor {
    if (this.kernels.precision === 'float32') return this.wide(of)
    const [tensor, one] = [this.wide(of), this.wide({ shape: of.shape, data: of.data.map(() => 1) })]
    const narrow = this.kernels.multiply(tensor, one)
    this.kernels.free(tensor, one)
    return narrow
  }

  /** Asserts the shape and the values, and frees. */
  async expectClose(got: DeviceTensor, expected: Values, tolerance = this.tolerance.one): Promise<void> {
    expect([...got.shape]).toEqual(expected.shape)
    const found = await this.kernels.read(got)
    this.kernels.free(got)
    const largest = expected.data.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-30)
    const worst = expected.data.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0)
    expect(worst / largest).toBeLessThan(tolerance)
  }
}
