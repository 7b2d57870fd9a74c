/** A linked WebGL2 program whose uniforms are set by name. */

type Value = number | boolean | readonly number[] | Float32Array

export class GlProgram {
  readonly program: WebGLProgram
  readonly #gl: WebGL2RenderingContext
  readonly #uniforms = new Map<string, { location: WebGLUniformLocation; type: number }>()

  constructor(gl: WebGL2RenderingContext, vertex: string, fragment: string) {
    this.#gl = gl
    this.program = gl.createProgram()
    gl.attachShader(this.program, compile(gl, gl.VERTEX_SHADER, vertex))
    gl.attachShader(this.program, compile(gl, gl.FRAGMENT_SHADER, fragment))
    gl.linkProgram(this.program)
    if (!gl.getProgramParameter(this.program, gl.LINK_STATUS) && !gl.isContextLost()) {
      throw new Error(`shader program: ${gl.getProgramInfoLog(this.program)}`)
    }
    const count = gl.isContextLost() ? 0 : (gl.getProgramParameter(this.program, gl.ACTIVE_UNIFORMS) as number)
    for (let index = 0; index < count; index++) {
      const info = gl.getActiveUniform(this.program, index)!
      const location = gl.getUniformLocation(this.program, info.name)
      if (location) this.#uniforms.set(info.name.replace('[0]', ''), { location, type: info.type })
    }
  }

  /** Sets uniforms of the program in use; names that the compiler has dropped are passed over. */
  set(values: Record<string, Value>): void {
    for (const [name, value] of Object.entries(values)) this.#setOne(name, value)
  }

  #setOne(name: string, value: Value): void {
    const uniform = this.#uniforms.get(name)
    if (!uniform) return
    const gl = this.#gl
    const { location, type } = uniform
    const numbers = typeof value === 'number' || typeof value === 'boolean' ? [Number(value)] : value
    if (type === gl.FLOAT) gl.uniform1fv(location, numbers)
    else if (type === gl.FLOAT_VEC2) gl.uniform2fv(location, numbers)
    else if (type === gl.FLOAT_VEC3) gl.uniform3fv(location, numbers)
    else if (type === gl.FLOAT_VEC4) gl.uniform4fv(location, numbers)
    else if (type === gl.INT_VEC2) gl.uniform2iv(location, numbers)
    else if (type === gl.INT_VEC4) gl.uniform4iv(location, numbers)
    else if (type === gl.UNSIGNED_INT) gl.uniform1uiv(location, numbers)
    else gl.uniform1iv(location, numbers) // int, bool and samplers
  }
}

function compile(gl: WebGL2RenderingContext, kind: number, source: string): WebGLShader {
  const shader = gl.createShader(kind)!
  gl.shaderSource(shader, source)
  gl.compileShader(shader)
  if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS) && !gl.isContextLost()) {
    throw new Error(`shader: ${gl.getShaderInfoLog(shader)}`)
  }
  return shader
}
