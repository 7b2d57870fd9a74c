/** Sizes in the network that classifies one pixel from a window (Ciresan et al. 2012, table 1). */

/** One convolution, unpadded, and the 2x2 pooling behind it. */
export interface WindowStage {
  /** Side of the convolution's kernel. */
  kernelPx: number
  /** Side of the map after the pooling. */
  sidePx: number
}

/** Maps below this side enter the fully connected layer. */
const LEAST_SIDE_PX = 5

/**
 * The stages of a window: kernels of 4 where the map has an odd side, of 5 where it has an even one, so that every
 * pooling comes out even. For 95 these are the paper's N4 (4, 5, 4, 4 and a last map of 3 x 3); 65 ends with one pixel.
 */
export function windowStages(windowPx: number): WindowStage[] {
  const stages: WindowStage[] = []
  for (let side = windowPx; side >= LEAST_SIDE_PX; ) {
    const kernelPx = side % 2 === 1 ? 4 : 5
    side = (side - kernelPx + 1) / 2
    stages.push({ kernelPx, sidePx: side })
  }
  return stages
}
