/** What objects are wanted for: the score by which the way from probabilities to objects is chosen (objects-search.ts). */
import type { ScoreOfObjects } from '../objects-search.ts'
import { validationScoreByClass } from './class-objects.ts'
import type { KnownPixels } from './contingency.ts'
import { objectScores, validationScore } from './objects.ts'
import { randInformation } from './rand-information.ts'

export const OBJECT_AIMS = ['balanced', 'regions', 'outlines'] as const
export type ObjectsAim = (typeof OBJECT_AIMS)[number]

type ScoreOfOneClass = (truth: Uint32Array, prediction: Uint32Array, known: KnownPixels) => number

const ofOneClass: Record<ObjectsAim, ScoreOfOneClass> = {
  balanced: validationScore,
  regions: (truth, prediction, known) => orNothing(randInformation(truth, prediction, known).vRand),
  outlines: (truth, prediction, known) => orNothing(objectScores(truth, prediction, known).meanF1),
}

/** Where neither map has objects nothing is wrong. */
const orNothing = (score: number): number => (Number.isNaN(score) ? 1 : score)

/**
 * The score of an aim, 0 to 1, class by class where there are several:
 * - balanced: raw V_Rand and mean F1 over IoU 0.5 to 0.95 (`validationScore`); what training chooses by;
 * - regions: raw V_Rand alone, which asks for few splits and merges of large regions (membranes, tissue);
 * - outlines: mean F1 alone, which asks that each object be found with its true outline (cells, nuclei).
 */
export const scoreOfAim = (aim: ObjectsAim): ScoreOfObjects => {
  const score = ofOneClass[aim]
  return (truth, prediction, known) => validationScoreByClass(truth, prediction, known, score)
}
