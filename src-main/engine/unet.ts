/**
 * The network of figure 1 (Ronneberger, Fischer, Brox 2015): a contracting path of two 3x3 convolutions with ReLU and a
 * 2x2 max pooling per level, an expansive path of a 2x2 up-convolution that halves the channels, centre crop and
 * concatenation of the contracting path's features, two 3x3 convolutions, and a final 1x1 convolution to the classes.
 *
 * Forward and backward are written out: the graph never changes, so each tensor is freed as soon as the last user has
 * seen it, and one step needs the memory of one step.
 *
 * Deviations, each switchable: batch normalisation (`unet-levels.ts`); 'same' padding while training on small patches;
 * no skip connections, for comparison. Prediction is always unpadded (`overlap-tile.ts`).
 */
import type { UNetPlan } from '../../src-shared/network-plan.ts'
import type { DeviceTensor, Kernels, Variable } from './kernels.ts'
import type { DeviceBatch, StepAnswer, TrainableNet } from './trainable-net.ts'
import { Levels, type LevelTrace } from './unet-levels.ts'
import { unetShapes, unetStatistics } from './unet-shapes.ts'
import { Variables } from './variables.ts'

interface ExpansiveTrace {
  level: LevelTrace
  upInput: DeviceTensor
  /** What enters the level: the crop and the up-convolution side by side, or the latter alone. */
  merged: DeviceTensor
}

interface ForwardTrace {
  contracting: LevelTrace[]
  pooled: DeviceTensor[]
  bottom: LevelTrace
  dropped: DeviceTensor
  mask: DeviceTensor | null
  expansive: ExpansiveTrace[]
  logits: DeviceTensor
}

type Gradients = Map<string, DeviceTensor>

export class UNet implements TrainableNet {
  readonly plan: UNetPlan
  readonly kernels: Kernels
  readonly #weights: Variables
  readonly #statistics: Variables
  readonly #levels: Levels

  constructor(kernels: Kernels, plan: UNetPlan, weights: Map<string, Float32Array>) {
    this.kernels = kernels
    this.plan = plan
    this.#weights = new Variables(kernels, unetShapes(plan), weights)
    this.#statistics = new Variables(kernels, unetStatistics(plan), weights)
    this.#levels = new Levels(kernels, plan, { weights: this.#weights, statistics: this.#statistics })
  }

  get variables(): Map<string, Variable> {
    return this.#weights.all
  }

  /** Running statistics of the batch normalisations by name. */
  get statistics(): Map<string, Variable> {
    return this.#statistics.all
  }

  dispose(): void {
    this.#weights.dispose()
    this.#statistics.dispose()
  }

  energyAndGradients(batch: DeviceBatch, dropoutMask: DeviceTensor | null, step: number): StepAnswer {
    const trace = this.#forward(batch.image, dropoutMask)
    const levels = [...trace.contracting, trace.bottom, ...trace.expansive.map((of) => of.level)]
    this.#levels.updateStatistics(levels, step)
    const { energy, gradient } = this.kernels.energy(trace.logits, batch.classIndex, batch.weight)
    this.kernels.free(trace.logits)
    return { energy, gradients: this.#backward(trace, gradient) }
  }

  /** The end of the contracting path. */
  dropoutShape(batch: number, inputPx: number): number[] {
    const lost = this.plan.padding === 'valid' ? 4 : 0
    let side = inputPx
    for (let level = 0; level < this.plan.depth; level++) side = (side - lost) / 2
    return [batch, side - lost, side - lost, this.plan.baseWidth * 2 ** this.plan.depth]
  }

  #forward(image: DeviceTensor, mask: DeviceTensor | null): ForwardTrace {
    const { kernels, plan } = this
    const contracting: LevelTrace[] = []
    const pooled: DeviceTensor[] = []
    let x = image
    for (let of = 0; of < plan.depth; of++) {
      const level = this.#levels.forward(`down${of}`, x) // [B, s, s, base * 2^of]
      contracting.push(level)
      x = kernels.maxPool(level.second.output)
      pooled.push(x)
    }
    const bottom = this.#levels.forward('bottom', x)
    const dropped = mask === null ? bottom.second.output : kernels.multiply(bottom.second.output, mask)
    x = dropped
    const expansive: ExpansiveTrace[] = []
    for (let of = plan.depth - 1; of >= 0; of--) {
      const step = this.#expansiveForward(of, x, contracting[of]!.second.output)
      expansive.push(step)
      x = step.level.second.output
    }
    const logits = this.#weights.with(['head/kernel', 'head/bias'], (kernel, bias) =>
      kernels.convolve(x, kernel!, bias!, false, 'valid'),
    )
    return { contracting, pooled, bottom, dropped, mask, expansive, logits }
  }

  #expansiveForward(of: number, x: DeviceTensor, skip: DeviceTensor): ExpansiveTrace {
    const up = this.#weights.with([`up${of}/upconv/kernel`, `up${of}/upconv/bias`], (kernel, bias) =>
      this.kernels.upConvolve(x, kernel!, bias!),
    )
    const merged = this.plan.skips ? this.#cropAndConcat(skip, up) : up
    return { level: this.#levels.forward(`up${of}`, merged), upInput: x, merged }
  }

  /** Consumes `up`. */
  #cropAndConcat(skip: DeviceTensor, up: DeviceTensor): DeviceTensor {
    const { kernels } = this
    const cropped = kernels.centreCrop(skip, up.shape[1]!, up.shape[2]!)
    const merged = kernels.concat(cropped, up)
    kernels.free(cropped, up)
    return merged
  }

  /** Gradients by name; frees everything the forward pass kept, except the image and the dropout mask. */
  #backward(trace: ForwardTrace, logitsGradient: DeviceTensor): Gradients {
    const { kernels, plan } = this
    const gradients: Gradients = new Map()
    const top = trace.expansive[plan.depth - 1]!.level.second.output
    const headShape = this.#weights.of('head/kernel').shape
    gradients.set('head/kernel', kernels.convolveKernelGradient(top, headShape, logitsGradient, 'valid'))
    gradients.set('head/bias', kernels.biasGradient(logitsGradient))
    let gradient = this.#weights.with(['head/kernel'], (kernel) =>
      kernels.convolveInputGradient(top.shape, kernel!, logitsGradient, 'valid'),
    )
    kernels.free(logitsGradient)

    const skipGradients: (DeviceTensor | null)[] = []
    for (let of = 0; of < plan.depth; of++) {
      const { below, skip } = this.#expansiveBackward(of, trace.expansive[plan.depth - 1 - of]!, gradient, gradients)
      skipGradients.push(skip)
      gradient = below
    }
    if (trace.mask !== null) {
      const masked = kernels.multiply(gradient, trace.mask)
      kernels.free(gradient, trace.dropped)
      gradient = masked
    }
    gradient = this.#levels.backward(trace.bottom, gradient, gradients, true)!

    for (let of = plan.depth - 1; of >= 0; of--) {
      const level = trace.contracting[of]!
      gradient = this.#poolBackward(level, trace.pooled[of]!, gradient)
      const skip = skipGradients[of]!
      if (skip !== null) gradient = this.#withSkip(level, gradient, skip)
      gradient = this.#levels.backward(level, gradient, gradients, of > 0)!
    }
    return gradients
  }

  #expansiveBackward(of: number, trace: ExpansiveTrace, gradient: DeviceTensor, gradients: Gradients) {
    const { kernels } = this
    const merged = this.#levels.backward(trace.level, gradient, gradients, true)!
    kernels.free(trace.merged)
    const { skip, up } = this.#apart(merged)
    gradients.set(`up${of}/upconv/kernel`, kernels.upConvolveKernelGradient(trace.upInput, up))
    gradients.set(`up${of}/upconv/bias`, kernels.biasGradient(up))
    const below = this.#weights.with([`up${of}/upconv/kernel`], (kernel) =>
      kernels.upConvolveInputGradient(kernel!, up),
    )
    kernels.free(up)
    return { below, skip }
  }

  /** The gradient of what was concatenated, apart again; consumes it. */
  #apart(merged: DeviceTensor): { skip: DeviceTensor | null; up: DeviceTensor } {
    if (!this.plan.skips) return { skip: null, up: merged }
    const channels = merged.shape[3]! / 2
    const skip = this.kernels.sliceChannels(merged, 0, channels)
    const up = this.kernels.sliceChannels(merged, channels, channels)
    this.kernels.free(merged)
    return { skip, up }
  }

  /** Consumes `gradient` and `pooled`. */
  #poolBackward(level: LevelTrace, pooled: DeviceTensor, gradient: DeviceTensor): DeviceTensor {
    const throughPool = this.kernels.maxPoolGradient(level.second.output, pooled, gradient)
    this.kernels.free(gradient, pooled)
    return throughPool
  }

  /** Adds what came through the skip connection; consumes both gradients. */
  #withSkip(level: LevelTrace, throughPool: DeviceTensor, skip: DeviceTensor): DeviceTensor {
    const { kernels } = this
    const features = level.second.output
    const throughSkip = kernels.centrePad(skip, features.shape[1]!, features.shape[2]!)
    const together = kernels.add(throughPool, throughSkip)
    kernels.free(skip, throughPool, throughSkip)
    return together
  }
}
