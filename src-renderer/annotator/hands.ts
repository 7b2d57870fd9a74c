/** What the pointer does to the open plane: paints with the tool, moves the view, chooses objects, reads pixels. */
import { isObjectId } from '../../src-shared/labels.ts'
import type { StrokePoint } from '../../src-shared/strokes.ts'
import type { CursorInfo } from './annotator-events.ts'
import type { Editor } from './editor.ts'
import type { ImageTiles } from './image-tiles.ts'
import { minimapPoint } from './minimap.ts'
import { labelColour } from './palette.ts'
import type { PointerAt, PointerMeaning } from './pointer.ts'
import type { Modifiers, ToolId } from './tool.ts'
import type { ToolHost } from './tool-host.ts'
import type { Point, Viewport } from './viewport.ts'

/** What the hands act on. */
export interface Reach {
  readonly tools: ToolHost
  readonly viewport: Viewport
  readonly plane: { editor: Editor; image: ImageTiles } | null
  viewChanged(): void
  /** Draws cursor and sketch, or all of it. */
  redraw(what: 'hud' | 'all'): void
  setCursor(cursor: string): void
  scaleBrush(factor: number): void
  /** A pixel, or none, was clicked with Ctrl or Command held. */
  choose(pixel: Point | null): void
  /** The pointer is over a pixel, or over none. */
  hovered(info: CursorInfo | null): void
  /** What lies over the picture at a pixel. */
  readOverlays(x: number, y: number): Pick<CursorInfo, 'weight' | 'probability'>
}

const DISC_TOOLS: readonly ToolId[] = ['brush', 'eraser', 'boundary']
const CURSORS = { disc: 'none', cross: 'crosshair', pointer: 'pointer', picker: 'crosshair' } as const

export class Hands implements PointerMeaning {
  /** Where the pointer is, in CSS pixels of the canvas. */
  at: Point | null = null
  /** The object under an idle pointer, 0 for none. */
  lifted = 0
  readonly #reach: Reach
  #isPanning = false

  constructor(reach: Reach) {
    this.#reach = reach
  }

  down(at: PointerAt, modifiers: Modifiers, tool?: ToolId): void {
    const { tools, plane } = this.#reach
    const point = this.#inside(at)
    if (plane && point && tools.state === 'idle') this.#wantValues(plane, point) // a finger has not hovered
    tools.down(this.#planePoint(at), modifiers, tool)
  }

  move(path: readonly PointerAt[], modifiers: Modifiers): void {
    const { tools } = this.#reach
    if (tools.state !== 'idle') tools.move(path.map(this.#planePoint), modifiers)
  }

  up(modifiers: Modifiers): void {
    this.#reach.tools.up(modifiers)
  }

  cancel(): void {
    this.#reach.tools.cancel()
  }

  doubleClick(): void {
    this.#reach.tools.complete()
  }

  choose(at: Point): void {
    this.#reach.choose(this.#inside(at))
  }

  pan(dx: number, dy: number): void {
    this.#reach.viewport.panBy(dx, dy)
    this.#reach.viewChanged()
  }

  zoom(factor: number, at: Point): void {
    this.#reach.viewport.zoomBy(factor, at)
    this.#reach.viewChanged()
  }

  scaleBrush(factor: number): void {
    this.#reach.scaleBrush(factor)
  }

  grab(at: Point): boolean {
    return minimapPoint(this.#reach.viewport, at) !== null
  }

  grabbed(at: Point): void {
    const point = minimapPoint(this.#reach.viewport, at)
    if (point) this.#reach.viewport.centreOn(point)
    this.#reach.viewChanged()
  }

  key(key: string): boolean {
    const { tools } = this.#reach
    const isUsed = key === 'Escape' ? tools.cancel() : key === 'Enter' ? tools.complete() : tools.stepBack()
    if (isUsed) this.#reach.redraw('hud')
    return isUsed
  }

  panning(isPanning: boolean): void {
    this.#isPanning = isPanning
    this.styleCursor()
  }

  hover(at: Point | null): void {
    this.at = at
    this.#reach.redraw('hud')
    const { plane } = this.#reach
    if (!plane) return
    const point = at && this.#inside(at)
    this.#lift(point ? plane.editor.labelAt(point.x, point.y) : 0)
    this.#reach.hovered(point && this.#read(plane, point.x, point.y))
    if (!point) return
    this.#wantValues(plane, point)
    plane.editor.want('cursor', [{ level: 0, tx: point.x >> 8, ty: point.y >> 8 }])
  }

  /** Something under a resting pointer has changed: an undo, an answer, a tile that has come. */
  lookAgain(): void {
    if (this.at && this.#reach.tools.state === 'idle') this.hover(this.at)
  }

  /** Radius and colour of the brush where the tool has one. */
  get disc(): { radiusPx: number; colour: string } | null {
    const { tools, plane } = this.#reach
    if (!plane || plane.editor.info.readOnly || this.#isPanning || !DISC_TOOLS.includes(tools.tool.id)) return null
    const { radiusPx, label } = plane.editor.options
    const painted = tools.tool.id === 'boundary' ? 2 : tools.tool.id === 'eraser' || label === 'new' ? 0 : label
    return { radiusPx, colour: labelColour(painted) ?? '#ffffff' }
  }

  /** The browser's cursor; none where the brush is drawn. */
  styleCursor(): void {
    const { tools, plane } = this.#reach
    const shape = plane && !plane.editor.info.readOnly ? CURSORS[tools.tool.cursor] : 'default'
    this.#reach.setCursor(this.#isPanning ? 'grabbing' : shape)
    this.#reach.redraw('hud')
  }

  readonly #planePoint = ({ x, y, pressure }: PointerAt) => {
    const at = this.#reach.viewport.toPlane({ x, y })
    return strokePoint(at.x, at.y, pressure)
  }

  /** The pixel under a place on the canvas; null outside the plane. */
  #inside(at: Point): Point | null {
    const { planeWidth, planeHeight } = this.#reach.viewport
    const point = this.#reach.viewport.toPlane(at)
    const isInside = point.x >= 0 && point.y >= 0 && point.x < planeWidth && point.y < planeHeight
    return isInside ? { x: Math.floor(point.x), y: Math.floor(point.y) } : null
  }

  /** The values under the pointer, and those that the tool would read from there. */
  #wantValues({ editor, image }: { editor: Editor; image: ImageTiles }, { x, y }: Point): void {
    image.wantValues(this.#reach.tools.tool.reads?.(editor, x, y) ?? { x, y, w: 1, h: 1 })
  }

  #lift(label: number): void {
    const lifted = isObjectId(label) && this.#reach.tools.state === 'idle' ? label : 0
    if (lifted === this.lifted) return
    this.lifted = lifted
    this.#reach.redraw('all')
  }

  #read({ editor, image }: { editor: Editor; image: ImageTiles }, x: number, y: number): CursorInfo {
    return { x, y, values: image.valuesAt(x, y), label: editor.labelAt(x, y), ...this.#reach.readOverlays(x, y) }
  }
}

/** Coordinates as they are sent: 1/64 pixel is finer than any hand, and short. */
const strokePoint = (x: number, y: number, pressure?: number): StrokePoint => {
  const [px, py] = [Math.round(x * 64) / 64, Math.round(y * 64) / 64]
  return pressure === undefined ? [px, py] : [px, py, Math.round(pressure * 256) / 256]
}
