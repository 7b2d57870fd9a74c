/** How many steps a run makes: decided once, at its first start, and recorded. */
import type { BatchSource } from './batches.ts'
import { firstWeights } from './first-weights.ts'
import { gradientStep } from './gradient-step.ts'
import type { Kernels } from './kernels.ts'
import { Optimizer } from './optimizers.ts'
import type { RunFiles, Schedule } from './run-files.ts'
import { trainableNet } from './trainable-net.ts'

/** Not counted: kernels are chosen and memory is allocated. */
const WARMUP_STEPS = 2
/** Steps are timed until there are so many, or, of slow ones, at least a few and this time has passed. */
const MOST_STEPS = 16
const FEWEST_STEPS = 3
const ENOUGH_SECONDS = 4
/** Share of a run's minutes that validation and saving take. */
const VALIDATION_SHARE = 0.08

/** Turns minutes into steps by a few steps on a network of its own, so that the run itself stays untouched. */
export async function makeSchedule(files: RunFiles, kernels: Kernels, batches: BatchSource): Promise<Schedule> {
  const { steps, minutes } = files.plan.optimization
  const begin = performance.now()
  const secondsPerStep = await measure(files, kernels, batches)
  const left = (minutes ?? 0) * 60 - (performance.now() - begin) / 1000
  const planned = steps ?? Math.max(1, Math.floor((left * (1 - VALIDATION_SHARE)) / secondsPerStep))
  const schedule = { steps: planned, secondsPerStep, device: kernels.device, label: kernels.label }
  files.writeSchedule(schedule)
  return schedule
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
