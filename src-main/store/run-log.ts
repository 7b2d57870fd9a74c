/** What a run's folder tells about it: plan.json, frozen at Start, and log.jsonl, written by the engine. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { RunEvent } from '../../src-shared/engine-api.ts'
import { type RunPlan, runPlanSchema } from '../../src-shared/run-plan.ts'

export type RunState = 'planned' | 'running' | 'paused' | 'stopped' | 'finished' | 'diverged' | 'failed' | 'interrupted'

/** A point of the loss curve; `score` where the step was validated. */
export interface RunPoint {
  step: number
  energy: number
  score?: number
}

export interface RunProgress {
  state: RunState
  step: number
  steps?: number
  device?: string
  /** Of the last step. */
  energy?: number
  /** The best validation score so far. */
  score?: number
  message?: string
  /** The loss curve, thinned. */
  summary: RunPoint[]
}

/** Points of a loss curve kept in the database; the log has them all. */
export const SUMMARY_POINTS = 400

/** The plan of a run folder, or null when it has none that can be read (it may be on its way). */
export function readRunPlan(folder: string): RunPlan | null {
  try {
    return v.parse(runPlanSchema, JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')))
  } catch {
    return null
  }
}

/** All events of a run so far; a last line that is only half there, because it is being written, is left out. */
export function readLog(folder: string): RunEvent[] {
  const path = join(folder, 'log.jsonl')
  if (!existsSync(path)) return []
  return readFileSync(path, 'utf8').split('\n').flatMap(parsedLine)
}

function parsedLine(line: string): RunEvent[] {
  try {
    return line === '' ? [] : [JSON.parse(line)]
  } catch {
    return []
  }
}

/** What the whole log says; 'planned' where there is none yet. */
export function readProgress(folder: string): RunProgress {
  const progress: RunProgress = { state: 'planned', step: 0, summary: [] }
  for (const event of readLog(folder)) follow(progress, event)
  progress.summary = thin(progress.summary)
  return progress
}

function follow(progress: RunProgress, event: RunEvent): void {
  switch (event.type) {
    case 'planned':
      Object.assign(progress, { state: 'running', steps: event.steps, device: event.label })
      break
    case 'step':
      Object.assign(progress, { step: event.step, energy: event.energy })
      // A resumed run repeats the steps after its checkpoint: the later line counts.
      while (progress.summary.length > 0 && progress.summary.at(-1)!.step >= event.step) progress.summary.pop()
      progress.summary.push({ step: event.step, energy: event.energy })
      break
    case 'validation':
      progress.score = Math.max(progress.score ?? Number.NEGATIVE_INFINITY, event.score)
      progress.summary.push({ step: event.step, energy: event.energy, score: event.score })
      break
    case 'state':
      Object.assign(progress, { state: event.state, step: event.step, message: event.message })
      break
  }
}

/** Every n-th point, all validated ones, and the last. */
function thin(points: RunPoint[]): RunPoint[] {
  const every = Math.ceil(points.length / SUMMARY_POINTS)
  return points.filter(
    (point, index) => index % every === 0 || point.score !== undefined || index === points.length - 1,
  )
}
