/** How many steps a run makes: decided once, at its first start, and recorded. */
import type { BatchSource } from './batches.ts'
import { firstWeights } from './first-weights.ts'
import { gradientStep } from './gradient-step.ts'
import type { Kernels } from './kernels.ts'
import { Optimizer } from './optimizers.ts'
import { predictingNet } from './predicting-net.ts'
import type { RunFiles, Schedule } from './run-files.ts'
import { secondsPerPixel } from './sliding-window.ts'
import { trainableNet } from './trainable-net.ts'
import { WindowNet } from './window-net.ts'

/** Not counted: kernels are chosen and memory is allocated. */
const WARMUP_STEPS = 2
/** Steps are timed until there are so many, or, of slow ones, at least a few and this time has passed. */
const MOST_STEPS = 16
const FEWEST_STEPS = 3
const ENOUGH_SECONDS = 4
/** Share of a run's minutes that saving takes, and a U-Net's validation. */
const VALIDATION_SHARE = 0.08
/** Validation that is planned for never takes more than this of the time: a short run shall learn something. */
const MOST_VALIDATION_SHARE = 0.75

/** Turns minutes into steps by a few steps on a network of its own, so that the run itself stays untouched. */
export async function makeSchedule(
  files: RunFiles,
  kernels: Kernels,
  batches: BatchSource,
  validatedPixels: number,
): Promise<Schedule> {
  const { steps, minutes, validateEvery } = files.plan.optimization
  const begin = performance.now()
  const secondsPerStep = await measure(files, kernels, batches)
  const perPixel = steps === undefined ? await measurePixel(files, kernels) : 0
  const seconds = (minutes ?? 0) * 60 - (performance.now() - begin) / 1000
  const validation = { seconds: perPixel * validatedPixels, every: validateEvery }
  const planned = steps ?? plannedSteps({ seconds, secondsPerStep, validation })
  const schedule = { steps: planned, secondsPerStep, device: kernels.device, label: kernels.label }
  files.writeSchedule(schedule)
  return schedule
}

export interface Costs {
  /** That there are, for everything. */
  seconds: number
  secondsPerStep: number
  /** Of one validation, and after how many steps there is one (0: only at the end). */
  validation: { seconds: number; every: number }
}

/** Steps that fit beside saving and validation, at least one. */
export function plannedSteps({ seconds, secondsPerStep, validation }: Costs): number {
  const training = seconds * (1 - VALIDATION_SHARE)
  const thorough = validation.every > 0 ? 2 : 1 // the last weights, and the best of those on the way
  const last = Math.min(thorough * validation.seconds, MOST_VALIDATION_SHARE * training)
  const perStep = secondsPerStep + (validation.every > 0 ? validation.seconds / validation.every : 0)
  return Math.max(1, Math.floor((training - last) / perStep))
}

/** Seconds that predicting a pixel takes where it counts: a U-Net's are within the share for validation. */
async function measurePixel(files: RunFiles, kernels: Kernels): Promise<number> {
  const net = predictingNet(kernels, files.plan.network, firstWeights(files))
  try {
    return net instanceof WindowNet ? await secondsPerPixel(net) : 0
  } finally {
    net.dispose()
  }
}

/** Median seconds of a step as training makes it, the wait for its batch included. */
async function measure(files: RunFiles, kernels: Kernels, batches: BatchSource): Promise<number> {
  const { plan } = files
  const net = trainableNet(kernels, plan.network, firstWeights(files))
  const optimizer = new Optimizer(kernels, plan.optimization, net.variables)
  const seconds: number[] = []
  try {
    const spent = () => seconds.slice(WARMUP_STEPS).reduce((sum, value) => sum + value, 0)
    const isEnough = () =>
      seconds.length >= WARMUP_STEPS + MOST_STEPS ||
      (seconds.length >= WARMUP_STEPS + FEWEST_STEPS && spent() >= ENOUGH_SECONDS)
    while (!isEnough()) {
      const begin = performance.now()
      const step = seconds.length + 1
      const batch = await batches.next(step - 1)
      await gradientStep(net, optimizer, batch, { step, learningRate: 1e-6, plan })
      seconds.push((performance.now() - begin) / 1000)
    }
  } finally {
    optimizer.dispose()
    net.dispose()
  }
  const measured = seconds.slice(WARMUP_STEPS).sort((a, b) => a - b)
  return measured[measured.length >> 1]!
}
