/** The run folder as the engine reads and writes it (docs/architecture.md, "Run folder"). */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { RunEvent } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { type RunPlan, runPlanSchema } from '../../src-shared/run-plan.ts'
import { writeFileDurably } from '../files/durable.ts'
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts'

/** Checkpoints kept besides the best: the newest may be cut off by a failing disk. */
const KEPT_CHECKPOINTS = 2

const scheduleSchema = v.object({
  steps: v.pipe(v.number(), v.integer(), v.minValue(1)),
  secondsPerStep: v.number(),
  device: v.picklist(['tensorflow', 'webgpu', 'cpu']),
  label: v.string(),
})
/** Minutes turned into steps, once, at the first start. */
export type Schedule = v.InferOutput<typeof scheduleSchema>

export class RunFiles {
  readonly folder: string
  readonly plan: RunPlan

  /** Errors: 'file-missing', 'model-unreadable' when `plan.json` is not a plan. */
  constructor(folder: string) {
    this.folder = folder
    this.plan = parse(join(folder, 'plan.json'), runPlanSchema)
    mkdirSync(this.#checkpoints, { recursive: true })
  }

  get #checkpoints(): string {
    return join(this.folder, 'checkpoints')
  }

  get #log(): string {
    return join(this.folder, 'log.jsonl')
  }

  /** The schedule of an earlier start, if there is one. */
  readSchedule(): Schedule | null {
    const path = join(this.folder, 'schedule.json')
    return existsSync(path) ? parse(path, scheduleSchema) : null
  }

  writeSchedule(schedule: Schedule): void {
    writeFileDurably(join(this.folder, 'schedule.json'), `${JSON.stringify(schedule, null, 2)}\n`)
  }

  log(event: RunEvent): void {
    appendFileSync(this.#log, `${JSON.stringify(event)}\n`)
  }

  /** Forgets what an interrupted attempt did after the checkpoint that training goes on from. */
  trimLog(step: number): void {
    if (!existsSync(this.#log)) return
    const kept = readFileSync(this.#log, 'utf8')
      .split('\n')
      .filter((line) => line !== '' && stepOf(line) <= step)
    writeFileDurably(this.#log, kept.map((line) => `${line}\n`).join(''))
  }

  /** Writes `checkpoints/step-N.cbck`, drops old ones, and answers its path relative to the folder. */
  saveCheckpoint(checkpoint: Checkpoint): string {
    const name = `step-${checkpoint.header.step}.cbck`
    writeCheckpoint(join(this.#checkpoints, name), checkpoint)
    for (const step of this.#steps().slice(KEPT_CHECKPOINTS)) rmSync(join(this.#checkpoints, `step-${step}.cbck`))
    return `checkpoints/${name}`
  }

  /** `model.cbck`, or `checkpoints/best.cbck` while training. */
  saveModel(relativePath: 'model.cbck' | 'checkpoints/best.cbck', model: Checkpoint): void {
    writeCheckpoint(join(this.folder, relativePath), model)
  }

  /** The best weights so far; null when there are none, or when their file is damaged: the last ones are good too. */
  readBest(): Checkpoint | null {
    const path = join(this.#checkpoints, 'best.cbck')
    if (!existsSync(path)) return null
    try {
      return readCheckpoint(path)
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      console.error(`the best weights so far are left out: ${error.message}`)
      return null
    }
  }

  /** The newest checkpoint that is whole; null when there is none. */
  newestCheckpoint(): Checkpoint | null {
    for (const step of this.#steps()) {
      try {
        return readCheckpoint(join(this.#checkpoints, `step-${step}.cbck`))
      } catch (error) {
        if (!(error instanceof AppError)) throw error // a damaged one: the one before it is as good, only older
      }
    }
    return null
  }

  /** Steps of the checkpoints there are, newest first. */
  #steps(): number[] {
    return readdirSync(this.#checkpoints)
      .map((name) => Number(/^step-(\d+)\.cbck$/.exec(name)?.[1] ?? Number.NaN))
      .filter((step) => !Number.isNaN(step))
      .sort((a, b) => b - a)
  }
}

function parse<S extends v.GenericSchema>(path: string, schema: S): v.InferOutput<S> {
  if (!existsSync(path)) throw new AppError('file-missing', { path })
  const result = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), readFileSync(path, 'utf8'))
  if (result.success) return result.output as v.InferOutput<S>
  throw new AppError('model-unreadable', { path, reason: String(result.issues[0].message) })
}

function stepOf(line: string): number {
  try {
    return (JSON.parse(line) as { step?: number }).step ?? 0
  } catch {
    return Number.POSITIVE_INFINITY // a line cut off by the interruption
  }
}
