/** The 8 rotations and mirrors of a square grid, for averaging predictions (section 4: "7 rotated versions"). */
import type { Rect } from '../../src-shared/planes.ts'

/** Transposed first, then mirrored left-right, then mirrored top-bottom. */
export interface Orientation {
  transpose: boolean
  mirrorX: boolean
  mirrorY: boolean
}

const both = [false, true]
/** The first is upright. */
export const ORIENTATIONS: readonly Orientation[] = both.flatMap((transpose) =>
  both.flatMap((mirrorX) => both.map((mirrorY) => ({ transpose, mirrorX, mirrorY }))),
)

/** Rows of pixels with interleaved channels: `data[(y * width + x) * channels + c]`. */
export interface Grid {
  height: number
  width: number
  channels: number
  data: Float32Array
}

/** A turned copy; sides swap when transposed. */
export function orient(grid: Grid, orientation: Orientation): Grid {
  const { transpose, mirrorX, mirrorY } = orientation
  const height = transpose ? grid.width : grid.height
  const width = transpose ? grid.height : grid.width
  const data = new Float32Array(grid.data.length)
  for (let y = 0, to = 0; y < height; y++) {
    const sourceY = mirrorY ? height - 1 - y : y
    for (let x = 0; x < width; x++) {
      const sourceX = mirrorX ? width - 1 - x : x
      const from = transpose ? sourceX * grid.width + sourceY : sourceY * grid.width + sourceX
      for (let c = 0; c < grid.channels; c++) data[to++] = grid.data[from * grid.channels + c]!
    }
  }
  return { height, width, channels: grid.channels, data }
}

/**
 * Turns a result back and adds `share` of its upper left `tile.w` x `tile.h` part to `sum`, which lies channel by
 * channel: `[K, tile.h, tile.w]`.
 */
export function unorientInto(
  sum: Float32Array,
  tile: Pick<Rect, 'w' | 'h'>,
  turned: Grid,
  { transpose, mirrorX, mirrorY }: Orientation,
  share: number,
): void {
  const { height, width, channels, data } = turned
  for (let y = 0; y < tile.h; y++) {
    for (let x = 0; x < tile.w; x++) {
      const beforeY = transpose ? x : y
      const beforeX = transpose ? y : x
      const turnedY = mirrorY ? height - 1 - beforeY : beforeY
      const turnedX = mirrorX ? width - 1 - beforeX : beforeX
      const from = (turnedY * width + turnedX) * channels
      const to = y * tile.w + x
      for (let c = 0; c < channels; c++) sum[c * tile.h * tile.w + to]! += share * data[from + c]!
    }
  }
}
