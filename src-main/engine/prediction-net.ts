/**
 * The network as it predicts: unpadded, batch normalisation folded into the convolutions, nothing kept for gradients.
 * The weights are those of training, whatever padding that used.
 */
import type { UNetPlan } from '../../src-shared/network-plan.ts'
import { FrozenWeights } from './frozen-weights.ts'
import type { DeviceTensor, Kernels } from './kernels.ts'
import { BATCH_NORM_EPSILON } from './unet-levels.ts'
import { unetShapes } from './unet-shapes.ts'

/**
 * gamma * (k * x - mean) / sqrt(variance + epsilon) + beta is the convolution with k * gamma / sqrt(variance + epsilon)
 * and the bias beta - mean * gamma / sqrt(variance + epsilon): exact, and constant for every pixel and every tile.
 */
export function foldBatchNorm(plan: UNetPlan, weights: Map<string, Float32Array>): Map<string, Float32Array> {
  if (!plan.batchNorm) return weights
  const folded = new Map<string, Float32Array>()
  for (const name of unetShapes(plan).keys()) {
    if (name.endsWith('/beta')) continue
    if (!name.endsWith('/gamma')) {
      folded.set(name, weights.get(name)!)
      continue
    }
    const layer = name.slice(0, -'/gamma'.length)
    const [gamma, beta, mean, variance, kernel] = ['gamma', 'beta', 'mean', 'variance', 'kernel'].map(
      (part) => weights.get(`${layer}/${part}`)!,
    ) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]
    const factor = gamma.map((value, channel) => value / Math.sqrt(variance[channel]! + BATCH_NORM_EPSILON))
    const channels = gamma.length
    folded.set(
      `${layer}/kernel`,
      kernel.map((value, i) => value * factor[i % channels]!),
    )
    folded.set(
      `${layer}/bias`,
      beta.map((value, channel) => value - mean[channel]! * factor[channel]!),
    )
  }
  return folded
}

export class PredictionNet {
  readonly plan: UNetPlan
  readonly kernels: Kernels
  readonly #weights: FrozenWeights
  /** On their way through the network. */
  readonly #underWay = new Set<DeviceTensor>()

  constructor(kernels: Kernels, plan: UNetPlan, weights: Map<string, Float32Array>) {
    this.kernels = kernels
    this.plan = { ...plan, batchNorm: false, padding: 'valid' }
    this.#weights = new FrozenWeights(kernels, unetShapes(this.plan), foldBatchNorm(plan, weights))
  }

  dispose(): void {
    this.#weights.dispose()
  }

  /**
   * Probabilities [B, h, w, K] (float32) of an image [B, H, W, C]; H and W as `geometry.ts` allows; h = H - margin. Where
   * memory runs out on the way, what was made is freed: a smaller image may fit.
   */
  probabilities(image: DeviceTensor): DeviceTensor {
    try {
      const probabilities = this.#forward(image)
      this.#underWay.delete(probabilities)
      return probabilities
    } catch (error) {
      this.#free(...this.#underWay)
      throw error
    }
  }

  #forward(image: DeviceTensor): DeviceTensor {
    const { kernels, plan } = this
    const skips: DeviceTensor[] = []
    let x = image
    for (let of = 0; of < plan.depth; of++) {
      const features = this.#level(`down${of}`, x, of > 0)
      x = this.#made(kernels.maxPool(features))
      if (plan.skips) skips.push(this.#croppedSkip(features, of, image))
      else this.#free(features)
    }
    x = this.#level('bottom', x, true)
    for (let of = plan.depth - 1; of >= 0; of--) {
      const up = this.#made(kernels.upConvolve(x, this.#of(`up${of}/upconv/kernel`), this.#of(`up${of}/upconv/bias`)))
      this.#free(x)
      x = this.#level(`up${of}`, plan.skips ? this.#concat(skips[of]!, up) : up, true)
    }
    const logits = this.#made(kernels.convolve(x, this.#of('head/kernel'), this.#of('head/bias'), false, 'valid'))
    const probabilities = this.#made(kernels.softmax(logits))
    this.#free(x, logits)
    return probabilities
  }

  #made(tensor: DeviceTensor): DeviceTensor {
    this.#underWay.add(tensor)
    return tensor
  }

  #free(...tensors: DeviceTensor[]): void {
    for (const tensor of tensors) this.#underWay.delete(tensor)
    this.kernels.free(...tensors)
  }

  /** Consumes both. */
  #concat(skip: DeviceTensor, up: DeviceTensor): DeviceTensor {
    const merged = this.#made(this.kernels.concat(skip, up))
    this.#free(skip, up)
    return merged
  }

  /** Only the centre of the features is ever used: cropping at once saves the memory of the rest. */
  #croppedSkip(features: DeviceTensor, of: number, image: DeviceTensor): DeviceTensor {
    const height = this.#skipSide(image.shape[1]!, of)
    const width = this.#skipSide(image.shape[2]!, of)
    const cropped = this.#made(this.kernels.centreCrop(features, height, width))
    this.#free(features)
    return cropped
  }

  /** Side of the features that the expansive path of a level receives from below. */
  #skipSide(inputSide: number, of: number): number {
    let side = inputSide
    for (let level = 0; level < this.plan.depth; level++) side = (side - 4) / 2
    for (let level = this.plan.depth; level > of; level--) side = (side - 4) * 2
    return side
  }

  #level(name: string, x: DeviceTensor, ownsInput: boolean): DeviceTensor {
    const first = this.#convolution(`${name}/conv0`, x)
    if (ownsInput) this.#free(x)
    const second = this.#convolution(`${name}/conv1`, first)
    this.#free(first)
    return second
  }

  #convolution(name: string, x: DeviceTensor): DeviceTensor {
    return this.#made(this.kernels.convolve(x, this.#of(`${name}/kernel`), this.#of(`${name}/bias`), true, 'valid'))
  }

  #of(name: string): DeviceTensor {
    return this.#weights.of(name)
  }
}
