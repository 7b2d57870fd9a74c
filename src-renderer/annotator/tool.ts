/** What a tool is: it turns a gesture of the pointer into a stroke and knows neither pixels on screen nor the host. */
import type { Rect } from '../../src-shared/planes.ts'
import type { StrokeInput, StrokePoint } from '../../src-shared/strokes.ts'
import type { Point } from './viewport.ts'

export type ToolId =
  | 'brush'
  | 'eraser'
  | 'boundary'
  | 'fill'
  | 'polygon'
  | 'wand'
  | 'pick'
  | 'merge'
  | 'split'
  | 'delete'
  | 'relabel'
  | 'unknown'

export interface ToolOptions {
  /** 'new': the next stroke makes an object; otherwise an object id or a code of LABEL. */
  label: 'new' | number
  /** In image pixels. */
  radiusPx: number
  /** Every stroke with the label 'new' makes an object of its own; otherwise the label becomes the object just made. */
  newObjectPerStroke: boolean
  /** Leaves other objects and boundaries as they are. */
  protectOthers: boolean
  /** Class of new objects, and what the class tool gives; the project's first class unless said otherwise. */
  classId?: number
  /** The brush fills what its object encloses. */
  fillHoles: boolean
  /** The eraser takes only the object that it first touches. */
  eraseOneObject: boolean
  /** Of the wand: share of the display range (white minus black) that a pixel may differ from the one pointed at. */
  tolerance: number
}

export const DEFAULT_TOOL_OPTIONS: ToolOptions = {
  label: 'new',
  radiusPx: 8,
  newObjectPerStroke: true,
  protectOthers: false,
  fillHoles: false,
  eraseOneObject: false,
  tolerance: 0.1,
}

type WithoutIdentity<S> = S extends unknown ? Omit<S, 'id' | 'baseRevision'> : never
/** A stroke before the page gives it an id. */
export type StrokeDraft = WithoutIdentity<StrokeInput>
export type DraftOf<T extends StrokeInput['tool']> = Extract<StrokeDraft, { tool: T }>
export type DrawnDraft = DraftOf<'brush' | 'eraser' | 'boundary' | 'polygon' | 'fill' | 'split'>

export interface Modifiers {
  shift: boolean
  alt: boolean
  ctrl: boolean
}
export const NO_MODIFIERS: Modifiers = { shift: false, alt: false, ctrl: false }

/** What the label, the class and the protection of a stroke are, with a new object's id where one is wanted. */
export interface StrokeLabel {
  label: number
  classId?: number
  protectOthers: boolean
}

/** Grey values of a rectangle as they are displayed: 0 is black, 1 is white, before gamma. */
export interface GreyRegion {
  rect: Rect
  values: Float32Array
}

/** The page as a tool sees it. Coordinates are image pixels. */
export interface ToolPage {
  readonly width: number
  readonly height: number
  readonly options: ToolOptions
  /** What is on screen. */
  readonly visible: Rect
  /** CSS pixels per image pixel. */
  readonly zoom: number
  labelAt(x: number, y: number): number
  /** Label for this gesture; the same in all calls of one gesture. */
  strokeLabel(): StrokeLabel
  /** Null where a part of the image has not been loaded. */
  readGrey(rect: Rect): GreyRegion | null
  /** Draws a part of the stroke under the pointer. */
  preview(part: DrawnDraft): void
  clearPreview(): void
  setOptions(options: Partial<ToolOptions>): void
}

/** Lines that show what a tool is about to do. */
export interface Sketch {
  path: readonly Point[]
  kind: 'outline' | 'line'
}

/** The stroke of a finished gesture. `isPreviewed`: the parts drawn so far are exactly this stroke. */
export interface Finished {
  stroke: StrokeDraft
  isPreviewed?: boolean
}

/** What a gesture comes to: a stroke, nothing, or 'open' when it goes on without a pressed button. */
export type Outcome = Finished | 'open' | null

export interface Gesture {
  move(points: readonly StrokePoint[], modifiers: Modifiers): void
  lift(modifiers: Modifiers): Outcome
  /** The button is pressed again while the gesture is open. */
  press?(point: StrokePoint, modifiers: Modifiers): void
  /** Enter or a double click while the gesture is open. */
  complete?(): Outcome
  /** Backspace while the gesture is open; false when nothing is left to take back. */
  stepBack?(): boolean
  readonly sketch?: Sketch
}

export interface Tool {
  id: ToolId
  /** As the toolbar says it. */
  name: string
  /** One sentence for the sheet of keys. */
  hint: string
  cursor: 'disc' | 'cross' | 'pointer' | 'picker'
  /** The grey values that a gesture begun at a pixel reads, wanted while the pointer is over it; absent: none. */
  reads?(page: Pick<ToolPage, 'width' | 'height' | 'visible'>, x: number, y: number): Rect
  /** Null when the gesture comes to nothing. */
  begin(page: ToolPage, start: StrokePoint, modifiers: Modifiers): Gesture | null
}
