/** A cell of the floor: the blurred image as if it were a probability; width and threshold from annotated images only. */
import { chooseObjectsPlan } from '../../../src-shared/objects-search.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { validationScore } from '../../../src-shared/scores/objects.ts'
import { letOthersWork, throwIfStopped } from '../job.ts'
import { averagedBlur, gaussianBlur } from './blur.ts'
import { type CellContext, type CellOutcome, NO_CURVE } from './cell-context.ts'
import { imagesFor, predictionFolder } from './cell-predictions.ts'
import { normalisedPlane, type Plane, writePrediction } from './foreign-predictions.ts'
import { type FrozenPlane, frozenAnnotation } from './frozen-annotation.ts'
import type { CellResult } from './results.ts'
import { scoreFolder } from './scoring.ts'
import type { ArmOf } from './study-file.ts'

const SIGMAS_PX = [0, 1, 1.5, 2, 3, 4]
/** Annotated planes on which the width is chosen: more change it no more, and each takes seconds. */
const MOST_PLANES = 4

export async function runFloor(context: CellContext, arm: ArmOf<'floor'>): Promise<CellOutcome> {
  const { folder, job, commands } = context
  const begin = performance.now()
  const { plan, planes } = await frozenAnnotation(context)
  const { sigmaPx, objects } = await chooseBlur(evenly(planes, MOST_PLANES), arm.isBright, context)
  const trainSeconds = (performance.now() - begin) / 1000
  const predictions: CellResult['predictions'] = {}
  for (const options of arm.predictions) {
    const out = predictionFolder(folder, options.name)
    const shown = await imagesFor(context, options)
    const start = performance.now()
    for (const file of shown.test) {
      throwIfStopped(job)
      const plane = await normalisedPlane(file, plan.input)
      const blur = options.average ? averagedBlur : gaussianBlur
      writePrediction(
        out,
        file,
        likeProbability({ ...plane, values: blur(plane.values, plane.width, plane.height, sigmaPx) }, arm.isBright),
        objects,
      )
    }
    const seconds = (performance.now() - start) / 1000
    commands.evaluate(out, shown)
    predictions[options.name] = { seconds, ...(await scoreFolder(out, shown, job)) }
  }
  const chosen = { sigmaPx, ...objects }
  return { device: 'Gaussian blur', trainSeconds, isResumed: false, objects: chosen, predictions, curve: NO_CURVE }
}

async function chooseBlur(planes: readonly FrozenPlane[], isBright: boolean, { job }: CellContext) {
  let best: { sigmaPx: number; objects: ObjectsPlan; score: number } | undefined
  for (const [index, sigmaPx] of SIGMAS_PX.entries()) {
    throwIfStopped(job)
    job.progress({ label: 'Choosing the blur', done: index, total: SIGMAS_PX.length, unit: 'widths' })
    const seen = planes.map(({ width, height, values, labels, item }) => {
      const blurred = { width, height, values: gaussianBlur(values, width, height, sigmaPx) }
      const { values: foreground } = likeProbability(blurred, isBright)
      return { width, height, foreground, truth: labels, isComplete: item.isComplete }
    })
    const chosen = chooseObjectsPlan(seen, validationScore)
    if (best === undefined || chosen.score > best.score) best = { sigmaPx, ...chosen }
    await letOthersWork()
  }
  return best!
}

/** Grey values as shares from 0 to 1, objects high. */
function likeProbability({ values, ...size }: Plane, isBright: boolean): Plane {
  const share = (value: number) => Math.min(1, Math.max(0, isBright ? value : 1 - value))
  return { ...size, values: values.map(share) }
}

const evenly = <T>(all: readonly T[], most: number): T[] => {
  const count = Math.min(most, all.length)
  return Array.from({ length: count }, (_, index) => all[Math.floor(((index + 0.5) * all.length) / count)]!)
}
