/** What a training changes step by step, weights and the optimiser's moments, and what of it goes into files. */
import type { ObjectsPlan, RunPlan } from '../../src-shared/run-plan.ts'
import type { Batch } from '../../src-shared/sampler.ts'
import { type Checkpoint, type Tensor, tensorsUnder } from './checkpoint.ts'
import { calibrated } from './first-weights.ts'
import { gradientStep } from './gradient-step.ts'
import type { Kernels, Variable } from './kernels.ts'
import { parameterShapes, statisticsShapes } from './network-shapes.ts'
import { Optimizer } from './optimizers.ts'
import { type TrainableNet, trainableNet } from './trainable-net.ts'

type Tensors = ReadonlyMap<string, Tensor>

export class LearnedState {
  readonly #kernels: Kernels
  readonly #plan: RunPlan
  readonly #net: TrainableNet
  readonly #optimizer: Optimizer

  /** As the tensors of a checkpoint have it; null: `first` makes the weights, by name. */
  constructor(kernels: Kernels, plan: RunPlan, from: Tensors | null, first: () => Map<string, Float32Array>) {
    this.#kernels = kernels
    this.#plan = plan
    this.#net = trainableNet(kernels, plan.network, from ? tensorsUnder(from, 'weights/') : first())
    this.#optimizer = new Optimizer(kernels, plan.optimization, this.#net.variables, from ?? undefined)
  }

  dispose(): void {
    this.#optimizer.dispose()
    this.#net.dispose()
  }

  /** One gradient step (`step` counts from 1); answers the energy before it. The batch's arrays are used up. */
  learn(batch: Batch, step: number, learningRate: number): Promise<number> {
    return gradientStep(this.#net, this.#optimizer, batch, { step, learningRate, plan: this.#plan })
  }

  /** What predicts: the averaged weights where there are any, the running statistics, odds as `calibrate` says. */
  async predictionWeights(): Promise<Map<string, Float32Array>> {
    const weights = new Map<string, Float32Array>()
    for (const [name, variable] of this.#net.variables) {
      weights.set(name, await this.#kernels.readVariable(this.#optimizer.state.get(`average/${name}`) ?? variable))
    }
    for (const [name, variable] of this.#net.statistics) weights.set(name, await this.#kernels.readVariable(variable))
    return calibrated(weights, this.#plan, -1)
  }

  /** Everything that a step changes; null when some of it is no longer a number. */
  async asCheckpoint(step: number, objects: ObjectsPlan | null): Promise<Checkpoint | null> {
    const tensors = new Map<string, Tensor>()
    for (const [name, variable] of this.#changing()) {
      const values = await this.#kernels.readVariable(variable)
      if (!values.every(Number.isFinite)) return null
      tensors.set(name, { shape: variable.shape, values })
    }
    return { header: this.#header('checkpoint', step, { score: null, objects }), tensors }
  }

  /** Goes back to what `asCheckpoint` wrote. */
  restore(tensors: Tensors): void {
    for (const [name, variable] of this.#changing()) this.#kernels.assignVariable(variable, tensors.get(name)!.values)
  }

  /** A model file of weights as `predictionWeights` answers them. */
  asModel(
    weights: ReadonlyMap<string, Float32Array>,
    step: number,
    found: { score: number; objects: ObjectsPlan } | null,
  ): Checkpoint {
    const shapes = new Map([...parameterShapes(this.#plan.network), ...statisticsShapes(this.#plan.network)])
    const tensors = new Map<string, Tensor>()
    for (const [name, values] of weights) tensors.set(`weights/${name}`, { shape: shapes.get(name)!, values })
    return { header: this.#header('model', step, found ?? { score: null, objects: null }), tensors }
  }

  /** By the name in a checkpoint. */
  #changing(): Map<string, Variable> {
    const state = new Map<string, Variable>(this.#optimizer.state)
    for (const [name, variable] of [...this.#net.variables, ...this.#net.statistics])
      state.set(`weights/${name}`, variable)
    return state
  }

  #header(
    kind: 'checkpoint' | 'model',
    step: number,
    { score, objects }: Pick<Checkpoint['header'], 'score' | 'objects'>,
  ): Checkpoint['header'] {
    const { cellbrush, name, preset, network, input, targets, optimization } = this.#plan
    return {
      kind,
      cellbrush,
      run: name,
      preset,
      network,
      input,
      targets,
      objects,
      score,
      step,
      seed: optimization.seed,
      precision: this.#kernels.precision,
      device: this.#kernels.label,
    }
  }
}
