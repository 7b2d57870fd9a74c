/**
 * The network of figure 1 (Ronneberger, Fischer, Brox 2015): a contracting path of two 3x3 convolutions with ReLU and a
 * 2x2 max pooling per level, an expansive path of a 2x2 up-convolution that halves the channels, centre crop and
 * concatenation of the contracting path's features, two 3x3 convolutions, and a final 1x1 convolution to the classes.
 *
 * Forward and backward are written out: the graph never changes, so each tensor is freed as soon as the last user has
 * seen it, and one step needs the memory of one step.
 *
 * Deviations, each switchable: batch normalisation between convolution and ReLU (the convolution then has no bias);
 * 'same' padding while training on small patches. Prediction is always unpadded (`overlap-tile.ts`).
 */
import { Random } from '../../src-shared/random.ts'
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import type { BatchStatistics, DeviceTensor, Kernels, Padding, Variable } from './kernels.ts'

/** Added to the variance under the root: TensorFlow's usual 1e-3. */
export const BATCH_NORM_EPSILON = 1e-3
/** Share of the old running statistics that each step keeps, once enough steps have passed. */
const RUNNING_KEEP = 0.98
/** Random streams from here on initialise weights; the sampler uses those below. */
const WEIGHT_STREAM = 1_000_000

/** Everything a network knows: name -> shape, in the order of figure 1. */
export function parameterShapes(plan: NetworkPlan): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  const convolution = (name: string, from: number, to: number) => {
    shapes.set(`${name}/kernel`, [3, 3, from, to])
    for (const part of plan.batchNorm ? ['gamma', 'beta'] : ['bias']) shapes.set(`${name}/${part}`, [to])
  }
  const level = (name: string, from: number, to: number) => {
    convolution(`${name}/conv0`, from, to)
    convolution(`${name}/conv1`, to, to)
  }
  const width = (of: number) => plan.baseWidth * 2 ** of
  for (let of = 0; of < plan.depth; of++) level(`down${of}`, of === 0 ? plan.inputChannels : width(of - 1), width(of))
  level('bottom', width(plan.depth - 1), width(plan.depth))
  for (let of = plan.depth - 1; of >= 0; of--) {
    shapes.set(`up${of}/upconv/kernel`, [2, 2, width(of), width(of + 1)])
    shapes.set(`up${of}/upconv/bias`, [width(of)])
    level(`up${of}`, width(of + 1), width(of))
  }
  shapes.set('head/kernel', [1, 1, plan.baseWidth, plan.classes])
  shapes.set('head/bias', [plan.classes])
  return shapes
}

/** Running mean and variance of each batch normalisation: not trained, but part of a checkpoint. */
export function statisticsShapes(plan: NetworkPlan): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  if (!plan.batchNorm) return shapes
  for (const [name, shape] of parameterShapes(plan)) {
    if (!name.endsWith('/gamma')) continue
    const layer = name.slice(0, -'/gamma'.length)
    shapes.set(`${layer}/mean`, shape)
    shapes.set(`${layer}/variance`, shape)
  }
  return shapes
}

/** Number of trained values: 31,030,658 for depth 4, base 64, one channel, two classes. */
export function parameterCount(plan: NetworkPlan): number {
  let count = 0
  for (const shape of parameterShapes(plan).values()) count += shape.reduce((product, side) => product * side, 1)
  return count
}

/**
 * He initialisation (section 3): Gaussian with standard deviation sqrt(2 / N), N the incoming nodes of one neuron; a
 * 2x2 up-convolution of stride 2 has one incoming tap per output pixel, so its N is the input channels.
 */
export function initialWeights(plan: NetworkPlan, seed: number): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>()
  let stream = 0
  for (const [name, shape] of [...parameterShapes(plan), ...statisticsShapes(plan)]) {
    const values = new Float32Array(shape.reduce((product, side) => product * side, 1))
    if (name.endsWith('/kernel')) {
      const incoming = name.includes('/upconv/') ? shape[3]! : shape[0]! * shape[1]! * shape[2]!
      const random = new Random(seed, 0, WEIGHT_STREAM + stream++)
      const deviation = Math.sqrt(2 / incoming)
      for (let i = 0; i < values.length; i++) values[i] = random.normal() * deviation
    } else if (name.endsWith('/gamma') || name.endsWith('/variance')) values.fill(1)
    weights.set(name, values)
  }
  return weights
}

/** What the backward pass of one convolution needs. */
interface ConvolutionTrace {
  name: string
  input: DeviceTensor
  /** Convolution output before batch normalisation. */
  raw?: DeviceTensor
  statistics?: BatchStatistics
  output: DeviceTensor
}

interface LevelTrace {
  first: ConvolutionTrace
  second: ConvolutionTrace
}

interface ExpansiveTrace {
  level: LevelTrace
  upInput: DeviceTensor
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

/** A batch on the device. */
export interface DeviceBatch {
  image: DeviceTensor // [B, H, W, C]
  classIndex: DeviceTensor // int32 [B, h, w]
  weight: DeviceTensor // [B, h, w]
}

export class UNet {
  readonly plan: NetworkPlan
  readonly kernels: Kernels
  /** Trained weights by name. */
  readonly variables = new Map<string, Variable>()
  /** Running statistics of the batch normalisations by name. */
  readonly statistics = new Map<string, Variable>()

  constructor(kernels: Kernels, plan: NetworkPlan, weights: Map<string, Float32Array>) {
    this.kernels = kernels
    this.plan = plan
    const make = (into: Map<string, Variable>, shapes: Map<string, number[]>) => {
      for (const [name, shape] of shapes) {
        const values = weights.get(name)
        if (values === undefined) throw new Error(`no weights for ${name}`)
        into.set(name, kernels.createVariable(name, values, shape))
      }
    }
    make(this.variables, parameterShapes(plan))
    make(this.statistics, statisticsShapes(plan))
  }

  dispose(): void {
    for (const variable of [...this.variables.values(), ...this.statistics.values()])
      this.kernels.freeVariable(variable)
  }

  /**
   * Energy of a batch and its gradient with regard to every trained weight; the caller frees both. `dropoutMask`
   * ([B, h, w, C] of the end of the contracting path; 0 or 1 / (1 - share)) is made by the caller, so that it is the
   * same on every device. `step` counts from 1 and tells the running statistics how much to trust themselves.
   */
  energyAndGradients(batch: DeviceBatch, dropoutMask: DeviceTensor | null, step: number) {
    const trace = this.#forward(batch.image, dropoutMask)
    this.#updateStatistics(trace, step)
    const { energy, gradient } = this.kernels.energy(trace.logits, batch.classIndex, batch.weight)
    this.kernels.free(trace.logits)
    return { energy, gradients: this.#backward(trace, gradient) }
  }

  /** Shape [B, h, w, C] of the end of the contracting path for inputs of this side: where dropout acts. */
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
      const level = this.#levelForward(`down${of}`, x) // [B, s, s, base * 2^of]
      contracting.push(level)
      x = kernels.maxPool(level.second.output)
      pooled.push(x)
    }
    const bottom = this.#levelForward('bottom', x)
    const dropped = mask === null ? bottom.second.output : kernels.multiply(bottom.second.output, mask)
    x = dropped
    const expansive: ExpansiveTrace[] = []
    for (let of = plan.depth - 1; of >= 0; of--) {
      const step = this.#expansiveForward(of, x, contracting[of]!.second.output)
      expansive.push(step)
      x = step.level.second.output
    }
    const logits = this.#withValues(['head/kernel', 'head/bias'], (kernel, bias) =>
      kernels.convolve(x, kernel!, bias!, false, 'valid'),
    )
    return { contracting, pooled, bottom, dropped, mask, expansive, logits }
  }

  #expansiveForward(of: number, x: DeviceTensor, skip: DeviceTensor): ExpansiveTrace {
    const { kernels } = this
    const up = this.#withValues([`up${of}/upconv/kernel`, `up${of}/upconv/bias`], (kernel, bias) =>
      kernels.upConvolve(x, kernel!, bias!),
    )
    const cropped = kernels.centreCrop(skip, up.shape[1]!, up.shape[2]!)
    const merged = kernels.concat(cropped, up)
    kernels.free(cropped, up)
    return { level: this.#levelForward(`up${of}`, merged), upInput: x, merged }
  }

  #levelForward(name: string, x: DeviceTensor): LevelTrace {
    const first = this.#convolutionForward(`${name}/conv0`, x)
    return { first, second: this.#convolutionForward(`${name}/conv1`, first.output) }
  }

  #convolutionForward(name: string, input: DeviceTensor): ConvolutionTrace {
    const { kernels } = this
    const padding = this.#padding
    if (!this.plan.batchNorm) {
      const output = this.#withValues([`${name}/kernel`, `${name}/bias`], (kernel, bias) =>
        kernels.convolve(input, kernel!, bias!, true, padding),
      )
      return { name, input, output }
    }
    const raw = this.#withValues([`${name}/kernel`], (kernel) => kernels.convolve(input, kernel!, null, false, padding))
    const [gamma, beta] = [this.#float(`${name}/gamma`), this.#float(`${name}/beta`)]
    const { output: normal, statistics } = kernels.batchNorm(raw, gamma, beta, BATCH_NORM_EPSILON)
    const output = kernels.relu(normal)
    kernels.free(normal, gamma, beta)
    return { name, input, raw, statistics, output }
  }

  /** Gradients by name; frees everything the forward pass kept, except the image and the dropout mask. */
  #backward(trace: ForwardTrace, logitsGradient: DeviceTensor): Map<string, DeviceTensor> {
    const { kernels, plan } = this
    const gradients = new Map<string, DeviceTensor>()
    const top = trace.expansive[plan.depth - 1]!.level.second.output
    gradients.set(
      'head/kernel',
      kernels.convolveKernelGradient(top, this.#shape('head/kernel'), logitsGradient, 'valid'),
    )
    gradients.set('head/bias', kernels.biasGradient(logitsGradient))
    let gradient = this.#withValues(['head/kernel'], (kernel) =>
      kernels.convolveInputGradient(top.shape, kernel!, logitsGradient, 'valid'),
    )
    kernels.free(logitsGradient)

    const skipGradients: DeviceTensor[] = []
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
    gradient = this.#levelBackward(trace.bottom, gradient, gradients, true)!

    for (let of = plan.depth - 1; of >= 0; of--) {
      gradient = this.#contractingBackward(
        trace.contracting[of]!,
        trace.pooled[of]!,
        gradient,
        skipGradients[of]!,
        gradients,
        of > 0,
      )!
    }
    return gradients
  }

  #expansiveBackward(of: number, trace: ExpansiveTrace, gradient: DeviceTensor, gradients: Map<string, DeviceTensor>) {
    const { kernels } = this
    const merged = this.#levelBackward(trace.level, gradient, gradients, true)!
    kernels.free(trace.merged)
    const channels = merged.shape[3]! / 2
    const skip = kernels.sliceChannels(merged, 0, channels)
    const up = kernels.sliceChannels(merged, channels, channels)
    kernels.free(merged)
    gradients.set(`up${of}/upconv/kernel`, kernels.upConvolveKernelGradient(trace.upInput, up))
    gradients.set(`up${of}/upconv/bias`, kernels.biasGradient(up))
    const below = this.#withValues([`up${of}/upconv/kernel`], (kernel) => kernels.upConvolveInputGradient(kernel!, up))
    kernels.free(up)
    return { below, skip }
  }

  #contractingBackward(
    level: LevelTrace,
    pooled: DeviceTensor,
    gradient: DeviceTensor,
    skip: DeviceTensor,
    gradients: Map<string, DeviceTensor>,
    wantsInput: boolean,
  ): DeviceTensor | null {
    const { kernels } = this
    const features = level.second.output
    const throughPool = kernels.maxPoolGradient(features, pooled, gradient)
    kernels.free(gradient, pooled)
    const throughSkip = kernels.centrePad(skip, features.shape[1]!, features.shape[2]!)
    kernels.free(skip)
    const together = kernels.add(throughPool, throughSkip)
    kernels.free(throughPool, throughSkip)
    return this.#levelBackward(level, together, gradients, wantsInput)
  }

  /** Consumes `gradient` and both outputs of the level; the level's input stays its owner's. */
  #levelBackward(level: LevelTrace, gradient: DeviceTensor, gradients: Map<string, DeviceTensor>, wantsInput: boolean) {
    const between = this.#convolutionBackward(level.second, gradient, gradients, true)!
    return this.#convolutionBackward(level.first, between, gradients, wantsInput)
  }

  #convolutionBackward(
    trace: ConvolutionTrace,
    gradient: DeviceTensor,
    gradients: Map<string, DeviceTensor>,
    wantsInput: boolean,
  ): DeviceTensor | null {
    const { kernels } = this
    const padding = this.#padding
    const { name, input, output } = trace
    let slope = kernels.reluGradient(gradient, output)
    kernels.free(gradient, output)
    if (trace.raw !== undefined) slope = this.#batchNormBackward(trace, slope, gradients)
    else gradients.set(`${name}/bias`, kernels.biasGradient(slope))
    gradients.set(
      `${name}/kernel`,
      kernels.convolveKernelGradient(input, this.#shape(`${name}/kernel`), slope, padding),
    )
    const below = wantsInput
      ? this.#withValues([`${name}/kernel`], (kernel) =>
          kernels.convolveInputGradient(input.shape, kernel!, slope, padding),
        )
      : null
    kernels.free(slope)
    return below
  }

  #batchNormBackward(trace: ConvolutionTrace, slope: DeviceTensor, gradients: Map<string, DeviceTensor>): DeviceTensor {
    const { kernels } = this
    const gamma = this.#float(`${trace.name}/gamma`)
    const found = kernels.batchNormGradient(trace.raw!, gamma, trace.statistics!, slope, BATCH_NORM_EPSILON)
    kernels.free(gamma, slope, trace.raw!, trace.statistics!.mean, trace.statistics!.variance)
    gradients.set(`${trace.name}/gamma`, found.gamma)
    gradients.set(`${trace.name}/beta`, found.beta)
    return found.input
  }

  #updateStatistics(trace: ForwardTrace, step: number): void {
    if (!this.plan.batchNorm) return
    // Early on the plain mean of what was seen, later an exponential one.
    const keep = Math.min(RUNNING_KEEP, (step - 1) / step)
    const levels = [...trace.contracting, trace.bottom, ...trace.expansive.map((step) => step.level)]
    for (const { first, second } of levels) {
      for (const { name, statistics } of [first, second]) {
        this.kernels.blend(this.statistics.get(`${name}/mean`)!, statistics!.mean, keep)
        this.kernels.blend(this.statistics.get(`${name}/variance`)!, statistics!.variance, keep)
      }
    }
  }

  get #padding(): Padding {
    return this.plan.padding
  }

  #shape(name: string): readonly number[] {
    return this.variables.get(name)!.shape
  }

  /** A variable's value for batch normalisation, which computes its scale in float32 at any precision. */
  #float(name: string): DeviceTensor {
    return this.kernels.value(this.variables.get(name)!, 'float32')
  }

  #withValues<R>(names: string[], use: (...values: DeviceTensor[]) => R): R {
    const values = names.map((name) => this.kernels.value(this.variables.get(name)!))
    const result = use(...values)
    this.kernels.free(...values)
    return result
  }
}
