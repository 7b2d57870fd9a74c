/** The elements that a plane is drawn on, and when: at most once a frame, and only what has changed. */
import type { Rect } from '../../src-shared/planes.ts'
import { union } from '../../src-shared/tile-map.ts'
import { drawHud, type HudScene } from './hud.ts'
import type { ImageTiles } from './image-tiles.ts'
import { minimapPixels } from './minimap.ts'
import { onPixelRatio } from './pixel-ratio.ts'
import type { Renderer, Scene } from './renderer.ts'
import { GlRenderer } from './renderer-gl.ts'
import type { Display } from './view.ts'

/** What a frame shows; `plane` is null when none is open. */
export interface Frame {
  plane: Scene | null
  /** What has changed of the plane while the frame was made; null for nothing. */
  changed: Rect | null
  hud: Omit<HudScene, 'minimap'>
}

export interface StageOptions {
  /** Asked once a frame. */
  frame(): Frame
  /** In CSS pixels. */
  resized(width: number, height: number, devicePixelRatio: number): void
  /** There is nothing to draw with; one sentence. */
  broken(message: string): void
}

const DARK: [number, number, number] = [0.07, 0.07, 0.07]

export class Stage {
  readonly root: HTMLDivElement
  renderer: Renderer | null = null
  readonly #options: StageOptions
  readonly #plane = document.createElement('canvas')
  readonly #hud = document.createElement('canvas')
  readonly #observer: ResizeObserver
  readonly #forgetPixelRatio: () => void
  readonly #systemTheme = matchMedia('(prefers-color-scheme: dark)')
  readonly #takeThemeSoon = () => setTimeout(() => this.takeTheme()) // once the styles have changed
  readonly #themeObserver = new MutationObserver(this.#takeThemeSoon)
  #frame = 0
  /** What of the plane is to be drawn. */
  #outdated: Rect | 'all' | null = null
  #minimap: { of: ImageTiles; canvas: HTMLCanvasElement } | null = null

  constructor(host: HTMLElement, options: StageOptions) {
    this.#options = options
    this.root = this.#build(host)
    this.#startRenderer()
    this.#observer = new ResizeObserver(() => this.resize())
    this.#observer.observe(this.root)
    this.#forgetPixelRatio = onPixelRatio(() => this.resize())
    this.#themeObserver.observe(document.documentElement, { attributes: true })
    this.#systemTheme.addEventListener('change', this.#takeThemeSoon)
  }

  /** Draws a rectangle of the plane, or all of the canvas, and the HUD in the next frame. */
  redraw(what: Rect | 'all' = 'all'): void {
    this.#outdate(what)
    this.redrawHud()
  }

  redrawHud(): void {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw())
  }

  /** The small picture of the plane no longer holds. */
  forgetMinimap(): void {
    this.#minimap = null
  }

  setCursor(cursor: string): void {
    this.root.style.cursor = cursor
  }

  resize(): void {
    const { clientWidth, clientHeight } = this.root
    this.#options.resized(clientWidth, clientHeight, window.devicePixelRatio || 1)
    this.takeTheme()
  }

  /** Around the plane is what the elements around the canvas have as their background. */
  takeTheme(): void {
    this.renderer?.setBackdrop(backgroundOf(this.root.parentElement) ?? DARK)
    this.redraw()
  }

  dispose(): void {
    cancelAnimationFrame(this.#frame)
    this.#observer.disconnect()
    this.#forgetPixelRatio()
    this.#themeObserver.disconnect()
    this.#systemTheme.removeEventListener('change', this.#takeThemeSoon)
    this.renderer?.dispose()
    this.root.remove()
  }

  #build(host: HTMLElement): HTMLDivElement {
    const root = document.createElement('div')
    root.tabIndex = 0
    root.setAttribute('role', 'application')
    root.setAttribute('aria-label', 'Image with its labels; paint with the pointer')
    Object.assign(root.style, {
      position: 'absolute',
      inset: '0',
      overflow: 'hidden',
      touchAction: 'none',
      outlineOffset: '-2px',
    })
    for (const canvas of [this.#plane, this.#hud]) {
      Object.assign(canvas.style, { position: 'absolute', inset: '0', width: '100%', height: '100%' })
      canvas.setAttribute('aria-hidden', 'true')
      root.append(canvas)
    }
    this.#hud.style.pointerEvents = 'none'
    host.append(root)
    return root
  }

  #startRenderer(): void {
    try {
      this.renderer = new GlRenderer(this.#plane, () => this.redraw())
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      queueMicrotask(() => this.#options.broken(message)) // after those who build it listen
    }
  }

  #draw(): void {
    this.#frame = 0
    const { plane, hud, changed } = this.#options.frame()
    if (changed) this.#outdate(changed)
    const { width, height, devicePixelRatio } = hud.viewport
    const [across, down] = [Math.round(width * devicePixelRatio), Math.round(height * devicePixelRatio)]
    this.renderer?.resize(across, down)
    if (this.#hud.width !== across || this.#hud.height !== down)
      Object.assign(this.#hud, { width: across, height: down })
    this.#plane.style.visibility = plane ? 'visible' : 'hidden'
    if (plane && this.#outdated) this.renderer?.draw(plane, this.#outdated)
    this.#outdated = null
    const context = this.#hud.getContext('2d')
    if (context) drawHud(context, { ...hud, minimap: plane && this.#minimapOf(plane.image, plane.display, hud) })
  }

  #outdate(what: Rect | 'all'): void {
    const known = this.#outdated
    this.#outdated = what === 'all' || known === 'all' ? 'all' : known ? union(known, what) : what
  }

  #minimapOf(image: ImageTiles, display: Display, { viewport }: Frame['hud']): HTMLCanvasElement | null {
    if (viewport.showsAll) return null
    if (this.#minimap?.of === image) return this.#minimap.canvas
    const pixels = minimapPixels(image, display)
    if (!pixels) return null
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: pixels.width, height: pixels.height })
    canvas.getContext('2d')?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0)
    this.#minimap = { of: image, canvas }
    return canvas
  }
}

/** The first background that is not transparent, from an element outwards; shares of one. */
function backgroundOf(element: HTMLElement | null): [number, number, number] | null {
  for (let at = element; at; at = at.parentElement) {
    const numbers = getComputedStyle(at)
      .backgroundColor.match(/^rgba?\((.*)\)$/)?.[1]
      ?.split(/[\s,/]+/)
      .map(Number)
    if (!numbers || numbers[3] === 0) continue
    return [numbers[0]! / 255, numbers[1]! / 255, numbers[2]! / 255]
  }
  return null
}
