/** Momentum SGD (section 3: momentum 0.99) and Adam (Kingma and Ba 2015), with the learning rate as a function of the step. */
import type { OptimizationPlan } from '../../src-shared/run-plan.ts'
import type { DeviceTensor, Kernels, Variable } from './kernels.ts'

/** The rate of a step, counted from 1, of a run of `steps`: linear rise over the warm-up, then constant or half a cosine to 0. */
export function learningRateAt(step: number, steps: number, plan: OptimizationPlan): number {
  const warmupSteps = Math.round(plan.warmup * steps)
  if (step <= warmupSteps) return (plan.learningRate * step) / (warmupSteps + 1)
  if (plan.schedule === 'constant') return plan.learningRate
  const progress = (step - 1 - warmupSteps) / Math.max(1, steps - warmupSteps)
  return plan.learningRate * 0.5 * (1 + Math.cos(Math.PI * progress))
}

/** Keeps the moments of every weight and, when wanted, an exponential moving average of the weights. */
export class Optimizer {
  readonly #kernels: Kernels
  readonly #plan: OptimizationPlan
  readonly #variables: Map<string, Variable>
  readonly #state = new Map<string, Variable>()

  /** `restored` holds 'first/NAME', 'second/NAME', 'average/NAME' of a checkpoint. */
  constructor(
    kernels: Kernels,
    plan: OptimizationPlan,
    variables: Map<string, Variable>,
    restored?: ReadonlyMap<string, { values: Float32Array }>,
  ) {
    this.#kernels = kernels
    this.#plan = plan
    this.#variables = variables
    for (const [name, variable] of variables) {
      const { shape } = variable
      const zeros = () => new Float32Array(shape.reduce((product, side) => product * side, 1))
      const parts = plan.optimizer === 'adam' ? ['first', 'second'] : ['first']
      if (plan.weightAverage > 0) parts.push('average')
      for (const part of parts) {
        const key = `${part}/${name}`
        this.#state.set(key, kernels.createVariable(key, restored?.get(key)?.values ?? zeros(), shape))
      }
      // Before the first step the first weights are all that was seen; the first step overwrites them.
      if (plan.weightAverage > 0 && !restored?.has(`average/${name}`)) this.#average(name, variable, 1)
    }
  }

  /** Everything a checkpoint needs to go on exactly. */
  get state(): ReadonlyMap<string, Variable> {
    return this.#state
  }

  /** Applies and frees the gradients. `step` counts from 1. */
  apply(gradients: Map<string, DeviceTensor>, step: number, learningRate: number): void {
    for (const [name, gradient] of gradients) {
      const variable = this.#variables.get(name)!
      if (this.#plan.weightDecay > 0 && name.endsWith('/kernel'))
        this.#kernels.scale(variable, 1 - learningRate * this.#plan.weightDecay)
      const first = this.#state.get(`first/${name}`)!
      if (this.#plan.optimizer === 'momentum') {
        this.#kernels.momentumStep(variable, first, gradient, learningRate, this.#plan.momentum)
      } else {
        this.#kernels.adamStep(variable, first, this.#state.get(`second/${name}`)!, gradient, learningRate, step)
      }
      this.#kernels.free(gradient)
      if (this.#plan.weightAverage > 0) this.#average(name, variable, step)
    }
  }

  /** The average starts as the plain mean of what was seen, so that it does not remember the first weights. */
  #average(name: string, variable: Variable, step: number): void {
    const average = this.#state.get(`average/${name}`)!
    const value = this.#kernels.value(variable, 'float32')
    if (step === 1) this.#kernels.scale(average, 0) // keeping nothing leaves a last digit of it on some devices
    this.#kernels.blend(average, value, Math.min(this.#plan.weightAverage, (step - 1) / step))
    this.#kernels.free(value)
  }

  dispose(): void {
    for (const variable of this.#state.values()) this.#kernels.freeVariable(variable)
  }
}
