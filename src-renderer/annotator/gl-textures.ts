/** Textures of tiles: uploaded when they are first drawn, in part when a part has changed, forgotten when unused. */
import type { Samples } from '../../src-shared/pixels.ts'
import type { Rect } from '../../src-shared/planes.ts'

/** How a kind of texel is stored. */
export interface TexelFormat {
  internal: number
  format: number
  type: number
}

export const texelFormats = (gl: WebGL2RenderingContext) => ({
  uint8: { internal: gl.R8UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_BYTE },
  uint16: { internal: gl.R16UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_SHORT },
  uint32: { internal: gl.R32UI, format: gl.RED_INTEGER, type: gl.UNSIGNED_INT },
  float32: { internal: gl.R32F, format: gl.RED, type: gl.FLOAT },
  share8: { internal: gl.R8, format: gl.RED, type: gl.UNSIGNED_BYTE },
  rgba8: { internal: gl.RGBA8, format: gl.RGBA, type: gl.UNSIGNED_BYTE },
})

/** WebGL2 promises 16 units. */
const UPLOAD_UNIT = 15

export class GlTexture {
  readonly texture: WebGLTexture
  width = 0
  height = 0
  readonly #gl: WebGL2RenderingContext
  readonly #format: TexelFormat

  constructor(gl: WebGL2RenderingContext, format: TexelFormat) {
    this.#gl = gl
    this.#format = format
    this.texture = gl.createTexture()
    this.#bindAside()
    for (const name of [gl.TEXTURE_MIN_FILTER, gl.TEXTURE_MAG_FILTER]) gl.texParameteri(gl.TEXTURE_2D, name, gl.NEAREST)
    for (const name of [gl.TEXTURE_WRAP_S, gl.TEXTURE_WRAP_T]) gl.texParameteri(gl.TEXTURE_2D, name, gl.CLAMP_TO_EDGE)
  }

  /** All texels anew. */
  put(width: number, height: number, data: ArrayBufferView | null): void {
    const gl = this.#gl
    const { internal, format, type } = this.#format
    this.#bindAside()
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, data)
    this.width = width
    this.height = height
  }

  /** A part of the texels, row by row. */
  putPart({ x, y, w, h }: Rect, data: ArrayBufferView): void {
    if (w <= 0 || h <= 0) return
    const gl = this.#gl
    this.#bindAside()
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1)
    gl.texSubImage2D(gl.TEXTURE_2D, 0, x, y, w, h, this.#format.format, this.#format.type, data)
  }

  /** The same out of an array `from.width` texels wide, beginning at a place in it; copies nothing here. */
  putPartOf(part: Rect, data: ArrayBufferView, from: { x: number; y: number; width: number }): void {
    if (part.w <= 0 || part.h <= 0) return
    const gl = this.#gl
    gl.pixelStorei(gl.UNPACK_ROW_LENGTH, from.width)
    gl.pixelStorei(gl.UNPACK_SKIP_PIXELS, from.x)
    gl.pixelStorei(gl.UNPACK_SKIP_ROWS, from.y)
    this.putPart(part, data)
    for (const name of [gl.UNPACK_ROW_LENGTH, gl.UNPACK_SKIP_PIXELS, gl.UNPACK_SKIP_ROWS]) gl.pixelStorei(name, 0)
  }

  bind(unit: number): void {
    this.#gl.activeTexture(this.#gl.TEXTURE0 + unit)
    this.#gl.bindTexture(this.#gl.TEXTURE_2D, this.texture)
  }

  dispose(): void {
    this.#gl.deleteTexture(this.texture)
  }

  /** To a unit that no sampler reads, so that an upload does not unbind what is drawn with. */
  #bindAside(): void {
    this.#gl.activeTexture(this.#gl.TEXTURE0 + UPLOAD_UNIT)
    this.#gl.bindTexture(this.#gl.TEXTURE_2D, this.texture)
  }
}

/** Textures by key; those unused for longest go first. */
export class GlTextureCache {
  readonly #textures = new Map<string, GlTexture>()
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  get(key: string): GlTexture | undefined {
    const texture = this.#textures.get(key)
    if (!texture) return undefined
    this.#textures.delete(key)
    this.#textures.set(key, texture)
    return texture
  }

  add(key: string, texture: GlTexture): GlTexture {
    this.#textures.set(key, texture)
    for (const [old, unused] of this.#textures) {
      if (this.#textures.size <= this.#most) break
      this.#textures.delete(old)
      unused.dispose()
    }
    return texture
  }

  clear(): void {
    for (const texture of this.#textures.values()) texture.dispose()
    this.#textures.clear()
  }
}

/** Samples as a texture can hold them: 8 and 16 bit unsigned as they are, everything else as float32. */
export function texelsOf(samples: Samples): Uint8Array | Uint16Array | Float32Array {
  if (samples instanceof Uint8Array || samples instanceof Uint16Array || samples instanceof Float32Array) return samples
  return Float32Array.from(samples)
}
