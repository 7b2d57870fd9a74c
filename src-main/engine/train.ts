/**
 * Training (section 3): next batch, energy and gradients, one step of the optimiser, report; sometimes validate and
 * save; stop when asked. Batches are made in a thread beside (`batches.ts`) while the device computes.
 */
import type { RunEvent, TrainResult } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { isEarlyPreview } from '../../src-shared/previews.ts'
import type { ObjectsPlan, RunPlan } from '../../src-shared/run-plan.ts'
import { BatchSource } from './batches.ts'
import { openRunPlanes } from './batches-planes.ts'
import { type Checkpoint, tensorsUnder } from './checkpoint.ts'
import { firstWeights } from './first-weights.ts'
import type { Kernels } from './kernels.ts'
import { LearnedState } from './learned-state.ts'
import { learningRateAt } from './optimizers.ts'
import { type PredictingNet, predictingNet } from './predicting-net.ts'
import { PreviewFiles } from './preview-files.ts'
import { RunFiles, type Schedule } from './run-files.ts'
import { makeSchedule } from './schedule.ts'
import type { TrainControl } from './train-control.ts'
import { Validation } from './validation.ts'

/** The best earlier weights replace the last ones only when clearly better: validation scores are noisy. */
const CLEARLY_BETTER = 0.01

export interface TrainOptions {
  kernels: Kernels
  control: TrainControl
  /** Goes on from the newest checkpoint instead of starting anew. */
  resume: boolean
  onEvent: (event: RunEvent) => void
}

/**
 * Trains the run of a folder to its planned end, or until stopped. Errors: those of reading the run's files,
 * 'not-ready' when nothing is painted; divergence is an answer, not an error.
 */
export async function train(folder: string, options: TrainOptions): Promise<TrainResult> {
  const training = await Training.open(folder, options)
  try {
    return await training.run()
  } finally {
    await training.close()
  }
}

class Training {
  readonly #files: RunFiles
  readonly #plan: RunPlan
  readonly #kernels: Kernels
  readonly #control: TrainControl
  readonly #onEvent: (event: RunEvent) => void
  readonly #learned: LearnedState
  readonly #batches: BatchSource
  readonly #validation: Validation
  readonly #previews: PreviewFiles
  readonly #closePlanes: () => void
  /** Steps done. */
  #step: number
  #best: { score: number; objects: ObjectsPlan } | null

  static async open(folder: string, options: TrainOptions): Promise<Training> {
    const files = new RunFiles(folder)
    const from = options.resume ? files.newestCheckpoint() : null
    const planes = openPlanes(files)
    try {
      return new Training(files, options, from, planes)
    } catch (error) {
      planes.close()
      throw error
    }
  }

  private constructor(
    files: RunFiles,
    { kernels, control, onEvent }: TrainOptions,
    from: Checkpoint | null,
    planes: ReturnType<typeof openPlanes>,
  ) {
    const { plan } = files
    this.#files = files
    this.#plan = plan
    this.#kernels = kernels
    this.#control = control
    this.#onEvent = onEvent
    this.#step = from?.header.step ?? 0
    this.#closePlanes = planes.close
    this.#validation = new Validation(plan, planes.teaching, planes.heldOut, from?.header.objects)
    this.#previews = new PreviewFiles(files.folder)
    this.#best = from && bestUpTo(files, this.#step)
    this.#learned = new LearnedState(kernels, plan, from?.tensors ?? null, () => firstWeights(files))
    this.#batches = new BatchSource(files.folder, plan) // last: nothing that fails may leave its thread behind
  }

  async run(): Promise<TrainResult> {
    this.#files.trimLog(this.#step) // also of an attempt that ended before its first checkpoint
    this.#previews.trim(this.#step)
    const schedule = this.#files.readSchedule() ?? (await this.#makeSchedule())
    this.#tell({
      type: 'planned',
      steps: schedule.steps,
      secondsPerStep: schedule.secondsPerStep,
      device: schedule.device,
      label: schedule.label,
      memoryBytes: process.memoryUsage().rss,
    })
    this.#tellState('running')
    while (this.#step < schedule.steps) {
      if (this.#control.isPaused) await this.#pause()
      if (this.#control.stopping !== null) return this.#stopped(this.#control.stopping)
      const energy = await this.#oneStep(schedule.steps)
      if (!Number.isFinite(energy)) return this.#diverged(energy)
      await this.#afterStep(schedule.steps)
      await new Promise(setImmediate) // the host's frames are read here
    }
    return this.#finished()
  }

  #makeSchedule(): Promise<Schedule> {
    return makeSchedule(this.#files, this.#kernels, this.#batches, this.#validation.pixels)
  }

  async close(): Promise<void> {
    await this.#batches.close()
    this.#closePlanes()
    this.#learned.dispose()
  }

  /** One gradient step; answers the energy before it. */
  async #oneStep(steps: number): Promise<number> {
    const begin = performance.now()
    const step = this.#step + 1
    const batch = await this.#batches.next(this.#step)
    const learningRate = learningRateAt(step, steps, this.#plan.optimization)
    const energy = await this.#learned.learn(batch, step, learningRate)
    if (Number.isFinite(energy)) {
      this.#step = step
      this.#tell({ type: 'step', step, energy, learningRate, seconds: (performance.now() - begin) / 1000 })
    }
    return energy
  }

  async #afterStep(steps: number): Promise<void> {
    const { validateEvery, checkpointEvery } = this.#plan.optimization
    const isLast = this.#step === steps
    if (!isLast && this.#validation.isPossible) {
      if (validateEvery > 0 && this.#step % validateEvery === 0) await this.#validate('quick')
      else if (isEarlyPreview(this.#step, this.#plan)) await this.#lookEarly()
    }
    if (isLast || this.#step % checkpointEvery === 0) await this.#checkpoint()
  }

  async #pause(): Promise<void> {
    await this.#checkpoint()
    this.#tellState('paused')
    await this.#control.whilePaused()
    if (this.#control.stopping === null) this.#tellState('running')
  }

  async #finished(): Promise<TrainResult> {
    return this.#conclude('finished', await this.#makeModel())
  }

  async #stopped(how: 'keep' | 'now'): Promise<TrainResult> {
    await this.#checkpoint()
    const made = how === 'keep' ? await this.#makeModel() : await this.#writeModel(null)
    return this.#conclude('stopped', made)
  }

  /** The energy is no longer a number: what the newest checkpoint holds is the last that was good. */
  async #diverged(value: number): Promise<TrainResult> {
    const good = this.#files.newestCheckpoint()
    const step = this.#step + 1
    const message = new AppError(good ? 'run-diverged' : 'run-diverged-early', { step, value: String(value) }).message
    if (good) {
      this.#learned.restore(good.tensors)
      this.#step = good.header.step
    }
    const made = good ? await this.#makeModel() : null
    this.#tell({ type: 'state', state: 'diverged', step: this.#step, message })
    return { state: 'diverged', step: this.#step, model: made ? 'model.cbck' : '', ...made }
  }

  #conclude(state: 'finished' | 'stopped', made: { score?: number; objects?: ObjectsPlan }): TrainResult {
    this.#tellState(state)
    return { state, step: this.#step, model: 'model.cbck', ...made }
  }

  /** Validates thoroughly and writes the model: the last weights, unless earlier ones were clearly better. */
  async #makeModel(): Promise<{ score?: number; objects?: ObjectsPlan }> {
    if (!this.#validation.isPossible) return this.#writeModel(null)
    const weights = await this.#learned.predictionWeights()
    const last = await this.#score(weights, 'thorough', this.#step)
    this.#tell({ type: 'validation', step: this.#step, ...last })
    const isBetter = this.#best !== null && this.#best.score > last.score + CLEARLY_BETTER
    const best = isBetter ? this.#files.readBest() : null
    if (best) {
      const again = await this.#score(tensorsUnder(best.tensors, 'weights/'), 'thorough', best.header.step)
      if (again.score > last.score + CLEARLY_BETTER) {
        this.#files.saveModel('model.cbck', {
          ...best,
          header: { ...best.header, objects: again.objects, score: again.score },
        })
        return { score: again.score, objects: again.objects }
      }
    }
    return this.#writeModel(last, weights)
  }

  async #writeModel(found: { score: number; objects: ObjectsPlan } | null, weights?: Map<string, Float32Array>) {
    const model = this.#learned.asModel(weights ?? (await this.#learned.predictionWeights()), this.#step, found)
    this.#files.saveModel('model.cbck', model)
    return found === null ? {} : { score: found.score, objects: found.objects }
  }

  async #validate(effort: 'quick' | 'thorough'): Promise<void> {
    const weights = await this.#learned.predictionWeights()
    const found = await this.#score(weights, effort, this.#step)
    this.#tell({ type: 'validation', step: this.#step, ...found })
    if (this.#best !== null && found.score <= this.#best.score) return
    this.#best = found
    this.#files.saveModel('checkpoints/best.cbck', this.#learned.asModel(weights, this.#step, found))
    this.#tell({ type: 'checkpoint', step: this.#step, file: 'checkpoints/best.cbck', isBest: true })
  }

  /** Validates the weights of a step and keeps what they predict for the preview. */
  async #score(weights: Map<string, Float32Array>, effort: 'quick' | 'thorough', step: number) {
    const { found, snapshot } = await this.#withNet(weights, (net) => this.#validation.run(net, effort))
    this.#keepPreview(step, snapshot)
    return found
  }

  /** A preview between validations. */
  async #lookEarly(): Promise<void> {
    const { preview } = this.#validation
    if (!preview) return
    const look = (net: PredictingNet) => this.#validation.look(net, preview)
    this.#keepPreview(this.#step, await this.#withNet(await this.#learned.predictionWeights(), look))
  }

  #keepPreview(step: number, snapshot: Uint8Array): void {
    const { preview } = this.#validation
    if (!preview) return
    this.#previews.save(step, preview.region, snapshot, () => preview.base())
    this.#tell({ type: 'preview', step })
  }

  async #withNet<T>(weights: Map<string, Float32Array>, act: (net: PredictingNet) => Promise<T>): Promise<T> {
    const net = predictingNet(this.#kernels, this.#plan.network, weights)
    try {
      return await act(net)
    } finally {
      net.dispose()
    }
  }

  async #checkpoint(): Promise<void> {
    const checkpoint = await this.#learned.asCheckpoint(this.#step, this.#validation.objects)
    // A step may have answered a finite energy and still spoilt the weights; such a state must not replace a good one.
    if (checkpoint === null) return
    const file = this.#files.saveCheckpoint(checkpoint)
    this.#tell({ type: 'checkpoint', step: this.#step, file, isBest: false })
  }

  #tellState(state: 'running' | 'paused' | 'stopped' | 'finished'): void {
    this.#tell({ type: 'state', state, step: this.#step })
  }

  #tell(event: RunEvent): void {
    this.#files.log(event)
    this.#onEvent(event)
  }
}

/** The planes of both roles. */
function openPlanes({ folder, plan }: RunFiles) {
  const teaching = openRunPlanes(folder, plan, 'train')
  try {
    const heldOut = openRunPlanes(folder, plan, 'validation')
    const close = () => {
      teaching.close()
      heldOut.close()
    }
    return { teaching: teaching.planes, heldOut: heldOut.planes, close }
  } catch (error) {
    teaching.close()
    throw error
  }
}

/** What validation said of the best weights that a run had when it was at a step. */
function bestUpTo(files: RunFiles, step: number): { score: number; objects: ObjectsPlan } | null {
  const header = files.readBest()?.header
  if (!header || header.score === null || header.objects === null || header.step > step) return null
  return { score: header.score, objects: header.objects }
}
