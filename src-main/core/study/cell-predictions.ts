/** The predictions of a trained cell: as its arm lists them, scored, timed, compared with each other. */
import { mkdirSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { type PredictReport, type PredictRequest, predict } from '../prediction.ts'
import type { OutputKind } from '../prediction-outputs.ts'
import { readMaps, readProbabilities } from '../score-files.ts'
import type { CellContext } from './cell-context.ts'
import { croppedImages } from './crops.ts'
import type { CellResult, Scores } from './results.ts'
import { scoreFolder } from './scoring.ts'
import type { SplitImages } from './study-data.ts'
import type { ArmOf, PredictionOptions, StudyData } from './study-file.ts'

/** Predicts and scores everything the arm lists with the model of a run. */
export async function predictAll(
  context: CellContext,
  arm: ArmOf<'cellbrush'>,
  { project, run }: { project: string; run: string },
): Promise<{ predictions: CellResult['predictions']; report: PredictReport }> {
  const predictions: CellResult['predictions'] = {}
  let report: PredictReport | undefined
  for (const options of arm.predictions) {
    const images = await imagesFor(context, options)
    const request = requestOf(context, images, options, { project, run })
    if (options.isTimed) await predict(request, context.engine, context.job) // kernels are chosen, memory is there
    report = await predict(request, context.engine, context.job)
    const failed = report.files.find(({ error }) => error)?.error
    if (failed) throw new Error(failed.message)
    context.commands.predict(request)
    context.commands.evaluate(request.out, images)
    const { scores, images: each } = await scoreFolder(request.out, images, context.job)
    const more = { ...(await timesOf(report, request)), ...(await differenceOf(context, request.out, options)) }
    predictions[options.name] = { seconds: report.seconds, scores: { ...scores, ...more }, images: each }
  }
  return { predictions, report: report! }
}

export const predictionFolder = (folder: string, prediction: string): string =>
  path.join(folder, 'predictions', prediction)

/** The images of the split, or their middles. */
export async function imagesFor(
  { images, folder }: Pick<CellContext, 'images' | 'folder'>,
  { cropPx }: PredictionOptions,
): Promise<SplitImages> {
  return cropPx === undefined ? images : croppedImages(images, cropPx, path.join(folder, `crops-${cropPx}`))
}

function requestOf(
  { folder, device, objectsAnew }: CellContext,
  { test, data }: SplitImages,
  { name, average, tilePx, objectsFor }: PredictionOptions,
  { project, run }: { project: string; run: string },
): PredictRequest {
  const out = predictionFolder(folder, name)
  mkdirSync(out, { recursive: true })
  // Training chose on single predictions: averaged ones want a choice of their own, which is then the same whenever made.
  const aim = objectsFor ?? (objectsAnew || average ? 'balanced' : undefined)
  const common = { source: project, inputs: test, out, run, write: writtenOf(data) } as const
  return {
    ...common,
    isAveraged: average,
    threshold: 'auto',
    device,
    ...(tilePx === undefined ? {} : { tilePx }),
    ...(aim === undefined ? {} : { objectsFor: aim }),
  }
}

/** What is scored: with classes also the class of each object. */
const writtenOf = ({ kind }: StudyData): readonly OutputKind[] =>
  kind === 'classes' ? ['labels', 'objects', 'probabilities'] : ['labels', 'probabilities']

/** Seconds for a million pixels: by the clock of the engine, and of the whole command with reading and writing. */
async function timesOf({ seconds, engineSeconds, files }: PredictReport, { out }: PredictRequest): Promise<Scores> {
  let pixels = 0
  for (const { name } of files) {
    const { width, height, planes } = await readMaps(path.join(out, `${name}_labels.tif`))
    pixels += width * height * planes.length
  }
  const megapixels = pixels / 1e6
  return { 'time.secondsPerMegapixel': engineSeconds / megapixels, 'time.withFiles': seconds / megapixels }
}

/** How far this prediction is from another of the arm: probabilities, and pixels that are object in one alone. */
async function differenceOf({ folder }: CellContext, out: string, { compareWith }: PredictionOptions): Promise<Scores> {
  if (compareWith === undefined) return {}
  const other = predictionFolder(folder, compareWith)
  const names = readdirSync(out).filter((name) => name.endsWith('_probabilities.tif'))
  let [largest, sum, pixels, labels] = [0, 0, 0, 0]
  for (const name of names) {
    const [one, two] = [await readProbabilities(path.join(out, name)), await readProbabilities(path.join(other, name))]
    const label = name.replace('_probabilities', '_labels')
    const [ids, others] = [await readMaps(path.join(out, label)), await readMaps(path.join(other, label))]
    for (const [plane, values] of one.planes.entries()) {
      values.forEach((value, at) => {
        const difference = Math.abs(value - two.planes[plane]![at]!)
        largest = Math.max(largest, difference)
        sum += difference
      })
      pixels += values.length
      labels += pixelsInOneAlone(ids.planes[plane]!, others.planes[plane]!)
    }
  }
  return { 'difference.largest': largest, 'difference.mean': sum / pixels, 'difference.labelPixels': labels }
}

/** Pixels that are object in one of two maps and not in the other. Ids do not matter: one object more shifts all later ones. */
export const pixelsInOneAlone = (one: Uint32Array, other: Uint32Array): number =>
  one.reduce((count, id, at) => count + (id > 0 === other[at]! > 0 ? 0 : 1), 0)
