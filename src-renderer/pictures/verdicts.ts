/** Where a prediction is right and where it is wrong, pixel by pixel, and a picture of it. */

import { rgbOf } from '../../src-shared/colours.ts'
import { NOT_COUNTED } from '../../src-shared/previews.ts'
import { blend, greyPicture, hatch, type Rgba } from './rgba.ts'

/** What is said of a pixel. */
export const VERDICT = { notCounted: 0, right: 1, missed: 2, invented: 3, otherClass: 4 } as const
export type Verdict = (typeof VERDICT)[keyof typeof VERDICT]

/**
 * Vermilion, sky blue and yellow of Okabe and Ito's palette, which keeps them apart for every kind of colour vision
 * (Color Universal Design, 2008).
 */
export const VERDICT_COLOURS = { missed: '#d55e00', invented: '#56b4e9', otherClass: '#f0e442' } as const

export interface Judgement {
  /** A `Verdict` of each pixel, row-major. */
  verdicts: Uint8Array<ArrayBuffer>
  /** Pixels with a known truth. */
  counted: number
  /** Object in truth, background in the prediction. */
  missed: number
  /** Background in truth, object in the prediction. */
  invented: number
  /** Object in both, of another class. */
  otherClass: number
  /** Share of the counted pixels that are wrong, 0..1; NaN where nothing is counted. */
  pixelError: number
}

/**
 * Compares class indices pixel by pixel; 0 is background, `NOT_COUNTED` in `truth` leaves a pixel out (nobody painted
 * it, or it is marked unknown).
 */
export function judgePixels(predicted: Uint8Array, truth: Uint8Array): Judgement {
  const verdicts = new Uint8Array(truth.length)
  const counts = [0, 0, 0, 0, 0]
  for (let at = 0; at < truth.length; at++) {
    const verdict = verdictOf(predicted[at]!, truth[at]!)
    verdicts[at] = verdict
    counts[verdict]!++
  }
  const [notCounted, , missed, invented, otherClass] = counts as [number, number, number, number, number]
  const counted = truth.length - notCounted
  return { verdicts, counted, missed, invented, otherClass, pixelError: (missed + invented + otherClass) / counted }
}

function verdictOf(predicted: number, truth: number): Verdict {
  if (truth === NOT_COUNTED) return VERDICT.notCounted
  if (predicted === truth) return VERDICT.right
  if (predicted === 0) return VERDICT.missed
  return truth === 0 ? VERDICT.invented : VERDICT.otherClass
}

/** Opacity of an error over the picture: strong, with the structure under it still to be seen. */
const ERROR_OPACITY = 0.85

/** The grey picture, right pixels left as they are, errors in `VERDICT_COLOURS`, what is not counted hatched. */
export function verdictPicture(grey: Uint8Array, verdicts: Uint8Array, width: number): Rgba {
  const picture = greyPicture(grey)
  const colours = {
    [VERDICT.missed]: rgbOf(VERDICT_COLOURS.missed),
    [VERDICT.invented]: rgbOf(VERDICT_COLOURS.invented),
    [VERDICT.otherClass]: rgbOf(VERDICT_COLOURS.otherClass),
  }
  for (let at = 0; at < verdicts.length; at++) {
    const verdict = verdicts[at] as Verdict
    if (verdict === VERDICT.notCounted) hatch(picture, at, width)
    else if (verdict !== VERDICT.right) blend(picture, at, colours[verdict], ERROR_OPACITY)
  }
  return picture
}
