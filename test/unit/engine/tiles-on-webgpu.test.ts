import { describe, expect, test } from 'vitest'
import { initialWeights } from '../../../src-main/engine/initial-weights.ts'
import type { DeviceTensor, Kernels } from '../../../src-main/engine/kernels.ts'
import { type PredictOptions, predictingNet, predictPlane } from '../../../src-main/engine/predicting-net.ts'
import type { DeviceName } from '../../../src-shared/engine-api.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import { tinyNetwork } from '../../drivers/network.ts'

/** Shapes of tensors without any values; on WebGPU a convolution has at most 65535 groups of 32 output pixels. */
class ShapesOnly {
  readonly device: DeviceName
  constructor(device: DeviceName) {
    this.device = device
  }
  upload = (_: Float32Array, shape: readonly number[]): DeviceTensor => ({ shape })
  free = () => {}
  createVariable = (_: string, __: Float32Array, shape: readonly number[]): DeviceTensor => ({ shape })
  value = (variable: DeviceTensor) => variable
  freeVariable = () => {}
  read = async ({ shape }: DeviceTensor) => new Float32Array(shape.reduce((a, b) => a * b))
  convolve = ({ shape: [batch, h, w] }: DeviceTensor, { shape: [side, , , out] }: DeviceTensor): DeviceTensor => {
    const [height, width] = [h! - side! + 1, w! - side! + 1]
    if (this.device === 'webgpu' && Math.ceil((height * width) / 32) > 65535)
      throw new Error('Dispatch size exceeds WebGPU limits in Y or Z dimension.')
    return { shape: [batch!, height, width, out!] }
  }
  maxPool = ({ shape: [batch, h, w, c] }: DeviceTensor): DeviceTensor => ({ shape: [batch!, h! / 2, w! / 2, c!] })
  upConvolve = ({ shape: [batch, h, w] }: DeviceTensor, kernel: DeviceTensor): DeviceTensor => ({
    shape: [batch!, 2 * h!, 2 * w!, kernel.shape[2]!],
  })
  centreCrop = ({ shape: [batch, , , c] }: DeviceTensor, h: number, w: number): DeviceTensor => ({
    shape: [batch!, h, w, c!],
  })
  concat = ({ shape: [batch, h, w, c] }: DeviceTensor, other: DeviceTensor): DeviceTensor => ({
    shape: [batch!, h!, w!, c! + other.shape[3]!],
  })
  softmax = (logits: DeviceTensor) => logits
}

/** Columns and rows of the tiles that a plane is predicted in. */
async function tilesOfPlane(device: DeviceName, sidePx: number, size: { tilePx: number } | { mostBytes: number }) {
  const plan = tinyNetwork({ depth: 4, baseWidth: 1, padding: 'same' })
  const net = predictingNet(new ShapesOnly(device) as unknown as Kernels, plan, initialWeights(plan, 1))
  const source = { width: sidePx, height: sidePx, readPixels: ({ w, h }: Rect) => new Float32Array(w * h) }
  const rects: Rect[] = []
  const options: PredictOptions = { ...size, average: false }
  await predictPlane(net, source, options, (rect) => void rects.push(rect))
  return rects.filter(({ y }) => y === 0).map(({ w }) => w)
}

describe('planes of any size can be predicted on WebGPU, which has a largest convolution', () => {
  const lots = { mostBytes: 1e12 }
  test.each([
    [1248, [1248]],
    [1264, [640, 624]],
    [1536, [768, 768]],
    [3072, [1024, 1024, 1024]],
  ])('%i px', async (sidePx, widths) => {
    expect(await tilesOfPlane('webgpu', sidePx, lots)).toEqual(widths)
  })

  test('also where larger tiles are asked for', async () => {
    expect(await tilesOfPlane('webgpu', 1536, { tilePx: 1536 })).toEqual([768, 768])
    expect(await tilesOfPlane('webgpu', 1536, { tilePx: 512 })).toEqual([512, 512, 512])
  })

  test('while TensorFlow makes them as large as memory allows', async () => {
    expect(await tilesOfPlane('tensorflow', 1536, lots)).toEqual([1536])
  })
})
