/** A small stack with grey values that are known: a bright square on a dark ground. */
import { TiffWriter } from '../../src-main/imaging/tiff-writer.ts'

export const STACK = { width: 200, height: 160, z: 5 }
/** Left, top, and the first column and row that are no longer bright. */
export const SQUARE = { left: 120, top: 90, right: 170, bottom: 140 }

export function writeStack(file: string): void {
  const { width, height, z } = STACK
  const writer = TiffWriter.create(file, { width, height, z, sampleType: 'uint8' })
  const grey = Uint8Array.from({ length: width * height }, (_, at) => (isBright(at) ? 200 : 40 + (at % 7)))
  for (let plane = 0; plane < z; plane++) writer.writePlane(grey)
  writer.close()
}

/** Whether the pixel of an index is in the square. */
export function isBright(at: number): boolean {
  const [x, y] = [at % STACK.width, Math.floor(at / STACK.width)]
  return x >= SQUARE.left && x < SQUARE.right && y >= SQUARE.top && y < SQUARE.bottom
}
