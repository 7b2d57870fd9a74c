/** The kernels' forward operations by their definitions, in float64 with plain loops, and gradients by differences. */
export interface Values {
  shape: number[]
  data: Float64Array
}

/** Random values in -1..1 from a small generator of its own, so that a test repeats. */
export function randomValues(shape: number[], seed: number): Values {
  let state = (seed * 2654435761 + 1) >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.fround((state / 2 ** 32) * 2 - 1)
  }
  return { shape, data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, next) }
}

const zeros = (shape: number[]): Values => ({ shape, data: new Float64Array(shape.reduce((a, b) => a * b, 1)) })

/** Every index of a shape, in order. */
function* indices(shape: number[]): Generator<number[]> {
  const index = shape.map(() => 0)
  for (;;) {
    yield index
    let axis = shape.length - 1
    while (axis >= 0 && ++index[axis]! === shape[axis]) index[axis--] = 0
    if (axis < 0) return
  }
}

export const at = (of: Values, ...index: number[]): number => {
  let offset = 0
  for (const [axis, size] of of.shape.entries()) {
    if (index[axis]! < 0 || index[axis]! >= size) return 0
    offset = offset * size + index[axis]!
  }
  return of.data[offset]!
}

const build = (shape: number[], value: (...index: number[]) => number): Values => {
  const result = zeros(shape)
  let offset = 0
  for (const index of indices(shape)) result.data[offset++] = value(...index)
  return result
}

export function convolve(x: Values, kernel: Values, bias: Values | null, isSame: boolean): Values {
  const [B, H, W, I] = x.shape as [number, number, number, number]
  const [k, , , O] = kernel.shape as [number, number, number, number]
  const before = isSame ? (k - 1) / 2 : 0
  const lost = isSame ? 0 : k - 1
  return build([B, H - lost, W - lost, O], (b, y, x0, o) => {
    let sum = bias?.data[o!] ?? 0
    for (let r = 0; r < k; r++)
      for (let s = 0; s < k; s++)
        for (let i = 0; i < I; i++) sum += at(x, b!, y! + r - before, x0! + s - before, i) * at(kernel, r, s, i, o!)
    return sum
  })
}

export function upConvolve(x: Values, kernel: Values, bias: Values): Values {
  const [B, H, W, I] = x.shape as [number, number, number, number]
  return build([B, 2 * H, 2 * W, kernel.shape[2]!], (b, y, x0, o) => {
    let sum = bias.data[o!]!
    for (let i = 0; i < I; i++) sum += at(x, b!, y! >> 1, x0! >> 1, i) * at(kernel, y! & 1, x0! & 1, o!, i)
    return sum
  })
}

export function maxPool(x: Values): Values {
  const [B, H, W, C] = x.shape as [number, number, number, number]
  return build([B, H / 2, W / 2, C], (b, y, x0, c) =>
    Math.max(...[0, 1, 2, 3].map((p) => at(x, b!, 2 * y! + (p >> 1), 2 * x0! + (p & 1), c!))),
  )
}

export function batchNorm(x: Values, gamma: Values, beta: Values, epsilon: number): Values {
  const C = gamma.data.length
  const count = x.data.length / C
  const mean = new Float64Array(C)
  const variance = new Float64Array(C)
  for (const [i, value] of x.data.entries()) mean[i % C]! += value / count
  for (const [i, value] of x.data.entries()) variance[i % C]! += (value - mean[i % C]!) ** 2 / count
  const data = x.data.map((value, i) => {
    const c = i % C
    return (gamma.data[c]! * (value - mean[c]!)) / Math.sqrt(variance[c]! + epsilon) + beta.data[c]!
  })
  return { shape: x.shape, data }
}

export function softmax(logits: Values): Values {
  const K = logits.shape.at(-1)!
  const data = logits.data.map((value, i) => {
    const row = logits.data.subarray(i - (i % K), i - (i % K) + K)
    return 1 / row.reduce((sum, other) => sum + Math.exp(other - value), 0)
  })
  return { shape: logits.shape, data }
}

export function energy(logits: Values, classIndex: ArrayLike<number>, weight: Values): number {
  const p = softmax(logits)
  const K = logits.shape.at(-1)!
  let sum = 0
  for (const [i, w] of weight.data.entries()) sum -= w * Math.log(p.data[i * K + classIndex[i]!]!)
  return sum / weight.data.length
}

/** d/dx of the sum of `forward()` weighted by `pull`, by central differences; `x.data` is put back. */
export function numericGradient(x: Values, pull: Values, forward: () => Values): Values {
  const along = () => forward().data.reduce((sum, value, i) => sum + value * pull.data[i]!, 0)
  const data = x.data.map((value, i) => {
    const h = 1e-5
    x.data[i] = value + h
    const above = along()
    x.data[i] = value - h
    const below = along()
    x.data[i] = value
    return (above - below) / (2 * h)
  })
  return { shape: x.shape, data }
}
