/** How mistakes and selected cells are drawn over labels. */

import { LABEL } from '../../../src-shared/labels.ts'
import type { MistakeKind, PlacedMistake } from '../../../src-shared/scores/mistakes.ts'
import { colourIndex, labelColour, OBJECT_COLOURS } from '../../annotator/palette.ts'
import type { LabelLook } from '../../pictures/label-pane.ts'
import { type Rgb, rgbOf } from '../../pictures/rgba.ts'
import { VERDICT_COLOURS } from '../../pictures/verdicts.ts'

/** Of Okabe and Ito's palette, as the pictures of pixels that are wrong. */
export const MISTAKE_COLOURS: Record<MistakeKind, string> = {
  missed: VERDICT_COLOURS.missed,
  invented: VERDICT_COLOURS.invented,
  split: VERDICT_COLOURS.otherClass,
  merged: '#cc79a7',
}

const SELECTED_COLOUR = '#ffffff'

/** Fill and edge of a mark, and of the mistake that is chosen. */
const MARK = { fill: 0.15, edge: 1 }
const CHOSEN = { fill: 0.4, edge: 1 }

export type Looks = ReadonlyMap<number, LabelLook>

/** Of the objects of one map that are in mistakes. */
export function looksOfMistakes(
  mistakes: readonly PlacedMistake[],
  map: 'truth' | 'prediction',
  chosen: PlacedMistake | null,
): Looks {
  const looks = new Map<number, LabelLook>()
  for (const mistake of mistakes) {
    if (mistake === chosen) continue
    for (const id of mistake[map]) looks.set(id, { colour: rgbOf(MISTAKE_COLOURS[mistake.kind]), ...MARK })
  }
  if (chosen) {
    for (const id of chosen[map]) looks.set(id, { colour: rgbOf(MISTAKE_COLOURS[chosen.kind]), ...CHOSEN })
  }
  return looks
}

export const looksOfCells = (ids: Iterable<number>): Looks =>
  new Map([...ids].map((id) => [id, { colour: rgbOf(SELECTED_COLOUR), fill: 0.25, edge: 1 }]))

const COLOURS: readonly Rgb[] = OBJECT_COLOURS.map(rgbOf)

/** Labels as the annotator draws them; numbers of predicted objects begin at 1 instead of 16. */
export function usualLook(
  label: number,
  isPredicted: boolean,
  { fill, isFilled }: { fill: number; isFilled: boolean },
) {
  const own = isFilled ? fill : 0
  if (isPredicted) return { colour: COLOURS[colourIndex(label + LABEL.firstObject - 1)]!, fill: own, edge: 0.95 }
  const colour = labelColour(label)
  if (!colour) return null
  const isBackground = label === LABEL.background
  return { colour: rgbOf(colour), fill: isBackground ? 0.3 * own : own, edge: isBackground ? 0.4 : 0.95 }
}
