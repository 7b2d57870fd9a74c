/** Numbers of proposed objects by pixel, of a part of a plane. Numbers change with the sliders, places do not. */
import type { Rect } from '../../src-shared/planes.ts'
import type { Proposal } from './proposals.ts'
import type { PlacePx } from './settled-proposals.ts'

export class ProposalMap {
  /** 0 background, 1..n, row by row. */
  readonly labels: Uint32Array
  /** In pixels of the plane. */
  readonly region: Rect

  constructor(labels: Uint32Array, region: Rect) {
    this.labels = labels
    this.region = region
  }

  /** The object at a place of the plane; 0 beside the region. */
  at({ x, y }: PlacePx): number {
    const { x: left, y: top, w, h } = this.region
    return x >= left && y >= top && x < left + w && y < top + h ? this.labels[(y - top) * w + x - left]! : 0
  }

  /** A pixel of each object. */
  placesOf(objects: readonly Proposal[]): PlacePx[] {
    const { x: left, y: top, w } = this.region
    return objects.map(({ id, box }) => {
      const row = (box.y - top) * w + box.x - left
      return { x: box.x + this.labels.subarray(row, row + box.w).indexOf(id), y: box.y }
    })
  }
}
