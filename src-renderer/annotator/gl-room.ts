/** Everything of a plane that lives in the graphics card, gone at once with a lost context. */
import { intersect, type Rect } from '../../src-shared/planes.ts'
import { union } from '../../src-shared/tile-map.ts'
import { GlProgram } from './gl-program.ts'
import { GlProposals } from './gl-proposals.ts'
import { GlTexture, texelFormats } from './gl-textures.ts'
import { GlTiles } from './gl-tiles.ts'
import { UNIT } from './gl-uniforms.ts'
import { type ObjectTable, TABLE_WIDTH } from './object-table.ts'
import { rampColours } from './ramps.ts'
import type { Scene } from './renderer.ts'
import { fragmentShader, VERTEX } from './shaders.ts'
import type { WeightWindow } from './weights.ts'

export class GlRoom {
  readonly tiles: GlTiles
  readonly noLabels: GlTexture
  readonly noShares: GlTexture
  readonly #gl: WebGL2RenderingContext
  readonly #formats: ReturnType<typeof texelFormats>
  readonly #programs = new Map<boolean, GlProgram>()
  readonly #noImages: Record<'integer' | 'float', GlTexture>
  readonly #ramps: GlTexture
  readonly #table: GlTexture
  readonly #term: GlTexture
  readonly #class: GlTexture
  readonly #proposals: GlProposals
  #tableOf = -1
  #dirtyWeights: Rect | 'whole' | null = 'whole'

  constructor(gl: WebGL2RenderingContext) {
    this.#gl = gl
    this.#formats = texelFormats(gl)
    this.tiles = new GlTiles(gl, this.#formats)
    gl.bindVertexArray(gl.createVertexArray())
    const ramps = new Uint8Array(2 * 1024)
    ramps.set(rampColours('viridis'))
    ramps.set(rampColours('magma'), 1024)
    this.#ramps = this.#texture('rgba8', ramps, 256, 2)
    this.#table = this.#texture('uint8', new Uint8Array(1))
    this.#term = this.#texture('float32', new Float32Array(1))
    this.#class = this.#texture('uint8', new Uint8Array(1))
    this.#proposals = new GlProposals(
      this.#texture('uint32', new Uint32Array(1)),
      this.#texture('uint8', new Uint8Array(1)),
    )
    this.noLabels = this.#texture('uint32', new Uint32Array(1))
    this.noShares = this.#texture('share8', new Uint8Array(1))
    this.#noImages = {
      integer: this.#texture('uint8', new Uint8Array(1)),
      float: this.#texture('float32', new Float32Array(1)),
    }
  }

  /** The program for samples that are integers, or for those that are not. */
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

  /** The weight map inside a rectangle of the plane is another; 'whole': so is its window. */
  weightsChanged(rect: Rect | 'whole'): void {
    const isWhole = rect === 'whole' || this.#dirtyWeights === 'whole'
    this.#dirtyWeights = isWhole ? 'whole' : this.#dirtyWeights ? union(this.#dirtyWeights as Rect, rect) : rect
  }

  /** Uploads what all tiles share, where it has changed, and binds it: ramps, object table, weights, proposals. */
  bindShared({ objects, weights, proposals, info: { classes } }: Scene): void {
    this.#ramps.bind(UNIT.ramps)
    this.#bindTable(objects)
    this.#bindWeights(weights)
    this.#proposals.bind(proposals, classes)
  }

  dispose(): void {
    this.tiles.dispose()
  }

  #bindTable({ version, rows, bytes }: ObjectTable): void {
    if (this.#tableOf !== version) this.#table.put(TABLE_WIDTH, rows, bytes)
    this.#tableOf = version
    this.#table.bind(UNIT.table)
  }

  #bindWeights(weights: WeightWindow | null): void {
    if (weights?.field && this.#dirtyWeights !== null) {
      const { rect, field } = weights
      const dirty = this.#dirtyWeights
      if (dirty === 'whole') for (const texture of [this.#term, this.#class]) texture.put(rect.w, rect.h, null)
      const part = dirty === 'whole' ? rect : intersect(dirty, rect)
      const from = { x: part.x - field.rect.x, y: part.y - field.rect.y, width: field.rect.w }
      const to = { ...part, x: part.x - rect.x, y: part.y - rect.y }
      this.#term.putPartOf(to, field.term, from)
      this.#class.putPartOf(to, field.classIndex, from)
      this.#dirtyWeights = null
    }
    this.#term.bind(UNIT.term)
    this.#class.bind(UNIT.class)
  }

  #texture(kind: keyof ReturnType<typeof texelFormats>, data: ArrayBufferView, width = 1, height = 1): GlTexture {
    const texture = new GlTexture(this.#gl, this.#formats[kind])
    texture.put(width, height, data)
    return texture
  }
}
