/** Overlap-tile prediction of 512 x 512 with the paper's net against PyTorch on the whole mirrored image at once. */
import { join } from 'node:path'
import { initialWeights } from '../../src-main/engine/initial-weights.ts'
import { parameterShapes } from '../../src-main/engine/network-shapes.ts'
import { openDevice } from '../../src-main/engine/open-device.ts'
import { overlapTile, type PlaneSource, tileSideFor } from '../../src-main/engine/overlap-tile.ts'
import { PredictionNet } from '../../src-main/engine/prediction-net.ts'
import { marginPx, validTile } from '../../src-shared/geometry.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { Random } from '../../src-shared/random.ts'
import { largestDifference, readFloats, writeArray, writeWeights } from './files.ts'
import { takeTurns, timed } from './measure.ts'
import { PAPER_NET, peerRequest, preparePeer, torchName } from './paper-net.ts'
import type { Bench, Section } from './section.ts'

const SIDE_PX = 512
const TILE_MEMORY_BYTES = 4 * 2 ** 30
const TOLERANCE = 1e-4

export const overlap: Section = {
  name: 'overlap',
  title: `overlap-tile prediction of ${SIDE_PX} x ${SIDE_PX} with the paper's net`,
  async run(bench) {
    const { kernels } = await openDevice('tensorflow', { threads: bench.threads, precision: 'float32' })
    const weights = initialWeights(PAPER_NET, 1)
    const net = new PredictionNet(kernels, PAPER_NET, weights)
    const image = smoothImage()
    const peer = bench.peer ? await wholeImagePeer(bench, image, weights) : undefined
    const tilesPx = [Math.min(SIDE_PX, tileSideFor(PAPER_NET, TILE_MEMORY_BYTES)), SIDE_PX / 2]
    for (const tilePx of tilesPx) await oneTiling(bench, net, image, tilePx, peer)
    net.dispose()
  },
}

interface WholeImagePeer {
  seconds(): Promise<number>
  /** What it predicted last, [h, w, K]. */
  probabilities(): Float32Array
  note: string
}

async function oneTiling(
  bench: Bench,
  net: PredictionNet,
  image: Float32Array,
  tilePx: number,
  peer: WholeImagePeer | undefined,
): Promise<void> {
  const found = new Float32Array(SIDE_PX * SIDE_PX * PAPER_NET.classes)
  let tiles = 0
  const predict = () =>
    overlapTile(net, sourceOf(image), { tilePx, average: false }, (rect, probabilities, _done, total) => {
      place(found, rect, probabilities)
      tiles = total
    })
  bench.say(`warming up tiles of ${tilePx} px`)
  await predict()
  const times = await takeTurns({
    rounds: bench.rounds ?? 5,
    ours: () => timed(predict),
    peer: peer && (() => peer.seconds()),
  })
  const difference = peer && largestDifference(found, peer.probabilities())
  const isWhole = tiles === 1
  bench.report({
    what: `${tiles} ${isWhole ? 'tile' : 'tiles'} of at most ${tilePx} px`,
    ...times,
    peerName: `${torchName(bench)}, whole image`,
    // Smaller tiles pay for their overlap with memory that stays free: nothing is asked of them.
    budget: isWhole ? { of: 'time', mustBe: 1.1, goal: 0.9 } : { of: 'time' },
    note: peer && `${peer.note}; largest difference of a probability ${difference!.toExponential(1)}`,
  })
  if (difference !== undefined && !(difference <= TOLERANCE))
    bench.complain(`the probabilities differ by ${difference}, more than ${TOLERANCE}`)
}

async function wholeImagePeer(
  bench: Bench,
  image: Float32Array,
  weights: Map<string, Float32Array>,
): Promise<WholeImagePeer> {
  const { inputPx, outputPx } = validTile(PAPER_NET.depth, SIDE_PX)
  const before = marginPx(PAPER_NET.depth) / 2
  const request = {
    ...peerRequest(bench, 'prediction', inputPx, outputPx),
    image: join(bench.folder, 'image.f32'),
    output: join(bench.folder, 'probabilities.f32'),
    height: SIDE_PX,
    width: SIDE_PX,
    before,
    after: inputPx - SIDE_PX - before,
  }
  writeArray(request.image, image)
  const file = writeWeights(join(bench.folder, 'weights.f32'), weights, parameterShapes(PAPER_NET))
  const note = await preparePeer(bench, request, file)
  return {
    note,
    seconds: () => bench.peer!.seconds({ ...request, do: 'wholeImage' }),
    probabilities: () => readFloats(request.output),
  }
}

/** Noise that varies over some pixels, mean 0.5: the values do not matter for the time, but for the comparison. */
function smoothImage(): Float32Array {
  const random = new Random(2)
  const waves = Array.from({ length: 12 }, () => [random.normal(0.2), random.normal(0.2), random.uniform(0, 6.3)])
  return Float32Array.from({ length: SIDE_PX ** 2 }, (_, i) => {
    const [x, y] = [i % SIDE_PX, Math.floor(i / SIDE_PX)]
    return 0.5 + waves.reduce((sum, [fx, fy, phase]) => sum + 0.15 * Math.sin(fx! * x + fy! * y + phase!), 0)
  })
}

const sourceOf = (image: Float32Array): PlaneSource => ({
  width: SIDE_PX,
  height: SIDE_PX,
  readPixels({ x, y, w, h }) {
    const part = new Float32Array(w * h)
    for (let row = 0; row < h; row++)
      part.set(image.subarray((y + row) * SIDE_PX + x, (y + row) * SIDE_PX + x + w), row * w)
    return part
  },
})

/** A tile's [K, h, w] into the plane's [h, w, K]. */
function place(plane: Float32Array, { x, y, w, h }: Rect, tile: Float32Array): void {
  const { classes } = PAPER_NET
  for (let k = 0; k < classes; k++) {
    for (let row = 0; row < h; row++) {
      for (let column = 0; column < w; column++)
        plane[((y + row) * SIDE_PX + x + column) * classes + k] = tile[(k * h + row) * w + column]!
    }
  }
}
