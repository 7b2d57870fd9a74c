/**
 * What the annotator needs from the rest of the window: tiles in, strokes out. The state of the window answers it over
 * the contract; tests answer it from memory. The annotator itself makes no requests.
 */
import type { ClassView, PlaneChangeView, Result } from '../../src-shared/api.ts'
import type { TileAt } from '../../src-shared/data-urls.ts'
import type { Samples, SampleType } from '../../src-shared/pixels.ts'
import type { PixelSizeUm, PlaneKey } from '../../src-shared/planes.ts'
import type { StrokeInput } from '../../src-shared/strokes.ts'

/** How many actions undo and redo would find. */
export interface HistoryDepth {
  undo: number
  redo: number
}

/** What is known of a plane when it is opened. */
export interface PlaneInfo {
  plane: PlaneKey
  width: number
  height: number
  channels: number
  sampleType: SampleType
  pixelSizeUm?: PixelSizeUm
  classes: ClassView[]
  /** Unpainted pixels count as background. */
  isComplete: boolean
  /** Width of the background ring around objects, in pixels; 0 where it is off. */
  ringPx: number
  revision: number
  history: HistoryDepth
  /** Nothing can be painted. */
  readOnly: boolean
}

export type StrokeReply = Result<'plane.stroke'>
export type HistoryReply = Result<'history.undo'>
export type Direction = 'undo' | 'redo'

/** A change of the open plane that no stroke of this annotator made: another window, an accepted prediction ... */
export interface RemoteChange extends Pick<PlaneChangeView, 'rect' | 'revision'> {
  history?: HistoryDepth
}

export interface LabelTile {
  /** 65,536 values, row by row. */
  data: Uint32Array
  /** The revision that the tile shows: the one asked for or a later one. */
  revision: number
}

export interface PlaneLink {
  /** The samples of a tile, channel by channel, `channels * 65,536` of the plane's sample type. */
  loadImageTile(at: TileAt, signal: AbortSignal): Promise<Samples>
  loadLabelTile(revision: number, at: TileAt, signal: AbortSignal): Promise<LabelTile>
  /**
   * Sends a stroke; it may have been sent before. Throws `StrokeRefused` where the host answered that it cannot be
   * painted, `StrokeFailed` where it failed over it without knowing why; any other failure counts as a lost connection:
   * the stroke is kept and sent again, and those after it wait.
   */
  sendStroke(stroke: StrokeInput): Promise<StrokeReply>
  /** Object ids of this window's own: the first of `count`. */
  reserveIds(count: number): Promise<number>
  /** Takes back, or does again, the last action of the layer. */
  undo(): Promise<HistoryReply>
  redo(): Promise<HistoryReply>
  /** What the plane is now, as a change of all of it: asked when changes may have been missed, after a lost connection. */
  now(): Promise<RemoteChange>
  /** Calls the listener for every change of this plane that this window did not ask for; answers how to stop. */
  onRemoteChange(listener: (change: RemoteChange) => void): () => void
  /** Calls the listener whenever the connection is there again; answers how to stop. */
  onReconnect(listener: () => void): () => void
}

/** Probabilities of a finished prediction, p * 255, class by class; shown over the image. */
export interface PredictionLink {
  /** Including background, which is class 0. */
  classes: number
  /** Class whose probability is shown; 0: that of any object. */
  shown: number
  loadTile(at: TileAt, signal: AbortSignal): Promise<Uint8Array>
}

/** Where unsaved strokes survive a reload of the window; `localStorage` fits. */
export interface StrokeStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
  /** False where what it takes goes with the window. */
  readonly isLasting?: boolean
}

/** The host has a fault: the stroke is kept, for it may be painted yet, but those after it do not wait for ever. */
export class StrokeFailed extends Error {
  override readonly name = 'StrokeFailed'
}

/** The host's word that a stroke cannot be painted: it is taken back and its sentence is shown. */
export class StrokeRefused extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'StrokeRefused'
    this.code = code
  }
}
