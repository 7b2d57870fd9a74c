/** What lies over the plane without being part of it: cursor, sketch of the tool, scale bar, minimap. */
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import { type MinimapBox, minimapBox } from './minimap.ts'
import { scaleBar } from './scale-bar.ts'
import type { Sketch } from './tool.ts'
import type { Point, Viewport } from './viewport.ts'

/** A cursor narrower than this on screen, in CSS pixels, is a crosshair. */
const LEAST_DISC_PX = 4

export interface HudScene {
  viewport: Viewport
  pixelSizeUm?: PixelSizeUm
  /** Where the pointer is, in CSS pixels; null when it is elsewhere. */
  pointer: Point | null
  /** The brush, if the tool has one: radius in image pixels. */
  disc: { radiusPx: number; colour: string } | null
  sketch: Sketch | null
  minimap: CanvasImageSource | null
}

const LIGHT = 'rgba(255, 255, 255, 0.92)'
const EDGE = 'rgba(128, 128, 128, 0.5)'
const SHADE = 'rgba(0, 0, 0, 0.6)'

export function drawHud(context: CanvasRenderingContext2D, scene: HudScene): void {
  const { viewport } = scene
  const ratio = viewport.devicePixelRatio
  context.setTransform(ratio, 0, 0, ratio, 0, 0)
  context.clearRect(0, 0, viewport.width, viewport.height)
  drawEdge(context, viewport)
  if (scene.pixelSizeUm) drawScaleBar(context, viewport, scene.pixelSizeUm)
  const box = minimapBox(viewport)
  if (box && scene.minimap) drawMinimap(context, viewport, box, scene.minimap)
  if (scene.sketch) drawSketch(context, viewport, scene.sketch)
  if (scene.pointer && scene.disc) drawDisc(context, viewport, scene.pointer, scene.disc)
}

/** Where the plane ends: a picture may be as dark, or as light, as what is around it. */
function drawEdge(context: CanvasRenderingContext2D, viewport: Viewport): void {
  const { planeWidth, planeHeight, zoom } = viewport
  const { x, y } = viewport.toScreen({ x: 0, y: 0 })
  const [left, top] = [Math.round(x), Math.round(y)] // on whole pixels, or it would be two pale lines
  const [right, bottom] = [Math.round(x + planeWidth * zoom), Math.round(y + planeHeight * zoom)]
  context.lineWidth = 1
  context.strokeStyle = EDGE
  context.strokeRect(left - 0.5, top - 0.5, right - left + 1, bottom - top + 1)
}

/** A light line with a dark one under it, so that it shows on any picture. */
function strokeTwice(context: CanvasRenderingContext2D, colour: string, width = 1.25): void {
  context.lineWidth = width + 2
  context.strokeStyle = SHADE
  context.stroke()
  context.lineWidth = width
  context.strokeStyle = colour
  context.stroke()
}

function drawDisc(
  context: CanvasRenderingContext2D,
  { zoom }: Viewport,
  { x, y }: Point,
  { radiusPx, colour }: { radiusPx: number; colour: string },
): void {
  const radius = radiusPx * zoom
  context.beginPath()
  if (2 * radius < LEAST_DISC_PX) {
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(x + 3 * dx, y + 3 * dy)
      context.lineTo(x + 9 * dx, y + 9 * dy)
    }
  } else context.arc(x, y, radius, 0, 2 * Math.PI)
  strokeTwice(context, colour)
}

function drawSketch(context: CanvasRenderingContext2D, viewport: Viewport, { path, kind }: Sketch): void {
  const points = path.map((point) => viewport.toScreen(point))
  context.beginPath()
  for (const [index, { x, y }] of points.entries()) index === 0 ? context.moveTo(x, y) : context.lineTo(x, y)
  strokeTwice(context, LIGHT, 1.5)
  const first = points[0]
  if (kind !== 'outline' || !first) return
  context.beginPath()
  context.rect(first.x - 3, first.y - 3, 6, 6)
  context.fillStyle = LIGHT
  context.fill()
  strokeTwice(context, LIGHT, 1)
}

function drawScaleBar(context: CanvasRenderingContext2D, { zoom, height }: Viewport, pixelSizeUm: PixelSizeUm): void {
  const { lengthPx, text } = scaleBar(pixelSizeUm.x, zoom)
  const [x, y] = [16, height - 18]
  context.font = '600 12px system-ui, sans-serif'
  context.textBaseline = 'bottom'
  const width = Math.max(lengthPx, context.measureText(text).width)
  context.fillStyle = 'rgba(0, 0, 0, 0.5)'
  context.beginPath()
  context.roundRect(x - 8, y - 22, width + 16, 32, 6)
  context.fill()
  context.fillStyle = LIGHT
  context.fillText(text, x, y - 1)
  context.fillRect(x, y + 1, lengthPx, 3)
}

function drawMinimap(
  context: CanvasRenderingContext2D,
  viewport: Viewport,
  { x, y, width, height }: MinimapBox,
  picture: CanvasImageSource,
): void {
  context.globalAlpha = 0.94
  context.drawImage(picture, x, y, width, height)
  context.globalAlpha = 1
  context.lineWidth = 1
  context.strokeStyle = 'rgba(255, 255, 255, 0.4)'
  context.strokeRect(x - 0.5, y - 0.5, width + 1, height + 1)
  const { visible, planeWidth, planeHeight } = viewport
  context.beginPath()
  context.rect(
    x + (visible.x / planeWidth) * width,
    y + (visible.y / planeHeight) * height,
    Math.max(3, (visible.w / planeWidth) * width),
    Math.max(3, (visible.h / planeHeight) * height),
  )
  strokeTwice(context, LIGHT)
}
