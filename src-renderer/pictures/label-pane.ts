/**
 * A view of a plane as pixels of the screen: the picture, and labels over it with a fill and an outline one device pixel
 * wide at any zoom, as the annotator draws them. For views beside the annotator's own.
 */
import type { Rect } from '../../src-shared/planes.ts'
import { blend, type Rgb, type Rgba } from './rgba.ts'

/** What part of the plane is seen. */
export interface PaneView {
  /** Device pixels. */
  width: number
  height: number
  /** Device pixels per pixel of the plane. */
  scale: number
  /** The plane's point in the middle. */
  centre: { x: number; y: number }
}

/** What is known of the plane: `shades` and `labels` cover `rect`, row by row. */
export interface PanePicture {
  rect: Rect
  /** Absent: labels alone, over nothing. */
  shades?: Rgba | null
  labels: Uint32Array | null
}

/** How a label is drawn: opacity of its fill and of its outline, 0 to 1. */
export interface LabelLook {
  colour: Rgb
  fill: number
  edge: number
}

/** Paints the view into `out`, [height, width] RGBA. `lookOf` gives null for labels that are not drawn. */
export function paintPane(
  out: Rgba,
  view: PaneView,
  { rect, shades, labels }: PanePicture,
  lookOf: (label: number) => LabelLook | null,
): void {
  const across = places(view.width, view.scale, view.centre.x - rect.x, rect.w)
  const down = places(view.height, view.scale, view.centre.y - rect.y, rect.h)
  out.fill(0)
  let last = -1
  let look: LabelLook | null = null
  for (let row = 0, at = 0; row < view.height; row++) {
    const y = down.at[row]!
    if (y < 0) {
      at += view.width
      continue
    }
    const line = y * rect.w
    const [above, below] = [down.before[row]!, down.after[row]!]
    const isBorder = above < 0 || below < 0 // the end of the map ends an object too
    for (let column = 0; column < view.width; column++, at++) {
      const x = across.at[column]!
      if (x < 0) continue
      if (shades) shade(out, at, shades, rect.w, across, down, column, row)
      if (!labels) continue
      const label = labels[line + x]!
      if (label !== last) {
        last = label
        look = label === 0 ? null : lookOf(label)
      }
      if (!look) continue
      const left = across.before[column]!
      const right = across.after[column]!
      const isEdge =
        isBorder ||
        left < 0 ||
        right < 0 ||
        labels[line + left] !== label ||
        labels[line + right] !== label ||
        labels[above * rect.w + x] !== label ||
        labels[below * rect.w + x] !== label
      lay(out, at, look.colour, isEdge ? look.edge : look.fill, shades != null)
    }
  }
}

/** Pixels of the plane under a row or column of the screen, and those that decide whether it is an edge; -1 outside. */
interface Places {
  at: Int32Array
  before: Int32Array
  after: Int32Array
  /** Zoomed out: where in the device pixel four samples are taken. */
  low: Int32Array
  high: Int32Array
}

function places(length: number, scale: number, centre: number, size: number): Places {
  const known = (place: number) => (place < 0 || place >= size ? -1 : place)
  const inside = (value: number) => Math.max(0, Math.min(size - 1, value))
  const planeAt = (index: number, offset = 0.5) => Math.floor(centre + (index + offset - length / 2) / scale)
  const make = (of: (index: number) => number) => Int32Array.from({ length }, (_, index) => of(index))
  return {
    at: make((index) => known(planeAt(index))),
    // A neighbour on the screen, but never further than the next pixel of the plane.
    before: make((index) => known(Math.max(planeAt(index) - 1, planeAt(index - 1)))),
    after: make((index) => known(Math.min(planeAt(index) + 1, planeAt(index + 1)))),
    low: make((index) => inside(planeAt(index, scale < 1 ? 0.25 : 0.5))),
    high: make((index) => inside(planeAt(index, scale < 1 ? 0.75 : 0.5))),
  }
}

/** Zoomed out the mean of four samples inside the device pixel; zoomed in they are one. */
function shade(
  out: Rgba,
  at: number,
  shades: Rgba,
  width: number,
  across: Places,
  down: Places,
  column: number,
  row: number,
): void {
  const [left, right] = [across.low[column]!, across.high[column]!]
  const [upper, lower] = [down.low[row]! * width, down.high[row]! * width]
  const [a, b, c, d] = [upper + left, upper + right, lower + left, lower + right]
  for (let part = 0; part < 3; part++) {
    out[at * 4 + part] =
      (shades[a * 4 + part]! + shades[b * 4 + part]! + shades[c * 4 + part]! + shades[d * 4 + part]!) / 4
  }
  out[at * 4 + 3] = 255
}

function lay(out: Rgba, at: number, colour: Rgb, share: number, isOpaque: boolean): void {
  if (isOpaque) {
    blend(out, at, colour, share)
    return
  }
  const to = at * 4
  out[to] = colour[0]
  out[to + 1] = colour[1]
  out[to + 2] = colour[2]
  out[to + 3] = 255 * share
}
