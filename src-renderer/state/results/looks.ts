/** How mistakes and selected cells are drawn over labels. */

import { rgbOf } from '../../../src-shared/colours.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import type { MistakeKind, PlacedMistake } from '../../../src-shared/scores/mistakes.ts'
import { colourIndex, labelColour, OBJECT_COLOURS } from '../../annotator/palette.ts'
import type { LabelLook } from '../../pictures/label-pane.ts'
import type { Rgb } from '../../pictures/rgba.ts'
import { VERDICT_COLOURS } from '../../pictures/verdicts.ts'

/** Of Okabe and Ito's palette, as the pictures of pixels that are wrong. */
export const MISTAKE_COLOURS: Record<MistakeKind, string> = {
  missed: VERDICT_COLOURS.missed,
  invented: VERDICT_COLOURS.invented,
  split: VERDICT_COLOURS.otherClass,
  merged: '#cc79a7',
}

const SELECTED_COLOUR = '#ffffff'
/** Opacity of the black over cells that are not selected. */
const DIMMED = 0.5

/** Opacity of the fill of a mark, and of that of the mistake that is chosen: cells stay to be seen through it. */
const FILL = { mark: 0.12, chosen: 0.2 }
/** What of a chosen mistake is painted; what is predicted has the colour of its kind. */
const PAINTED_COLOUR = '#ffffff'

export type Looks = ReadonlyMap<number, LabelLook>

/**
 * Of the objects of one map that are in mistakes. Only one of the two maps is filled, the predicted one where it has an
 * object: twice filled would hide the picture. Of the chosen mistake the painted outline is white, so that the two can be
 * told apart.
 */
export function looksOfMistakes(
  mistakes: readonly PlacedMistake[],
  map: 'truth' | 'prediction',
  chosen: PlacedMistake | null,
): Looks {
  const looks = new Map<number, LabelLook>()
  // The chosen one last: an object can be in several.
  for (const mistake of chosen ? [...mistakes.filter((other) => other !== chosen), chosen] : mistakes) {
    const isFilled = map === 'prediction' || mistake.prediction.length === 0
    const isWhite = mistake === chosen && map === 'truth' && !isFilled
    const colour = rgbOf(isWhite ? PAINTED_COLOUR : MISTAKE_COLOURS[mistake.kind])
    const fill = isFilled ? FILL[mistake === chosen ? 'chosen' : 'mark'] : 0
    for (const id of mistake[map]) looks.set(id, { colour, fill, edge: 1 })
  }
  return looks
}

/** Selected cells keep their colours and get a white outline; the others are dimmed. */
export function looksOfCells(selected: Iterable<number>, all: Iterable<number>): Looks {
  const looks = new Map<number, LabelLook>()
  for (const id of all) looks.set(id, { colour: [0, 0, 0], fill: DIMMED, edge: DIMMED })
  for (const id of selected) looks.set(id, { colour: rgbOf(SELECTED_COLOUR), fill: 0, edge: 1 })
  return looks
}

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
