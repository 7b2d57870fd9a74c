/** Planes by rows, in turns: nothing as large as a plane is held, strokes are answered in between, and Stop is heard. */

import { allocateSamples, type Samples, sampleTypeOf } from '../../src-shared/pixels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { TILE_PX } from '../../src-shared/tile-map.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'

/** The rows of a page from the top, some at a time, whole ones; asked for once, when they are written. */
export type PageRows<Data extends Samples> = () => AsyncIterable<Data>

/** What is read at a time of a band of tiles: a few milliseconds of decoding. */
const PIECE_PX = 4 * TILE_PX
/** What is handed on at a time: a few milliseconds of compressing. */
const ROWS_PX = 65536

/** The rows of a plane, each tile of it read once. `read` answers a rectangle, row by row. Throws `Stopped`. */
export async function* rowsOf<Data extends Samples>(
  { width, height }: { width: number; height: number },
  read: (rect: Rect) => Data,
  job: Job,
): AsyncGenerator<Data> {
  const length = Math.max(1, Math.floor(ROWS_PX / width)) * width
  for (let y = 0; y < height; y += TILE_PX) {
    const band = await readBand({ x: 0, y, w: width, h: Math.min(TILE_PX, height - y) }, read, job)
    for (let at = 0; at < band.length; at += length) {
      await takeTurn(job)
      yield band.subarray(at, at + length) as Data
    }
  }
}

async function readBand<Data extends Samples>(band: Rect, read: (rect: Rect) => Data, job: Job): Promise<Data> {
  let whole: Samples | undefined
  for (let x = 0; x < band.w; x += PIECE_PX) {
    await takeTurn(job)
    const w = Math.min(PIECE_PX, band.w - x)
    const piece = read({ x, y: band.y, w, h: band.h })
    if (w === band.w) return piece
    whole ??= allocateSamples(sampleTypeOf(piece), band.w * band.h)
    for (let row = 0; row < band.h; row++) whole.set(piece.subarray(row * w, (row + 1) * w), row * band.w + x)
  }
  return whole as Data
}

async function takeTurn(job: Job): Promise<void> {
  throwIfStopped(job)
  await letOthersWork()
}
