/** All planes of one pixel file through a model: a job folder for the engine, and what it wrote. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import type { PredictionPlan } from '../../src-shared/run-plan.ts'
import { writeFileDurably } from '../store/index.ts'
import type { Engine } from './engine.ts'
import type { Job } from './job.ts'
import { type ModelHeader, modelFacts } from './model-file.ts'
import { readHeader } from './pixel-files.ts'
import { rangesInTurns } from './ranges.ts'

export interface PlanesToPredict {
  /** Where plan and results are written; exists and is this job's own. */
  folder: string
  /** What messages call the image. */
  name: string
  /** Its pixel file. */
  pixels: string
  model: string
  header: ModelHeader
  device: PredictionPlan['device']
  isAveraged: boolean
  /** Side of the output tile; from the free memory where left out. */
  tilePx?: number
  /** 'float32' unless said otherwise. */
  outputType?: 'float32' | 'uint8' | 'uint16'
  /** With coarser levels, to be looked at; without unless said so. */
  withLevels?: boolean
}

/** A predicted plane: a pixel file of K channels, channel 0 background. */
export interface PredictedPlane {
  z: number
  t: number
  file: string
}

export interface Watch {
  job: Job
  /** Hears the share done, 0 to 1. */
  progress: (share: number) => void
}

/**
 * Predicts every plane, in the order z fastest; `seconds` are the engine's. Errors: 'channels-mismatch', and what the engine says of the first
 * plane that failed.
 */
export async function predictPlanes(
  engine: Engine,
  of: PlanesToPredict,
  { job, progress }: Watch,
): Promise<{ label: string; seconds: number; planes: PredictedPlane[] }> {
  const plan = await planOf(of, job.signal)
  writeFileDurably(path.join(of.folder, 'plan.json'), JSON.stringify(plan))
  const answer = await engine.call(
    'predict',
    { folder: of.folder },
    {
      signal: job.signal,
      onEvent: ({ item, done, total }) => progress((item + done / Math.max(1, total)) / plan.items.length),
    },
  )
  const failure = answer.failed[0]
  if (failure) throw new AppError('prediction-failed', { path: of.name, reason: failure.message })
  const planes = plan.items.map(({ z, t, output }) => ({ z, t, file: path.join(of.folder, output) }))
  return { label: answer.label, seconds: answer.seconds, planes }
}

async function planOf(of: PlanesToPredict, signal: AbortSignal): Promise<PredictionPlan> {
  const { folder, name, pixels, model, header, device, isAveraged, tilePx, outputType = 'float32', withLevels } = of
  const { z: depth, t: times, channels } = readHeader(pixels)
  const expected = Math.max(...header.input.channels) + 1
  if (channels < expected) throw new AppError('channels-mismatch', { path: name, found: channels, expected })
  const items: PredictionPlan['items'] = []
  for (let page = 0; page < depth * times; page++) {
    const at = { z: page % depth, t: Math.floor(page / depth) }
    const range = await rangesInTurns(pixels, at, header.input, signal)
    const output = { output: `plane-${page}.cbpx`, outputType, ...(withLevels ? { withLevels } : {}) }
    items.push({ name, pixels: path.relative(folder, pixels), ...at, range, ...output })
  }
  return {
    format: 1,
    id: path.basename(folder),
    model,
    facts: modelFacts(header),
    device,
    threads: 0,
    average: isAveraged,
    ...(tilePx === undefined ? {} : { tilePx }),
    items,
  }
}
