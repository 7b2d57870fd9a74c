/** A network as it predicts, of any kind: a U-Net tile by tile, a pixel classifier window by window. */
import type { Rect } from '../../src-shared/planes.ts'
import type { NetworkPlan } from '../../src-shared/run-plan.ts'
import type { Kernels } from './kernels.ts'
import { type OnTile, overlapTile, type PlaneSource, tileSideFor } from './overlap-tile.ts'
import { PredictionNet } from './prediction-net.ts'
import { slidingWindow } from './sliding-window.ts'
import { WindowNet } from './window-net.ts'

export type PredictingNet = PredictionNet | WindowNet

export const predictingNet = (
  kernels: Kernels,
  plan: NetworkPlan,
  weights: Map<string, Float32Array>,
): PredictingNet =>
  plan.kind === 'unet' ? new PredictionNet(kernels, plan, weights) : new WindowNet(kernels, plan, weights)

export interface PredictOptions {
  /** Memory that a tile may take; a batch of windows always takes less. */
  mostBytes: number
  /** Largest side of an output tile instead of what `mostBytes` allows; a pixel classifier has tiles of its own. */
  tilePx?: number
  average: boolean
  /** All of the plane by default. */
  part?: Rect
  signal?: AbortSignal
}

/** Predicts a plane, or a part of one; `onTile` is called for each finished piece, pieces may reach over the part. */
export function predictPlane(
  net: PredictingNet,
  source: PlaneSource,
  options: PredictOptions,
  onTile: OnTile,
): Promise<void> {
  if (net instanceof WindowNet) return slidingWindow(net, source, options, onTile)
  const tilePx = options.tilePx ?? tileSideFor(net.plan, options.mostBytes)
  return overlapTile(net, source, { ...options, tilePx }, onTile)
}
