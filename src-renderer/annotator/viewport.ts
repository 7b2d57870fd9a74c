/**
 * What part of the plane is seen and how large. Plane coordinates are image pixels (pixel (i, j) covers i..i+1, j..j+1),
 * screen coordinates are CSS pixels from the canvas's upper left corner; a device pixel is 1 / devicePixelRatio of one.
 */
import type { Rect } from '../../src-shared/planes.ts'

export interface Point {
  x: number
  y: number
}

/** CSS pixels per image pixel. */
export const MOST_ZOOM = 64
/** Part of the canvas that the plane fills when it is fitted. */
const FIT_SHARE = 0.94
/** At least this much of the plane, in CSS pixels, stays on the canvas. */
const KEPT_PX = 48

export class Viewport {
  planeWidth: number
  planeHeight: number
  /** Of the canvas, in CSS pixels. */
  width = 1
  height = 1
  devicePixelRatio = 1
  zoom = 1
  /** The plane's point in the middle of the canvas. */
  centre: Point

  constructor(planeWidth: number, planeHeight: number) {
    this.planeWidth = planeWidth
    this.planeHeight = planeHeight
    this.centre = { x: planeWidth / 2, y: planeHeight / 2 }
  }

  /** The canvas has another size; what is in its middle stays there. */
  resize(width: number, height: number, devicePixelRatio: number): void {
    this.width = Math.max(1, width)
    this.height = Math.max(1, height)
    this.devicePixelRatio = devicePixelRatio
    this.#keepInReach()
  }

  /** Device pixels per image pixel. */
  get scale(): number {
    return this.zoom * this.devicePixelRatio
  }

  toPlane(screen: Point): Point {
    return {
      x: this.centre.x + (screen.x - this.width / 2) / this.zoom,
      y: this.centre.y + (screen.y - this.height / 2) / this.zoom,
    }
  }

  toScreen(plane: Point): Point {
    return {
      x: this.width / 2 + (plane.x - this.centre.x) * this.zoom,
      y: this.height / 2 + (plane.y - this.centre.y) * this.zoom,
    }
  }

  /** The smallest zoom: half of what fits the plane, and never more than actual size. */
  get leastZoom(): number {
    return Math.min(1, this.#fitZoom() / 2)
  }

  /** Zooms by a factor; the plane's point under `at` stays there. */
  zoomBy(factor: number, at: Point): void {
    this.zoomTo(this.zoom * factor, at)
  }

  zoomTo(zoom: number, at: Point = { x: this.width / 2, y: this.height / 2 }): void {
    const fixed = this.toPlane(at)
    this.zoom = Math.min(MOST_ZOOM, Math.max(this.leastZoom, zoom))
    this.centre = {
      x: fixed.x - (at.x - this.width / 2) / this.zoom,
      y: fixed.y - (at.y - this.height / 2) / this.zoom,
    }
    this.#keepInReach()
  }

  /** Moves the plane by CSS pixels. */
  panBy(dx: number, dy: number): void {
    this.centre = { x: this.centre.x - dx / this.zoom, y: this.centre.y - dy / this.zoom }
    this.#keepInReach()
  }

  centreOn(point: Point): void {
    this.centre = { ...point }
    this.#keepInReach()
  }

  fit(): void {
    this.zoom = this.#fitZoom()
    this.centre = { x: this.planeWidth / 2, y: this.planeHeight / 2 }
  }

  /** One image pixel is one device pixel. */
  actualSize(at?: Point): void {
    this.zoomTo(1 / this.devicePixelRatio, at)
  }

  /** Shows a rectangle of the plane, with `marginPx` CSS pixels around it. */
  show(rect: Rect, marginPx = 40): void {
    const zoom = Math.min(
      Math.max(1, this.width - 2 * marginPx) / Math.max(1, rect.w),
      Math.max(1, this.height - 2 * marginPx) / Math.max(1, rect.h),
    )
    this.zoom = Math.min(MOST_ZOOM, Math.max(this.leastZoom, zoom))
    this.centreOn({ x: rect.x + rect.w / 2, y: rect.y + rect.h / 2 })
  }

  /** Whole pixels of the plane that are seen at least in part. */
  get visible(): Rect {
    const from = this.toPlane({ x: 0, y: 0 })
    const to = this.toPlane({ x: this.width, y: this.height })
    const x = Math.max(0, Math.floor(from.x))
    const y = Math.max(0, Math.floor(from.y))
    const right = Math.min(this.planeWidth, Math.ceil(to.x))
    const bottom = Math.min(this.planeHeight, Math.ceil(to.y))
    return { x, y, w: Math.max(0, right - x), h: Math.max(0, bottom - y) }
  }

  /** True when all of the plane is on the canvas. */
  get showsAll(): boolean {
    const { w, h } = this.visible
    return w === this.planeWidth && h === this.planeHeight
  }

  /** The level whose pixels are not smaller than half a device pixel; 0 is the full size. */
  levelFor(levels: number): number {
    const wanted = Math.floor(Math.log2(1 / this.scale) + 1e-6)
    return Math.min(levels - 1, Math.max(0, wanted))
  }

  #fitZoom(): number {
    const zoom = Math.min((this.width * FIT_SHARE) / this.planeWidth, (this.height * FIT_SHARE) / this.planeHeight)
    return Math.min(MOST_ZOOM, zoom)
  }

  #keepInReach(): void {
    const [spanX, spanY] = [this.width / 2 / this.zoom, this.height / 2 / this.zoom]
    const kept = KEPT_PX / this.zoom
    this.centre = {
      x: clamp(this.centre.x, Math.min(this.planeWidth, kept) - spanX, this.planeWidth - kept + spanX),
      y: clamp(this.centre.y, Math.min(this.planeHeight, kept) - spanY, this.planeHeight - kept + spanY),
    }
  }
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(Math.max(value, least), Math.max(least, most))

/** Levels of a plane: halved until the longer side fits a tile. */
export function levelsOf(width: number, height: number): number {
  let levels = 1
  for (let side = Math.max(width, height); side > 256; side = Math.ceil(side / 2)) levels++
  return levels
}

/** What is seen, in whole pixels of a level. */
export function levelRect({ visible: { x, y, w, h } }: Viewport, level: number): Rect {
  const step = 2 ** level
  const [left, top] = [Math.floor(x / step), Math.floor(y / step)]
  return { x: left, y: top, w: Math.ceil((x + w) / step) - left, h: Math.ceil((y + h) / step) - top }
}
