/** What one cell came to, in `result.json` of its folder: written when all of it is done, so that it can be trusted. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { writeFileDurably } from '../../store/index.ts'
import { type Cell, cellName } from './cells.ts'

/** JSON has no NaN: what cannot be said is null. */
const score = v.pipe(
  v.nullable(v.number()),
  v.transform((value) => value ?? Number.NaN),
)
const scores = v.record(v.string(), score)
const points = v.array(v.tuple([v.number(), v.number()]))

/** By name: "raw.vRand", "iou.mitochondria" ... */
export type Scores = Record<string, number>

/** What a prediction scores. */
export interface ScoredImages {
  /** Means over the images, sums of what is counted. */
  scores: Scores
  images: { name: string; scores: Scores }[]
}

const machineSchema = v.object({
  processor: v.string(),
  cores: v.number(),
  memoryGiB: v.number(),
  platform: v.string(),
  /** Mean number of other programs at work when the cell began (load average of a minute; 0 on Windows). */
  load: v.number(),
})
export type Machine = v.InferOutput<typeof machineSchema>

export const resultSchema = v.object({
  format: v.literal(1),
  study: v.string(),
  cell: v.object({ split: v.string(), arm: v.string(), seed: v.number() }),
  fingerprint: v.string(),
  finishedAt: v.string(),
  /** What computed: "TensorFlow 2.21.0, 2 threads". */
  device: v.string(),
  machine: machineSchema,
  versions: v.record(v.string(), v.string()),
  /** Images that were annotated. */
  trainImages: v.array(v.string()),
  testImages: v.array(v.string()),
  /** Share of their pixels that is painted, 0 to 1. */
  paintedShare: v.number(),
  /** Of a training: planned and done; trees of a forest. */
  plannedSteps: v.optional(v.number()),
  steps: v.optional(v.number()),
  /** As measured when the steps were planned. */
  secondsPerStep: v.optional(v.number()),
  /** Wall clock of all steps, and of everything up to the model in this attempt. */
  stepSeconds: v.optional(v.number()),
  trainSeconds: v.optional(v.number()),
  /** The training was interrupted and went on. */
  isResumed: v.boolean(),
  /** What went wrong instead of scores; those that are there nevertheless (of the last checkpoint) do not count. */
  failure: v.optional(v.string()),
  /** How probabilities became objects. */
  objects: v.optional(v.record(v.string(), v.union([v.number(), v.boolean()]))),
  /** Scores by prediction: means over the images, sums of counts. */
  predictions: v.record(
    v.string(),
    v.object({
      seconds: v.number(),
      scores,
      images: v.array(v.object({ name: v.string(), scores })),
    }),
  ),
  /** Energy (averaged) and validation score by step. */
  curve: v.object({ energy: points, validation: points }),
  /** Commands that do the same. */
  commands: v.array(v.string()),
})
export type CellResult = v.InferOutput<typeof resultSchema>

export const cellFolder = (out: string, cell: Cell): string => path.join(out, 'cells', ...cellName(cell).split('/'))

/** The result of a cell; undefined where it is not done. A damaged file counts as not done. */
export function readResult(out: string, cell: Cell): CellResult | undefined {
  const file = path.join(cellFolder(out, cell), 'result.json')
  if (!existsSync(file)) return undefined
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), resultSchema), readFileSync(file, 'utf8'))
  return parsed.success ? parsed.output : undefined
}

/** Writes it so that after a crash it is there whole or not at all. */
export function writeResult(out: string, cell: Cell, result: CellResult): void {
  writeFileDurably(path.join(cellFolder(out, cell), 'result.json'), `${JSON.stringify(result, null, 1)}\n`)
}
