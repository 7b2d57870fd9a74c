/**
 * Colours of labels. Objects: sixteen colours that people with any colour vision tell apart beside each other (after
 * Paul Tol's bright, light and muted schemes, without those that vanish on a dark image).
 */
import { rgbOf } from '../../src-shared/colours.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'

export const OBJECT_COLOURS: readonly string[] = [
  '#66ccee',
  '#ee6677',
  '#ccbb44',
  '#4488cc',
  '#ee8866',
  '#44bb99',
  '#ffaabb',
  '#99ddff',
  '#aaaa22',
  '#cc66aa',
  '#bbcc33',
  '#77aadd',
  '#eedd88',
  '#3fa34d',
  '#cc99cc',
  '#f0a030',
]

export const CODE_COLOURS = {
  background: '#d8d8d8',
  boundary: '#ff5a36',
  ignore: '#b48ce0',
} as const

/** Fibonacci hashing: ids that follow each other, as neighbours often do, get colours far apart in the list. */
export const colourIndex = (objectId: number): number => Math.imul(objectId, 0x9e3779b1) >>> 28

/** Colour of a label as it is drawn by object; undefined for unpainted. */
export function labelColour(label: number): string | undefined {
  if (isObjectId(label)) return OBJECT_COLOURS[colourIndex(label)]
  if (label === LABEL.background) return CODE_COLOURS.background
  if (label === LABEL.boundary) return CODE_COLOURS.boundary
  return label === LABEL.ignore ? CODE_COLOURS.ignore : undefined
}

/** "#rrggbb" as shares of one. */
export const sharesOf = (hex: string): number[] => rgbOf(hex).map((value) => value / 255)
