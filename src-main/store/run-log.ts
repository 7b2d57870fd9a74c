/** What a run's folder tells about it: plan.json, frozen at Start, and log.jsonl, written by the engine. */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
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

const logOf = (folder: string): string => join(folder, 'log.jsonl')

/** 0 where there is none yet. */
export const logBytes = (folder: string): number => statSync(logOf(folder), { throwIfNoEntry: false })?.size ?? 0

/** More than an engine writes between two steps. */
const END_BYTES = 1 << 14

/** Where a log ends, from its last lines alone: as `readProgress` has it. Null where they do not say. */
export function readLogEnd(folder: string): Pick<RunProgress, 'state' | 'step'> | null {
  const events = lastEvents(folder)
  const last = events.findLast(({ type }) => type === 'planned' || type === 'step' || type === 'state')
  const reached = events.findLast((event) => event.type === 'step' || event.type === 'state')
  return last && reached ? { state: last.type === 'state' ? last.state : 'running', step: reached.step } : null
}

function lastEvents(folder: string): RunEvent[] {
  if (!existsSync(logOf(folder))) return []
  const file = openSync(logOf(folder), 'r')
  try {
    const start = Math.max(0, fstatSync(file).size - END_BYTES)
    const bytes = Buffer.alloc(END_BYTES)
    const lines = bytes.toString('utf8', 0, readSync(file, bytes, 0, END_BYTES, start)).split('\n')
    return lines.slice(start > 0 ? 1 : 0).flatMap(parsedLine)
  } finally {
    closeSync(file)
  }
}

/** All events of a run so far; a last line that is only half there, because it is being written, is left out. */
export function readLog(folder: string): RunEvent[] {
  if (!existsSync(logOf(folder))) return []
  return readFileSync(logOf(folder), 'utf8').split('\n').flatMap(parsedLine)
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
