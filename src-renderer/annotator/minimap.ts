/** The whole plane, small, in the corner: where the view is, and a click to go elsewhere. */
import { TILE_PX } from '../../src-shared/tile-map.ts'
import type { ImageTiles } from './image-tiles.ts'
import type { Display } from './view.ts'
import type { Point, Viewport } from './viewport.ts'

/** Longer side and distance from the corner, in CSS pixels. */
const SIDE_PX = 132
const MARGIN_PX = 12

export interface MinimapBox extends Point {
  width: number
  height: number
}

/** Where it lies on the canvas, in CSS pixels; null when all of the plane is seen anyway, or there is no room. */
export function minimapBox(view: Viewport): MinimapBox | null {
  if (view.showsAll || view.width < 3 * SIDE_PX || view.height < 2.5 * SIDE_PX) return null
  const scale = SIDE_PX / Math.max(view.planeWidth, view.planeHeight)
  const [width, height] = [Math.max(8, view.planeWidth * scale), Math.max(8, view.planeHeight * scale)]
  return { x: view.width - width - MARGIN_PX, y: view.height - height - MARGIN_PX, width, height }
}

/** The plane's point under a place on the canvas; null outside the minimap. */
export function minimapPoint(view: Viewport, at: Point): Point | null {
  const box = minimapBox(view)
  if (!box || at.x < box.x || at.y < box.y || at.x > box.x + box.width || at.y > box.y + box.height) return null
  return {
    x: ((at.x - box.x) / box.width) * view.planeWidth,
    y: ((at.y - box.y) / box.height) * view.planeHeight,
  }
}

/** RGBA of the reduced plane as it is displayed; null while it has not come. */
export function minimapPixels(
  image: ImageTiles,
  display: Display,
): { width: number; height: number; data: Uint8ClampedArray<ArrayBuffer> } | null {
  const overview = image.overview
  if (!overview) return null
  const { samples, width, height } = overview
  const data = new Uint8ClampedArray(width * height * 4)
  const { channels } = image.info
  const isColour = display.channel < 0 && channels >= 3
  const grey = Math.min(Math.max(0, display.channel), channels - 1)
  const scale = 1 / (display.high - display.low || 1)
  const shade = (value: number) => {
    const share = Math.min(1, Math.max(0, (value - display.low) * scale)) ** display.gamma
    return 255 * (display.isInverted ? 1 - share : share)
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const to = (y * width + x) * 4
      for (let index = 0; index < 3; index++) {
        const channel = isColour ? index : grey
        data[to + index] = shade(samples[(channel * TILE_PX + y) * TILE_PX + x]!)
      }
      data[to + 3] = 255
    }
  }
  return { width, height, data }
}
