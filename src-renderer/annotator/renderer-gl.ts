/** Draws the plane with WebGL2, tile by tile. */
import type { TileAt } from '../../src-shared/data-urls.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { TILE_PX, tilesOf } from '../../src-shared/tile-map.ts'
import type { GlProgram } from './gl-program.ts'
import { GlRoom } from './gl-room.ts'
import { frameUniforms, isInteger, UNIT } from './gl-uniforms.ts'
import type { Renderer, Scene } from './renderer.ts'
import { levelRect } from './viewport.ts'

export class GlRenderer implements Renderer {
  readonly #canvas: HTMLCanvasElement
  readonly #gl: WebGL2RenderingContext
  #room: GlRoom | null = null
  /** Nothing of the canvas is as it was drawn last. */
  #isBlank = true
  #backdrop: readonly [number, number, number] = [0.07, 0.07, 0.07]
  readonly #restored: () => void
  readonly #lost = (event: Event) => {
    event.preventDefault() // or the context never comes back
    this.#room = null
  }

  /** `redraw` is called when everything has to be drawn again. Throws when there is no WebGL2. */
  constructor(canvas: HTMLCanvasElement, redraw: () => void) {
    this.#canvas = canvas
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false, preserveDrawingBuffer: true })
    if (!gl) throw new Error('This window has no WebGL2; switch hardware acceleration on, or update the browser.')
    this.#gl = gl
    this.#restored = () => {
      this.#room = new GlRoom(gl)
      this.#isBlank = true
      redraw()
    }
    canvas.addEventListener('webglcontextlost', this.#lost)
    canvas.addEventListener('webglcontextrestored', this.#restored)
    this.#room = new GlRoom(gl)
  }

  resize(width: number, height: number): void {
    if (this.#canvas.width === width && this.#canvas.height === height) return
    this.#canvas.width = width
    this.#canvas.height = height
    this.#isBlank = true
  }

  setBackdrop(colour: readonly [number, number, number]): void {
    this.#backdrop = colour
  }

  labelsChanged(rect: Rect): void {
    this.#room?.tiles.labelsChanged(rect)
  }

  weightsChanged(rect: Rect, isWhole: boolean): void {
    this.#room?.weightsChanged(isWhole ? 'whole' : rect)
  }

  forget(what: 'all' | 'labels' | 'image' | 'probability'): void {
    const room = this.#room
    if (!room) return
    const isAll = what === 'all'
    if (isAll || what === 'image') room.tiles.forgetImages()
    if (isAll || what === 'labels') room.tiles.forgetLabels()
    if (isAll || what === 'probability') room.tiles.forgetProbabilities()
    if (isAll) room.weightsChanged('whole')
  }

  draw(scene: Scene, what: Rect | 'all'): void {
    const room = this.#room
    const gl = this.#gl
    if (!room || gl.isContextLost()) return
    const { width, height } = this.#canvas
    const part = what === 'all' || this.#isBlank ? null : withOutlines(what, scene)
    this.#isBlank = false
    gl.viewport(0, 0, width, height)
    this.#limitTo(part, scene)
    gl.clearColor(...this.#backdrop, 1)
    gl.clear(gl.COLOR_BUFFER_BIT)
    const program = room.program(isInteger(scene))
    gl.useProgram(program.program)
    room.bindShared(scene)
    program.set(frameUniforms(scene, this.#canvas))
    const seen = levelRect(scene.viewport, scene.level)
    for (const at of tilesOf(part ? intersect(seen, reduced(part, scene.level)) : seen))
      this.#drawTile(room, program, scene, { level: scene.level, ...at })
  }

  /** Software that stands in for a graphics card takes as long as there are pixels to draw. */
  #limitTo(part: Rect | null, { viewport }: Scene): void {
    const gl = this.#gl
    gl.disable(gl.SCISSOR_TEST)
    if (!part) return
    const ratio = viewport.devicePixelRatio
    const from = viewport.toScreen(part)
    const to = viewport.toScreen({ x: part.x + part.w, y: part.y + part.h })
    const [left, top] = [Math.floor(from.x * ratio) - 1, Math.floor(from.y * ratio) - 1]
    const [right, bottom] = [Math.ceil(to.x * ratio) + 1, Math.ceil(to.y * ratio) + 1]
    gl.enable(gl.SCISSOR_TEST)
    gl.scissor(left, this.#canvas.height - bottom, right - left, bottom - top)
  }

  dispose(): void {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost)
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored)
    this.#room?.dispose()
    this.#room = null
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext()
  }

  #drawTile(room: GlRoom, program: GlProgram, scene: Scene, at: TileAt): void {
    const { info, overlays } = scene
    const side = TILE_PX * 2 ** at.level
    const plane = { x: 0, y: 0, w: info.width, h: info.height }
    const rect = intersect({ x: at.tx * side, y: at.ty * side, w: side, h: side }, plane)
    if (rect.w === 0 || rect.h === 0) return
    const image = room.tiles.image(scene, at)
    const hasLabels = (overlays.labels || overlays.teaches) && scene.labels.isLoaded(at.tx, at.ty)
    const probability = scene.probability && room.tiles.probability(scene, at)
    ;(image?.texture ?? room.noImage(isInteger(scene))).bind(UNIT.image)
    ;(hasLabels ? room.tiles.labels(scene, at) : room.noLabels).bind(UNIT.labels)
    ;(probability?.texture ?? room.noShares).bind(UNIT.probability)
    program.set({
      u_rect: [rect.x, rect.y, rect.w, rect.h],
      u_imageFrom: image ? fromOf(image.at) : [0, 0, 1],
      u_imageSize: image ? sizeOf(image.at, info) : [0, 0],
      u_labelsFrom: fromOf(at),
      u_hasLabels: hasLabels,
      u_showLabels: hasLabels && overlays.labels,
      u_probabilityFrom: probability ? fromOf(probability.at) : [0, 0, 1],
      u_probabilitySize: probability ? sizeOf(probability.at, info) : [0, 0],
    })
    this.#gl.drawArrays(this.#gl.TRIANGLE_STRIP, 0, 4)
  }
}

/** A changed rectangle with the outlines of what touches it, which look one pixel further. */
function withOutlines({ x, y, w, h }: Rect, { level }: Scene): Rect {
  const margin = 2 * 2 ** level
  return { x: x - margin, y: y - margin, w: w + 2 * margin, h: h + 2 * margin }
}

/** A rectangle of the plane in whole pixels of a level. */
function reduced({ x, y, w, h }: Rect, level: number): Rect {
  const step = 2 ** level
  const [left, top] = [Math.floor(x / step), Math.floor(y / step)]
  return { x: left, y: top, w: Math.ceil((x + w) / step) - left, h: Math.ceil((y + h) / step) - top }
}

/** Origin of a tile in the plane, and plane pixels per sample. */
const fromOf = ({ level, tx, ty }: TileAt): [number, number, number] => {
  const step = 2 ** level
  return [tx * TILE_PX * step, ty * TILE_PX * step, step]
}

/** Samples of a tile that lie in the plane. */
const sizeOf = ({ level, tx, ty }: TileAt, { width, height }: Scene['info']): [number, number] => [
  Math.min(TILE_PX, Math.ceil(width / 2 ** level) - tx * TILE_PX),
  Math.min(TILE_PX, Math.ceil(height / 2 ** level) - ty * TILE_PX),
]
