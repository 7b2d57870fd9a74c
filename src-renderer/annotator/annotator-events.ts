/** What the annotator has to say, and what it is given when it is built. */
import type { Rect } from '../../src-shared/planes.ts'
import type { HistoryDepth, StrokeStorage } from './link.ts'
import type { ToolId, ToolOptions } from './tool.ts'
import type { Display, Overlays } from './view.ts'
import type { Point } from './viewport.ts'

/** What is under the pointer. */
export interface CursorInfo {
  /** The pixel, from 0. */
  x: number
  y: number
  /** Stored values, one a channel; null while they are being loaded. */
  values: number[] | null
  label: number
  /** Null while the weight map is not shown. */
  weight: number | null
  /** 0..1; null without a prediction that is shown. */
  probability: number | null
}

/** Where the plane is seen, for linked views. */
export interface ViewState {
  zoom: number
  centre: Point
}

export interface AnnotatorEvents {
  cursor: CursorInfo | null
  /** How many strokes are unsaved, whether all of them would outlive the window, and whether the host can be reached. */
  saving: { unsaved: number; isKept: boolean; isConnected: boolean }
  history: HistoryDepth
  view: ViewState & { visible: Rect }
  options: ToolOptions
  tool: ToolId
  display: Display
  /** The host has answered a stroke, an undo or a redo: objects may have come, gone or changed. */
  settled: { kind: string; created: number[]; objectId?: number }
  /** Something could not be painted; one sentence. */
  failed: { message: string }
  /** An object was clicked with Ctrl or Command held; 0: none there. */
  chosen: { objectId: number }
  /** So was a proposed object. */
  proposal: { id: number }
  /** Whether the plane's tiles come. `failures`: the last one has failed so many times. */
  loading: { isLoading: boolean; failures: number }
  /** The weight map: shown, being computed, or more of the plane is seen than it is computed for. */
  weights: 'off' | 'shown' | 'busy' | 'zoom-in'
  /** The plane cannot be drawn; one sentence. */
  broken: { message: string }
}

export interface AnnotatorSettings {
  /** Where unsaved strokes survive a reload; it belongs to one project. */
  storage?: StrokeStorage | null
  options?: Partial<ToolOptions>
  overlays?: Partial<Overlays>
}
