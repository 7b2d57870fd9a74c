/** Draws the plane with WebGL2, tile by tile. */
import type { TileAt } from '../../src-shared/data-urls.ts'
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { TILE_PX, tilesOf } from '../../src-shared/tile-map.ts'
import { GlProgram } from './gl-program.ts'
import { GlTexture, GlTextureCache, texelFormats, texelsOf } from './gl-textures.ts'
import { TABLE_WIDTH } from './object-table.ts'
import { CODE_COLOURS, OBJECT_COLOURS, rgbOf } from './palette.ts'
import { rampColours } from './ramps.ts'
import type { Renderer, Scene } from './renderer.ts'
import { fragmentShader, VERTEX } from './shaders.ts'
import { tileKey } from './tile-loader.ts'
import { classWeight, mostWeight } from './view.ts'
import { levelRect } from './viewport.ts'

/** Texture units, by sampler. */
const UNIT = { image: 0, ramps: 1, labels: 2, table: 3, term: 4, class: 5, probability: 6, proposals: 7 } as const
const RAMPS = { viridis: 0, magma: 1 } as const
/** Labels of a tile with a pixel of each neighbour, so that outlines meet across tiles. */
const PADDED_PX = TILE_PX + 2
/** Changes of a tile beyond this many are uploaded as one. */
const MOST_PARTS = 4

export class GlRenderer implements Renderer {
  readonly #canvas: HTMLCanvasElement
  readonly #gl: WebGL2RenderingContext
  #room: Room | null = null
  readonly #dirtyLabels = new Map<string, Rect[]>()
  #dirtyWeights: Rect | 'whole' | null = 'whole'
  #backdrop: readonly [number, number, number] = [0.07, 0.07, 0.07]
  readonly #restored: () => void
  readonly #lost = (event: Event) => {
    event.preventDefault() // or the context never comes back
    this.#room = null
  }

  /** `redraw` is called when everything has to be drawn again. Throws when there is no WebGL2. */
  constructor(canvas: HTMLCanvasElement, redraw: () => void) {
    this.#canvas = canvas
    const gl = canvas.getContext('webgl2', { alpha: false, antialias: false })
    if (!gl) throw new Error('This window has no WebGL2; switch hardware acceleration on, or update the browser.')
    this.#gl = gl
    this.#restored = () => {
      this.#room = new Room(gl)
      this.#dirtyWeights = 'whole'
      redraw()
    }
    canvas.addEventListener('webglcontextlost', this.#lost)
    canvas.addEventListener('webglcontextrestored', this.#restored)
    this.#room = new Room(gl)
  }

  resize(width: number, height: number): void {
    if (this.#canvas.width === width && this.#canvas.height === height) return
    this.#canvas.width = width
    this.#canvas.height = height
  }

  setBackdrop(colour: readonly [number, number, number]): void {
    this.#backdrop = colour
  }

  labelsChanged(rect: Rect): void {
    const padded = { x: rect.x - 1, y: rect.y - 1, w: rect.w + 2, h: rect.h + 2 }
    for (const { tx, ty } of tilesOf(padded)) {
      const key = `${tx}/${ty}`
      const parts = this.#dirtyLabels.get(key)
      if (parts) parts.push(rect)
      else this.#dirtyLabels.set(key, [rect])
    }
  }

  weightsChanged(rect: Rect, isWhole: boolean): void {
    if (isWhole || this.#dirtyWeights === 'whole') this.#dirtyWeights = 'whole'
    else this.#dirtyWeights = this.#dirtyWeights ? joined([this.#dirtyWeights, rect]) : rect
  }

  forget(what: 'all' | 'labels' | 'image' | 'probability' | 'proposals'): void {
    const room = this.#room
    if (!room) return
    if (what === 'all' || what === 'image') room.images.clear()
    if (what === 'all' || what === 'labels') {
      room.labels.clear()
      this.#dirtyLabels.clear()
    }
    if (what === 'all' || what === 'probability') room.probabilities.clear()
    if (what === 'all' || what === 'proposals') room.proposalsOf = null
    if (what === 'all') this.#dirtyWeights = 'whole'
  }

  draw(scene: Scene): void {
    const room = this.#room
    const gl = this.#gl
    if (!room || gl.isContextLost()) return
    const { width, height } = this.#canvas
    gl.viewport(0, 0, width, height)
    gl.clearColor(...this.#backdrop, 1)
    gl.clear(gl.COLOR_BUFFER_BIT)
    const program = room.program(isInteger(scene))
    gl.useProgram(program.program)
    this.#uploadShared(room, scene)
    program.set(this.#frameUniforms(scene))
    for (const at of tilesOf(levelRect(scene.viewport, scene.level)))
      this.#drawTile(room, program, scene, { level: scene.level, ...at })
  }

  dispose(): void {
    this.#canvas.removeEventListener('webglcontextlost', this.#lost)
    this.#canvas.removeEventListener('webglcontextrestored', this.#restored)
    this.#room?.dispose()
    this.#room = null
    this.#gl.getExtension('WEBGL_lose_context')?.loseContext()
  }

  #frameUniforms(scene: Scene): Record<string, number | boolean | readonly number[]> {
    const { viewport, display, overlays, teaching, info, weights } = scene
    const { width, height } = this.#canvas
    const hasWeights = weights !== null
    return {
      u_centre: [viewport.centre.x, viewport.centre.y],
      u_scale: [(2 * viewport.scale) / width, (2 * viewport.scale) / height],
      u_device: 1 / viewport.scale,
      u_channels: slotsOf(scene).length,
      u_window: [display.low, display.high === display.low ? display.low + 1e-6 : display.high],
      u_gamma: display.gamma,
      u_isInverted: display.isInverted,
      u_lut: display.lut === 'grey' ? -1 : RAMPS[display.lut],
      u_fill: overlays.isFilled ? overlays.labelOpacity : 0,
      u_byClass: overlays.colourBy === 'class',
      u_hovered: scene.hovered,
      u_palette: OBJECT_COLOURS.flatMap(rgbOf),
      u_codes: [0, 0, 0, ...[CODE_COLOURS.background, CODE_COLOURS.boundary, CODE_COLOURS.ignore].flatMap(rgbOf)],
      u_classes: Array.from({ length: 32 }, (_, index) => rgbOf(info.classes[index]?.colour ?? '#66ccee')).flat(),
      u_tableRows: scene.objects.rows,
      u_weightRect: hasWeights ? [weights.rect.x, weights.rect.y, weights.rect.w, weights.rect.h] : [0, 0, 0, 0],
      u_showWeights: overlays.weights,
      u_showTeaches: overlays.teaches,
      u_isComplete: info.isComplete,
      u_classWeight: Array.from({ length: 32 }, (_, index) => classWeight(teaching, index)),
      u_mostWeight: mostWeight(teaching),
      u_weightOpacity: overlays.weightOpacity,
      u_weightRamp: RAMPS[overlays.weightRamp],
      u_showProbability: overlays.probability,
      u_showUncertainty: overlays.uncertainty,
      u_showProposals: overlays.proposals && scene.proposals !== null,
      ...Object.fromEntries(Object.entries(UNIT).map(([name, unit]) => [`u_${name}`, unit])),
    }
  }

  /** What all tiles share: ramps, object table, weight window, proposals. */
  #uploadShared(room: Room, scene: Scene): void {
    room.ramps.bind(UNIT.ramps)
    if (room.tableOf !== scene.objects.version) {
      room.table.put(TABLE_WIDTH, scene.objects.rows, scene.objects.bytes)
      room.tableOf = scene.objects.version
    }
    room.table.bind(UNIT.table)
    this.#uploadWeights(room, scene)
    if (scene.proposals && room.proposalsOf !== scene.proposals) {
      const { labels, chosen } = scene.proposals
      const marked = labels.map((id) => (chosen.has(id) ? (id | 0x80000000) >>> 0 : id))
      room.proposals.put(scene.info.width, scene.info.height, marked)
      room.proposalsOf = scene.proposals
    }
    room.proposals.bind(UNIT.proposals)
  }

  #uploadWeights(room: Room, { weights }: Scene): void {
    if (weights && this.#dirtyWeights !== null) {
      const { rect, term, classIndex } = weights
      if (this.#dirtyWeights === 'whole') {
        room.term.put(rect.w, rect.h, term)
        room.class.put(rect.w, rect.h, classIndex)
      } else {
        const part = intersect(this.#dirtyWeights, rect)
        const at = { ...part, x: part.x - rect.x, y: part.y - rect.y }
        room.term.putPart(at, rows(term, rect.w, at, Float32Array))
        room.class.putPart(at, rows(classIndex, rect.w, at, Uint8Array))
      }
      this.#dirtyWeights = null
    }
    room.term.bind(UNIT.term)
    room.class.bind(UNIT.class)
  }

  #drawTile(room: Room, program: GlProgram, scene: Scene, at: TileAt): void {
    const { info } = scene
    const side = TILE_PX * 2 ** at.level
    const rect = intersect({ x: at.tx * side, y: at.ty * side, w: side, h: side }, planeRect(scene))
    if (rect.w === 0 || rect.h === 0) return
    const image = this.#image(room, scene, at)
    const hasLabels = scene.overlays.labels || scene.overlays.teaches
    const labels = hasLabels && scene.labels.isLoaded(at.tx, at.ty) ? this.#labels(room, scene, at) : null
    const probability = scene.probability && this.#probability(room, scene, at)
    ;(image?.texture ?? room.noImage(isInteger(scene))).bind(UNIT.image)
    ;(labels ?? room.noLabels).bind(UNIT.labels)
    ;(probability?.texture ?? room.noShares).bind(UNIT.probability)
    program.set({
      u_rect: [rect.x, rect.y, rect.w, rect.h],
      u_imageFrom: image ? fromOf(image.at) : [0, 0, 1],
      u_imageSize: image ? sizeOf(image.at, info) : [0, 0],
      u_labelsFrom: fromOf(at),
      u_hasLabels: labels !== null && scene.overlays.labels,
      u_probabilityFrom: probability ? fromOf(probability.at) : [0, 0, 1],
      u_probabilitySize: probability ? sizeOf(probability.at, info) : [0, 0],
    })
    this.#gl.drawArrays(this.#gl.TRIANGLE_STRIP, 0, 4)
  }

  /** The tile's own texture, or that of the finest tile above it that is here. */
  #image(room: Room, scene: Scene, wanted: TileAt): { texture: GlTexture; at: TileAt } | null {
    for (let at = wanted; at.level < scene.image.levels; at = above(at)) {
      const known = room.images.get(tileKey(at))
      if (known) return { texture: known, at }
      const samples = scene.image.tile(at)
      if (!samples) continue
      const texels = texelsOf(samples)
      const slots = slotsOf(scene)
      const kind = texels instanceof Uint8Array ? 'uint8' : texels instanceof Uint16Array ? 'uint16' : 'float32'
      const texture = new GlTexture(this.#gl, room.formats[kind])
      const plane = TILE_PX * TILE_PX
      texture.put(TILE_PX, TILE_PX * slots.length, null)
      for (const [slot, channel] of slots.entries()) {
        const part = texels.subarray(channel * plane, (channel + 1) * plane)
        texture.putPart({ x: 0, y: slot * TILE_PX, w: TILE_PX, h: TILE_PX }, part)
      }
      return { texture: room.images.add(tileKey(at), texture), at }
    }
    return null
  }

  #labels(room: Room, scene: Scene, { tx, ty }: TileAt): GlTexture {
    const key = `${tx}/${ty}`
    const padded = { x: tx * TILE_PX - 1, y: ty * TILE_PX - 1, w: PADDED_PX, h: PADDED_PX }
    const dirty = this.#dirtyLabels.get(key)
    this.#dirtyLabels.delete(key)
    const known = room.labels.get(key)
    if (!known) {
      const texture = room.labels.add(key, new GlTexture(this.#gl, room.formats.uint32))
      texture.put(PADDED_PX, PADDED_PX, scene.labels.readRegion(padded).data)
      return texture
    }
    for (const rect of dirty && dirty.length > MOST_PARTS ? [joined(dirty)] : (dirty ?? [])) {
      const part = intersect(rect, padded)
      if (part.w === 0 || part.h === 0) continue
      const at = { ...part, x: part.x - padded.x, y: part.y - padded.y }
      known.putPart(at, scene.labels.readRegion(part).data)
    }
    return known
  }

  #probability(room: Room, scene: Scene, wanted: TileAt): { texture: GlTexture; at: TileAt } | null {
    for (let at = wanted; at.level < scene.image.levels; at = above(at)) {
      const known = room.probabilities.get(tileKey(at))
      if (known) return { texture: known, at }
      const shares = scene.probability?.tile(at)
      if (!shares) continue
      const texture = room.probabilities.add(tileKey(at), new GlTexture(this.#gl, room.formats.share8))
      texture.put(TILE_PX, TILE_PX, shares)
      return { texture, at }
    }
    return null
  }
}

/** Everything that lives in the graphics card, gone at once with a lost context. */
class Room {
  readonly formats: ReturnType<typeof texelFormats>
  readonly images = new GlTextureCache(640)
  readonly labels = new GlTextureCache(640)
  readonly probabilities = new GlTextureCache(640)
  readonly ramps: GlTexture
  readonly table: GlTexture
  readonly term: GlTexture
  readonly class: GlTexture
  readonly proposals: GlTexture
  readonly noLabels: GlTexture
  readonly noShares: GlTexture
  tableOf = -1
  proposalsOf: object | null = null
  readonly #gl: WebGL2RenderingContext
  readonly #programs = new Map<boolean, GlProgram>()
  readonly #noImages: Record<'integer' | 'float', GlTexture>

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl
    this.formats = texelFormats(gl)
    gl.bindVertexArray(gl.createVertexArray())
    const blank = (
      kind: keyof ReturnType<typeof texelFormats>,
      width: number,
      height: number,
      data: ArrayBufferView,
    ) => {
      const texture = new GlTexture(gl, this.formats[kind])
      texture.put(width, height, data)
      return texture
    }
    const ramps = new Uint8Array(2 * 1024)
    ramps.set(rampColours('viridis'))
    ramps.set(rampColours('magma'), 1024)
    this.ramps = blank('rgba8', 256, 2, ramps)
    this.table = blank('uint8', 1, 1, new Uint8Array(1))
    this.term = blank('float32', 1, 1, new Float32Array(1))
    this.class = blank('uint8', 1, 1, new Uint8Array(1))
    this.proposals = blank('uint32', 1, 1, new Uint32Array(1))
    this.noLabels = blank('uint32', 1, 1, new Uint32Array(1))
    this.noShares = blank('share8', 1, 1, new Uint8Array(1))
    this.#noImages = {
      integer: blank('uint8', 1, 1, new Uint8Array(1)),
      float: blank('float32', 1, 1, new Float32Array(1)),
    }
  }

  program(isInteger: boolean): GlProgram {
    let program = this.#programs.get(isInteger)
    if (!program) {
      program = new GlProgram(this.#gl, VERTEX, fragmentShader(isInteger))
      this.#programs.set(isInteger, program)
    }
    return program
  }

  noImage(isInteger: boolean): GlTexture {
    return this.#noImages[isInteger ? 'integer' : 'float']
  }

  dispose(): void {
    for (const cache of [this.images, this.labels, this.probabilities]) cache.clear()
  }
}

const planeRect = ({ info }: Scene): Rect => ({ x: 0, y: 0, w: info.width, h: info.height })

const isInteger = ({ info }: Scene): boolean => info.sampleType === 'uint8' || info.sampleType === 'uint16'

/** Channels in the order in which they are shown. */
const slotsOf = ({ display, info }: Scene): number[] =>
  display.channel < 0 && info.channels >= 3 ? [0, 1, 2] : [Math.min(Math.max(0, display.channel), info.channels - 1)]

const above = ({ level, tx, ty }: TileAt): TileAt => ({ level: level + 1, tx: tx >> 1, ty: ty >> 1 })

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

function joined(rects: readonly Rect[]): Rect {
  const x = Math.min(...rects.map((rect) => rect.x))
  const y = Math.min(...rects.map((rect) => rect.y))
  return {
    x,
    y,
    w: Math.max(...rects.map((rect) => rect.x + rect.w)) - x,
    h: Math.max(...rects.map((rect) => rect.y + rect.h)) - y,
  }
}

function rows<T extends Float32Array | Uint8Array>(
  data: T,
  width: number,
  { x, y, w, h }: Rect,
  Kind: new (length: number) => T,
): T {
  const part = new Kind(w * h)
  for (let row = 0; row < h; row++) {
    part.set(data.subarray((y + row) * width + x, (y + row) * width + x + w), row * w)
  }
  return part
}
