/** What `cellbrush predict` writes of an image: which files, and that none of them is an input. */
import { realpathSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { writeClassImages, writeClassNames } from './class-images.ts'
import type { Job } from './job.ts'
import { writeObjectTable } from './object-table.ts'
import type { PredictedPlane } from './predict-planes.ts'
import { type LabelsToWrite, likeliestRows, writeLabels, writeProbabilities } from './prediction-files.ts'
import { removeStaleSidecar, removeStaleTable } from './stale-files.ts'

export const OUTPUT_KINDS = ['labels', 'probabilities', 'classes', 'objects'] as const
export type OutputKind = (typeof OUTPUT_KINDS)[number]

/** What follows the name of the image in the name of its result. */
const ENDINGS: Record<OutputKind, string> = {
  labels: '_labels.tif',
  probabilities: '_probabilities.tif',
  classes: '_classes.tif',
  objects: '_objects.csv',
}

/** The files of one image, without those that name classes. `base` is its path in the folder of results, without ending. */
export const outputFiles = (base: string, kinds: readonly OutputKind[]): string[] =>
  kinds.map((kind) => base + ENDINGS[kind])

/** Errors: 'usage' where an output lies where an input is: it may be a mask that a hand has made. */
export function refuseToReplaceInputs(inputs: readonly string[], outputs: readonly string[]): void {
  const taken = new Set(inputs.map(realPath))
  const replaced = outputs.find((file) => taken.has(realPath(file)))
  if (replaced === undefined) return
  const reason = `The result ${replaced} would replace an input; write to another folder with --out, or leave that file out.`
  throw new AppError('usage', { reason })
}

/** The path itself where nothing is there yet. */
function realPath(file: string): string {
  try {
    return realpathSync.native(file) // on disks that do not tell case, as it is written there
  } catch {
    return path.resolve(file)
  }
}

/** Writes what is wanted; answers the files, and the number of objects where they were made. Throws `Stopped`. */
export async function writeOutputs(
  base: string,
  kinds: readonly OutputKind[],
  planes: readonly PredictedPlane[],
  of: LabelsToWrite,
  job: Job,
): Promise<{ outputs: string[]; objects?: number }> {
  const { info, folder, classNames } = of
  const outputs: string[] = []
  const isWanted = (kind: OutputKind, file: string) => kinds.includes(kind) && outputs.push(file) > 0
  let found: number | undefined
  if (kinds.includes('labels') || kinds.includes('objects')) {
    const labels = base + ENDINGS.labels
    const file = isWanted('labels', labels) ? labels : path.join(folder, 'labels.tif')
    const rows = await writeLabels(file, planes, of, job)
    if (kinds.includes('labels')) {
      removeStaleSidecar(base)
      removeStaleTable(base)
    }
    const table = base + ENDINGS.objects
    if (isWanted('objects', table)) writeObjectTable(table, rows, info.pixelSizeUm)
    found = rows.length
  }
  const probabilities = base + ENDINGS.probabilities
  if (isWanted('probabilities', probabilities)) {
    await writeProbabilities(probabilities, planes, info, job)
    if (classNames.length > 2 && !kinds.includes('classes')) outputs.push(writeClassNames(base, classNames))
  }
  if (kinds.includes('classes')) {
    const pages = planes.map(
      ({ file }) =>
        () =>
          likeliestRows(file, job),
    )
    outputs.push(...(await writeClassImages(base, 'tiff', info, classNames, pages)))
  }
  return { outputs, ...(found === undefined ? {} : { objects: found }) }
}
