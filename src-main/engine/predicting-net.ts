/** A network as it predicts, of any kind: a U-Net tile by tile, a pixel classifier window by window. */
import type { Rect } from '../../src-shared/planes.ts'
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import type { Kernels } from './kernels.ts'
import { MOST_TILE_PX, mostTilePxOn, type OnTile, overlapTile, type PlaneSource, tileSideFor } from './overlap-tile.ts'
import { PredictionNet } from './prediction-net.ts'
import { slidingWindow, WINDOW_TILE_PX } from './sliding-window.ts'
import { WindowNet } from './window-net.ts'

export type PredictingNet = PredictionNet | WindowNet

export const predictingNet = (
  kernels: Kernels,
  plan: NetworkPlan,
  weights: Map<string, Float32Array>,
): PredictingNet =>
  plan.kind === 'unet' ? new PredictionNet(kernels, plan, weights) : new WindowNet(kernels, plan, weights)

/** Memory that a tile may take, or its largest side; a pixel classifier has tiles of its own, which take less. */
type TileSize = { mostBytes: number; tilePx?: undefined } | { tilePx: number }

export type PredictOptions = TileSize & {
  average: boolean
  /** All of the plane by default. */
  part?: Rect
  signal?: AbortSignal
}

/** The largest side of an output tile that fits into `bytes`, none larger than the plane needs. */
export function tilePxFor(
  net: PredictingNet,
  bytes: number,
  { width, height }: { width: number; height: number },
): number {
  if (net instanceof WindowNet) return WINDOW_TILE_PX
  const step = 2 ** net.plan.depth
  const whole = Math.ceil(Math.max(width, height) / step) * step
  return tileSideFor(net.plan, bytes, Math.min(MOST_TILE_PX, whole))
}

/** Half the side, as the network allows; undefined where there is no smaller tile. */
export function smallerTilePx(net: PredictingNet, tilePx: number): number | undefined {
  if (net instanceof WindowNet) return undefined
  const step = 2 ** net.plan.depth
  return tilePx > step ? Math.max(step, Math.floor(tilePx / 2 / step) * step) : undefined
}

/** Predicts a plane, or a part of one; `onTile` is called for each finished piece, pieces may reach over the part. */
export function predictPlane(
  net: PredictingNet,
  source: PlaneSource,
  options: PredictOptions,
  onTile: OnTile,
): Promise<void> {
  if (net instanceof WindowNet) return slidingWindow(net, source, options, onTile)
  const wanted = options.tilePx ?? tileSideFor(net.plan, options.mostBytes)
  const tilePx = Math.min(wanted, mostTilePxOn(net.kernels.device, net.plan))
  return overlapTile(net, source, { ...options, tilePx }, onTile)
}
