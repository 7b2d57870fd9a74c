/** What the editor of a plane has to say, and what it is given when it is built. */
import type { Rect } from '../../src-shared/planes.ts'
import type { HistoryDepth, PlaneInfo, PlaneLink, StrokeStorage } from './link.ts'
import type { Outbox } from './outbox.ts'
import type { GreyRegion, ToolOptions } from './tool.ts'

export interface EditorEvents {
  /** Shown labels inside a rectangle of the plane may have changed; `shown` is that at the level shown. */
  labels: { rect: Rect; shown: Rect }
  /** A stroke has made an object. */
  made: { objectId: number; classId?: number }
  /** How many strokes are unsaved, whether all of them would outlive the window, and whether the host can be reached. */
  saving: { unsaved: number; isKept: boolean; isConnected: boolean }
  history: HistoryDepth
  options: ToolOptions
  /** The host has answered: objects may have come, gone or changed. */
  settled: { kind: string; created: number[]; objectId?: number }
  /** Something could not be painted; one sentence. */
  failed: { message: string }
}

/** What the editor asks of the view that shows it. */
export interface EditorView {
  readonly visible: Rect
  readonly zoom: number
  readGrey(rect: Rect): GreyRegion | null
}

export interface EditorOptions {
  link: PlaneLink
  info: PlaneInfo
  options: ToolOptions
  view: EditorView
  storage?: StrokeStorage | null
  /** The outbox that the plane left behind when it was closed before. */
  outbox?: Outbox
}
