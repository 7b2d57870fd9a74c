/** What draws a plane: behind an interface, so that everything else runs without a window. */
import type { Rect } from '../../src-shared/planes.ts'
import type { ImageTiles } from './image-tiles.ts'
import type { LabelLevels } from './label-levels.ts'
import type { PlaneInfo } from './link.ts'
import type { ObjectTable } from './object-table.ts'
import type { ProbabilityTiles } from './probability-tiles.ts'
import type { Display, Overlays, Teaching } from './view.ts'
import type { Viewport } from './viewport.ts'
import type { WeightWindow } from './weights.ts'

/** Objects that a prediction proposes for a part of the plane. */
export interface ProposedObjects {
  /** In pixels of the plane. */
  region: Rect
  /** Of the region: 0 or 1..n, row by row. Another array where it is another map, so that each is uploaded once. */
  labels: Uint32Array
  /** Class of the project of each object that is shown; other numbers of the map are as background. */
  classIds: ReadonlyMap<number, number>
  chosen: ReadonlySet<number>
}

/** Everything that a frame shows. */
export interface Scene {
  info: PlaneInfo
  viewport: Viewport
  display: Display
  overlays: Overlays
  teaching: Teaching
  /** Level of image and labels. */
  level: number
  image: ImageTiles
  labels: LabelLevels
  objects: ObjectTable
  /** Lifted; 0 for none. */
  hovered: number
  weights: WeightWindow | null
  probability: ProbabilityTiles | null
  proposals: ProposedObjects | null
}

export interface Renderer {
  /** Device pixels. */
  resize(width: number, height: number): void
  /** Colour around the plane, shares of one. */
  setBackdrop(colour: readonly [number, number, number]): void
  /** Draws a rectangle of the plane, or all of the canvas; the rest stays as it was drawn last. */
  draw(scene: Scene, what: Rect | 'all'): void
  /** Labels inside a rectangle of the level shown are others. */
  labelsChanged(rect: Rect): void
  /** The weight map inside a rectangle of the plane is another; `isWhole`: so is its window. */
  weightsChanged(rect: Rect, isWhole: boolean): void
  /** The plane, its level or the way image tiles are shown is another: what was uploaded no longer holds. */
  forget(what: 'all' | 'labels' | 'image' | 'probability'): void
  dispose(): void
}
