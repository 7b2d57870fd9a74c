import * as tf from '@tensorflow/tfjs-core'

const MOST = 16

/** Scalars on the device by value, so that an optimiser over 70 weights does not upload its learning rate 70 times. */
export class ScalarCache {
  readonly #byValue = new Map<number, tf.Scalar>()

  /** The scalar; stays valid until 16 other values have been asked for. */
  get(value: number): tf.Scalar {
    const known = this.#byValue.get(value)
    const scalar = known ?? tf.keep(tf.scalar(value, 'float32'))
    this.#byValue.delete(value)
    this.#byValue.set(value, scalar) // newest last
    for (const [oldest, tensor] of this.#byValue) {
      if (this.#byValue.size <= MOST) break
      this.#byValue.delete(oldest)
      tensor.dispose()
    }
    return scalar
  }
}
