/** A pixel file on another grid, tile by tile: memory does not grow with the image. */
import { allocateSamples } from '../../src-shared/pixels.ts'
import { resampled, spanOf, tapsOf } from '../../src-shared/resample.ts'
import { PixelFile, scaledLevels } from './pixel-file.ts'

/** Side of the tiles that are computed at once. */
const SIDE_PX = 512

/** How the samples of the target are kept: whole numbers are rounded. */
export interface KeptSamples {
  sampleType?: 'float32' | 'uint8' | 'uint16'
  /** With coarser levels, to be looked at. */
  withLevels?: boolean
}

/**
 * Writes all planes of `source` into `target`, with another width and height (src-shared/resample.ts); the depths stay.
 * When it returns they are on the disk.
 * Errors: those of reading and writing pixel files, and what `signal` was aborted with.
 */
export async function resampleFile(
  source: string,
  target: string,
  { width, height }: { width: number; height: number },
  signal: AbortSignal,
  { sampleType = 'float32', withLevels = false }: KeptSamples = {},
): Promise<void> {
  const from = PixelFile.open(source)
  try {
    const { channels, z: depth, t: times } = from.header
    const levels = withLevels ? scaledLevels(width, height) : 1
    const to = PixelFile.create(target, { width, height, channels, sampleType, z: depth, t: times, levels })
    try {
      for (let page = 0; page < depth * times; page++) {
        const plane = { z: page % depth, t: Math.floor(page / depth) }
        for (let y = 0; y < height; y += SIDE_PX) {
          for (let x = 0; x < width; x += SIDE_PX) {
            signal.throwIfAborted()
            copyTile(from, to, plane, x, y)
            await new Promise(setImmediate) // others may work, and a stop is heard
          }
        }
      }
      to.buildLevels()
      to.sync()
    } finally {
      to.close()
    }
  } finally {
    from.close()
  }
}

function copyTile(from: PixelFile, to: PixelFile, plane: { z: number; t: number }, x: number, y: number): void {
  const { width, height, channels, sampleType } = to.header
  const columns = tapsOf(from.header.width, width, x, Math.min(width, x + SIDE_PX))
  const rows = tapsOf(from.header.height, height, y, Math.min(height, y + SIDE_PX))
  const [[left, right], [top, bottom]] = [spanOf(columns), spanOf(rows)]
  const rect = { x: left, y: top, w: right - left, h: bottom - top }
  const { data } = from.readRegion({ ...plane, rect })
  const found = resampled(data, channels, rect, columns, rows)
  const [w, h] = [columns.first.length, rows.first.length]
  const kept = sampleType === 'float32' ? found : allocateSamples(sampleType, found.length)
  if (kept !== found) for (let at = 0; at < found.length; at++) kept[at] = Math.round(found[at]!)
  to.writeRegion({ ...plane, x, y }, { width: w, height: h, channels, data: kept })
}
