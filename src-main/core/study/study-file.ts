/**
 * A study as it is written down in `studies/NAME.json`: data, splits, arms, seeds and what the paper claims of them
 * (docs/studies.md). Only declarations; everything that happens is in the other files of this folder.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import * as v from 'valibot'
import { AppError } from '../../../src-shared/errors.ts'
import { PRESETS } from '../../../src-shared/presets.ts'
import { OBJECT_AIMS } from '../../../src-shared/scores/aims.ts'
import { parseValueMap } from '../../imaging/mask-values.ts'
import { MASK_KINDS } from '../import.ts'
import { PAINTED_BY } from './annotation.ts'

const name = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]*$/, 'a name has small letters, digits, "-" and "."'))
const positive = v.pipe(v.number(), v.gtValue(0))
const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const atLeastOne = v.pipe(v.number(), v.integer(), v.minValue(1))

const dataSchema = v.strictObject({
  /** Images below the data root: a pattern of `*`, `?`, `[0-9]`. */
  images: v.string(),
  /**
   * Folder of the true masks below the data root, named like the images; or a file with `{name}` in it, where each
   * image has a folder of its own.
   */
  truth: v.string(),
  maskKind: v.optional(v.picklist(MASK_KINDS)),
  /** The value that is object in a binary truth. */
  foreground: v.optional(whole),
  /** What the values of a truth of classes mean: `0,32=background,191=mitochondria`; the classes in this order. */
  map: v.optional(v.string()),
  /** Which scores: of objects, of cells between membranes, or of pixels and objects class by class. */
  kind: v.picklist(['instances', 'membranes', 'classes']),
  /** Whether small pictures of these images may be published, and with which words. */
  isPublishable: v.boolean(),
  attribution: v.string(),
})

const splitSchema = v.strictObject({
  name,
  data: v.string(),
  /** Patterns of image names that are annotated, and that are predicted; never both. */
  train: v.string(),
  test: v.string(),
  /** Only so many of the annotated images, drawn by the seed. */
  count: v.optional(atLeastOne),
  /** Only this share of their pixels: whole strokes (random walks of a brush), whole objects with what is around, or groups. */
  annotation: v.optional(v.strictObject({ share: v.pipe(positive, v.maxValue(1)), by: v.picklist(PAINTED_BY) })),
  /** Where the split stands on the axis of a curve. */
  at: v.optional(v.number()),
})

const predictionSchema = v.strictObject({
  name,
  /** Mean over the 8 rotations and mirrors. The program then searches objects on held-out blocks averaged alike. */
  average: v.optional(v.boolean(), false),
  /** How objects are made: for another aim than training's, chosen on the same held-out blocks. */
  objectsFor: v.optional(v.picklist(OBJECT_AIMS)),
  /** Side of the output tile; from the free memory where left out. */
  tilePx: v.optional(v.pipe(v.number(), v.integer(), v.minValue(16))),
  /** Predict only a square of this side from the middle of each image. */
  cropPx: v.optional(atLeastOne),
  /** Predict once before, so that what is timed needs no start. */
  isTimed: v.optional(v.boolean(), false),
  /** A prediction of the arm that stands before it, to take the difference to. */
  compareWith: v.optional(v.string()),
})

const predictions = v.optional(v.pipe(v.array(predictionSchema), v.minLength(1)), [{ name: 'single' }])

const armSchema = v.variant('kind', [
  v.strictObject({
    kind: v.literal('cellbrush'),
    name,
    says: v.string(),
    preset: v.picklist(Object.keys(PRESETS) as (keyof typeof PRESETS)[]),
    settings: v.optional(v.array(v.string()), []),
    predictions,
  }),
  v.strictObject({
    kind: v.literal('peer'),
    name,
    says: v.string(),
    peer: v.picklist(['forest', 'unet']),
    /** Of the U-Net: batch normalisation and a cosine schedule. */
    isNormalised: v.optional(v.boolean(), false),
    predictions,
  }),
  v.strictObject({
    kind: v.literal('floor'),
    name,
    says: v.string(),
    /** Objects are brighter than what is around them. */
    isBright: v.boolean(),
    predictions,
  }),
])

/** One number of the table: an arm's score, of one split and prediction; the first where they are not named. */
const numberSchema = v.strictObject({
  arm: v.string(),
  split: v.optional(v.string()),
  prediction: v.optional(v.string()),
  score: v.string(),
})

const checkSchema = v.strictObject({
  says: v.string(),
  of: numberSchema,
  /** Compared with this, seed by seed: the difference `of - against`, or the ratio `of / against`. */
  against: v.optional(numberSchema),
  as: v.optional(v.picklist(['value', 'difference', 'ratio']), 'value'),
  relation: v.picklist(['>=', '<=', '>', '<']),
  value: v.number(),
})

const claimSchema = v.strictObject({
  claim: v.string(),
  /** Place in the paper, or who set the aim. */
  where: v.string(),
  checks: v.optional(v.array(checkSchema), []),
  /** For what cannot be shown here: why, and the commands that would do it. */
  notReproduced: v.optional(v.strictObject({ why: v.string(), commands: v.array(v.string()) })),
})

const plotSchema = v.strictObject({
  kind: v.picklist(['dots', 'curve', 'training']),
  title: v.string(),
  /** The score on the y axis; a training plot shows the validation score by step. */
  score: v.optional(v.string(), 'validation'),
  prediction: v.optional(v.string()),
  /** Of a curve: what `at` of the splits means. */
  axis: v.optional(v.string(), ''),
  isLogarithmic: v.optional(v.boolean(), false),
})

export const studySchema = v.strictObject({
  format: v.literal(1),
  name,
  title: v.string(),
  /** Sentences on top of the report. */
  about: v.array(v.string()),
  data: v.record(v.string(), dataSchema),
  splits: v.array(splitSchema),
  arms: v.array(armSchema),
  seeds: v.pipe(v.array(whole), v.minLength(1)),
  /** Wall clock of one training; a study of fixed length has `steps` instead. */
  minutes: v.optional(positive),
  steps: v.optional(atLeastOne),
  /**
   * The program's minutes are turned into steps once for each cell, for all seeds and splits of an arm, or for the whole
   * study. Peers learn until their minutes are over.
   */
  stepsPlannedPer: v.optional(v.picklist(['cell', 'arm', 'study']), 'arm'),
  /** Scores with a column in the report. */
  columns: v.array(v.string()),
  plots: v.optional(v.array(plotSchema), []),
  /** Names of images shown in the report; the first that was predicted where left out. */
  pictures: v.optional(v.array(v.string())),
  claims: v.optional(v.array(claimSchema), []),
})

export type Study = v.InferOutput<typeof studySchema>
export type StudyData = Study['data'][string]
export type Split = Study['splits'][number]
export type Arm = Study['arms'][number]
export type ArmOf<Kind extends Arm['kind']> = Extract<Arm, { kind: Kind }>
export type PredictionOptions = v.InferOutput<typeof predictionSchema>
export type Claim = v.InferOutput<typeof claimSchema>
export type Check = v.InferOutput<typeof checkSchema>
export type NumberOf = v.InferOutput<typeof numberSchema>
export type PlotPlan = v.InferOutput<typeof plotSchema>

/** `studies/` lies beside src-main in a checkout and further up in a built release. */
export function studiesFolder(): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'studies')
    if (existsSync(candidate)) return candidate
    if (path.dirname(folder) === folder) throw new Error('studies/ is missing from this installation')
  }
}

/** Names of the studies that come with the program. */
export const studyNames = (): string[] =>
  readdirSync(studiesFolder())
    .flatMap((file) => (file.endsWith('.json') ? [path.basename(file, '.json')] : []))
    .sort()

/** A study by its name, or from a file. Errors: 'study-unknown', 'study-invalid'. */
export function readStudy(wanted: string): Study {
  const file = wanted.endsWith('.json') ? wanted : path.join(studiesFolder(), `${wanted}.json`)
  if (!existsSync(file)) throw new AppError('study-unknown', { name: wanted, known: studyNames().join(', ') })
  return parseStudy(readFileSync(file, 'utf8'), file)
}

/** Checks a study's text: its form, and that every name it uses is one it has. Errors: 'study-invalid'. */
export function parseStudy(text: string, file: string): Study {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), studySchema), text)
  if (!parsed.success) {
    const issue = parsed.issues[0]
    const place = v.getDotPath(issue)
    throw new AppError('study-invalid', { path: file, reason: `${place ? `${place}: ` : ''}${issue.message}` })
  }
  const wrong = wrongName(parsed.output)
  if (wrong !== undefined) throw new AppError('study-invalid', { path: file, reason: wrong })
  return parsed.output
}

const twice = (names: string[]): string | undefined => names.find((one, index) => names.indexOf(one) !== index)

/** The first name that stands for nothing, or twice, as the reason of a failure. */
function wrongName(study: Study): string | undefined {
  const { splits, arms, data, claims, minutes, steps } = study
  const double = twice(splits.map((split) => split.name)) ?? twice(arms.map((arm) => arm.name))
  if (double !== undefined) return `"${double}" stands there twice`
  const unpredictable = arms.map(wrongPrediction).find((reason) => reason !== undefined)
  if (unpredictable !== undefined) return unpredictable
  const strange = splits.find((split) => !(split.data in data))
  if (strange) return `split ${strange.name} is of "${strange.data}", which is not among its data`
  const unfit = Object.entries(data).map(([of, one]) => wrongClasses(of, one, study))
  const reason = unfit.find((one) => one !== undefined)
  if (reason !== undefined) return reason
  if (arms.length > 0 && (minutes === undefined) === (steps === undefined)) return 'give minutes or steps, one of them'
  const numbers = claims.flatMap(({ checks }) => checks.flatMap(({ of, against }) => (against ? [of, against] : [of])))
  return numbers.map((number) => wrongNumber(number, study)).find((reason) => reason !== undefined)
}

/** Predictions of an arm are told apart by their names, and compared with those made before them. */
function wrongPrediction({ name: arm, predictions }: Arm): string | undefined {
  const names = predictions.map((one) => one.name)
  const double = twice(names)
  if (double !== undefined) return `"${double}" stands twice among the predictions of the arm ${arm}`
  const wrong = predictions.find(
    ({ compareWith }, index) => compareWith !== undefined && !names.slice(0, index).includes(compareWith),
  )
  return (
    wrong && `the arm ${arm} has no prediction "${wrong.compareWith}" before "${wrong.name}", which is compared with it`
  )
}

/** Classes need names, and only whole images of them can be annotated, by the program itself. */
function wrongClasses(of: string, { kind, map }: StudyData, { splits, arms }: Study): string | undefined {
  if (kind === 'classes' && map === undefined) return `data ${of}: the kind "classes" needs a map`
  if (kind !== 'classes' && map !== undefined) return `data ${of}: a map needs the kind "classes"`
  if (map === undefined) return undefined
  try {
    parseValueMap(map)
  } catch (error) {
    return `data ${of}: ${(error as Error).message}`
  }
  if (splits.some(({ data, annotation }) => data === of && annotation))
    return `data ${of}: classes are not annotated in part`
  const foreign = arms.find(({ kind, predictions }) => kind !== 'cellbrush' || predictions.some(({ cropPx }) => cropPx))
  return foreign && `the arm ${foreign.name} cannot be scored by classes`
}

function wrongNumber({ arm, split, prediction }: NumberOf, { arms, splits }: Study): string | undefined {
  const found = arms.find((one) => one.name === arm)
  if (!found) return `a claim speaks of the arm "${arm}", which it has not`
  if (split !== undefined && !splits.some((one) => one.name === split)) return `it has no split "${split}"`
  if (prediction === undefined || found.predictions.some((one) => one.name === prediction)) return undefined
  return `the arm ${arm} has no prediction "${prediction}"`
}
