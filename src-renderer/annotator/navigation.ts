/** Where the open plane is seen and how large, as a person moves about in it. */
import type { Rect } from '../../src-shared/planes.ts'
import type { ViewState } from './annotator-events.ts'
import { type Point, Viewport } from './viewport.ts'

/** A place that is jumped to fills at most this share of the canvas, and is at least that large. */
const MOST_JUMP_SHARE = 0.8
const LEAST_JUMP_SHARE = 0.03

export class Navigation {
  readonly #changed: () => void
  readonly #pointer: () => Point | null
  #viewport = new Viewport(1, 1)

  /**
   * `changed` is called whenever another part of the plane is seen, or at another size; `pointer` answers where the
   * pointer is, in CSS pixels of the canvas.
   */
  constructor(changed: () => void, pointer: () => Point | null) {
    this.#changed = changed
    this.#pointer = pointer
  }

  get viewport(): Viewport {
    return this.#viewport
  }

  /** Another plane: the view is kept where the size is the same, else all of the plane is shown. */
  open({ width, height }: { width: number; height: number }): void {
    const { planeWidth, planeHeight, width: across, height: down, devicePixelRatio } = this.#viewport
    if (planeWidth === width && planeHeight === height) return
    this.#viewport = new Viewport(width, height)
    this.#viewport.resize(across, down, devicePixelRatio)
    this.#viewport.fit()
  }

  /** The canvas has another size, in CSS pixels. */
  resize(width: number, height: number, devicePixelRatio: number): void {
    const hadNoSize = this.#viewport.width <= 1
    this.#viewport.resize(width, height, devicePixelRatio)
    if (hadNoSize) this.#viewport.fit()
    this.#changed()
  }

  get view(): ViewState {
    return { zoom: this.#viewport.zoom, centre: { ...this.#viewport.centre } }
  }

  set view({ zoom, centre }: ViewState) {
    this.#viewport.zoomTo(zoom)
    this.#viewport.centreOn(centre)
    this.#changed()
  }

  fit(): void {
    this.#viewport.fit()
    this.#changed()
  }

  /** One image pixel is one pixel of the screen; what lies under the pointer stays there. */
  actualSize(): void {
    this.#viewport.actualSize(this.#pointer() ?? undefined)
    this.#changed()
  }

  /** Around the pointer, or the middle. */
  zoomBy(factor: number): void {
    const { width, height } = this.#viewport
    this.#viewport.zoomBy(factor, this.#pointer() ?? { x: width / 2, y: height / 2 })
    this.#changed()
  }

  /**
   * Brings a place into view with its surroundings: what is seen whole already stays where it is, and the zoom changes
   * only when the place would be tiny or does not fit.
   */
  jumpTo(box: Rect): void {
    const { zoom, width, height } = this.#viewport
    const share = Math.max((box.w * zoom) / width, (box.h * zoom) / height)
    if (share > MOST_JUMP_SHARE || share < LEAST_JUMP_SHARE) {
      this.#viewport.show(grown(box, Math.max(box.w, box.h)))
    } else if (!this.#isSeen(box)) this.#centreOn({ x: box.x + box.w / 2, y: box.y + box.h / 2 })
    this.#changed()
  }

  #isSeen({ x, y, w, h }: Rect): boolean {
    const { width, height } = this.#viewport
    const from = this.#viewport.toScreen({ x, y })
    const to = this.#viewport.toScreen({ x: x + w, y: y + h })
    return from.x >= 0 && from.y >= 0 && to.x <= width && to.y <= height
  }

  /** A side of the plane that fits the canvas is seen whole, in the middle. */
  #centreOn({ x, y }: Point): void {
    const { planeWidth, planeHeight, width, height, zoom } = this.#viewport
    this.#viewport.centreOn({
      x: planeWidth * zoom <= width ? planeWidth / 2 : x,
      y: planeHeight * zoom <= height ? planeHeight / 2 : y,
    })
  }
}

const grown = ({ x, y, w, h }: Rect, by: number): Rect => ({ x: x - by, y: y - by, w: w + 2 * by, h: h + 2 * by })
