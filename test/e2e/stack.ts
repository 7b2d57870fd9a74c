/** A small stack with grey values that are known: a bright square on a dark ground. */
import sharp from 'sharp'
import { TiffWriter } from '../../src-main/imaging/tiff-writer.ts'

export const STACK = { width: 200, height: 160, z: 5 }
/** Left, top, and the first column and row that are no longer bright. */
export const SQUARE = { left: 120, top: 90, right: 170, bottom: 140 }

/** `ground`: its least grey value; stacks with others are other images. */
export function writeStack(file: string, ground = 40): void {
  const { width, height, z } = STACK
  const writer = TiffWriter.create(file, { width, height, z, sampleType: 'uint8' })
  const grey = Uint8Array.from({ length: width * height }, (_, at) => (isBright(at) ? 200 : ground + (at % 7)))
  for (let plane = 0; plane < z; plane++) writer.writePlane(grey)
  writer.close()
}

/** Whether the pixel of an index is in the square. */
export function isBright(at: number): boolean {
  const [x, y] = [at % STACK.width, Math.floor(at / STACK.width)]
  return x >= SQUARE.left && x < SQUARE.right && y >= SQUARE.top && y < SQUARE.bottom
}

/** One 16 bit image as a stack through its focus: five planes, the middle one sharp, half a micrometre to a pixel. */
export async function writeFocusStack(image: string, file: string): Promise<void> {
  const { width, height } = await sharp(image).metadata()
  const writer = TiffWriter.create(file, {
    ...{ width, height, z: 5, sampleType: 'uint16' },
    pixelSizeUm: { x: 0.5, y: 0.5, z: 2 },
  })
  for (const sigma of [4, 2, 0, 2, 4]) {
    const plane = sigma > 0 ? sharp(image).blur(sigma) : sharp(image)
    const { buffer } = new Uint8Array(await plane.toColourspace('grey16').raw({ depth: 'ushort' }).toBuffer())
    writer.writePlane(new Uint16Array(buffer))
  }
  writer.close()
}
