/** Scores of a folder of predictions as flat tables: "raw.vRand", "thinned.warpingError", "pixels.pixelError" ... */
import type { PlaneEvaluation } from '../../../src-shared/scores/evaluate.ts'
import { rawTable } from '../../../src-shared/scores/evaluate.ts'
import { evaluateFolders } from '../evaluation.ts'
import type { Job } from '../job.ts'
import { scoreClasses } from './class-scoring.ts'
import type { ScoredImages, Scores } from './results.ts'
import type { SplitImages } from './study-data.ts'

/** These are counts: their sum over the images is said, not their mean. */
const COUNTS = new Set(['truthObjects', 'predictedObjects', 'missed', 'invented', 'split', 'merged'])

/**
 * Scores label files (raw) and probabilities (pixels, and for membranes thinned) of a folder by the code behind
 * `cellbrush evaluate`; of classes each on its own. Errors: those of `evaluateFolders` and `evaluateClassFolders`.
 */
export async function scoreFolder(folder: string, split: SplitImages, job: Job): Promise<ScoredImages> {
  const { truth, data } = split
  const { kind, foreground } = data
  if (kind === 'classes') return scoreClasses(folder, split, job)
  const labels = await evaluateFolders({ truth, masks: folder, kind, foreground }, job)
  const probabilities = await evaluateFolders({ truth, probabilities: folder, kind, foreground }, job)
  const failed = [...labels.files, ...probabilities.files].find(({ error }) => error)?.error
  if (failed) throw new Error(failed.message)
  const images = labels.planes.map((plane) => ({
    name: plane.name,
    scores: { ...flat(plane), ...flat(probabilities.planes.find(({ name }) => name === plane.name)!) },
  }))
  const means = { raw: labels.mean.raw, thinned: probabilities.mean.thinned, pixels: probabilities.mean.pixels }
  return { scores: { ...prefixed(means), ...counted(images) }, images }
}

function flat({ raw, thinned, pixels }: PlaneEvaluation): Scores {
  return prefixed({
    raw: raw && rawTable(raw),
    thinned: thinned && { ...thinned.best },
    pixels: pixels && { ...pixels },
  })
}

function prefixed(sections: Record<string, object | undefined>): Scores {
  return Object.fromEntries(
    Object.entries(sections).flatMap(([section, scores]) =>
      Object.entries(scores ?? {}).map(([name, value]) => [`${section}.${name}`, value as number]),
    ),
  )
}

function counted(images: readonly { scores: Scores }[]): Scores {
  const names = Object.keys(images[0]?.scores ?? {}).filter((name) => COUNTS.has(name.split('.')[1]!))
  return Object.fromEntries(names.map((name) => [name, images.reduce((sum, { scores }) => sum + scores[name]!, 0)]))
}
