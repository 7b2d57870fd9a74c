/** Pictures with kinds of objects that differ by their texture alone, and masks that tell them apart. */
import { TiffWriter } from '../../src-main/imaging/tiff-writer.ts'

export const SIDE_PX = 192
/** The classes, and what stands for them in the masks after 0 for background. */
export const CLASSES = ['disc', 'stripes', 'dots']
export const VALUES = [0, 40, 80, 120]

export interface ClassesPicture {
  image: Uint8Array
  mask: Uint8Array
  /** Of the objects, which do not touch each other. */
  centres: { x: number; y: number; radius: number; name: string }[]
}

/** Numbers 0 to 1 that look random and are the same everywhere. */
function* noise(seed: number): Generator<number, never> {
  for (let state = seed * 2654435761 + 1; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    yield state / 2 ** 32
  }
}

/** Discs on a grid of 4 x 4 places, even, striped or dotted, of like mean brightness. */
export function classesPicture(seed: number): ClassesPicture {
  const random = noise(seed)
  const next = () => random.next().value
  const image = Uint8Array.from({ length: SIDE_PX ** 2 }, () => 40 + 20 * next())
  const mask = new Uint8Array(SIDE_PX ** 2)
  const cell = SIDE_PX / 4
  const centres = Array.from({ length: 16 }, (_, place) => {
    const index = 1 + Math.floor(next() * 3)
    const radius = 12 + 6 * next()
    const [x, y] = [((place % 4) + 0.5) * cell + 6 * next() - 3, (Math.floor(place / 4) + 0.5) * cell + 6 * next() - 3]
    for (let row = Math.floor(y - radius); row <= y + radius; row++) {
      for (let column = Math.floor(x - radius); column <= x + radius; column++) {
        if ((column - x) ** 2 + (row - y) ** 2 > radius ** 2) continue
        const isBright = index === 2 ? row % 4 < 2 : (column >> 1) % 2 === 0 && (row >> 1) % 2 === 0
        image[row * SIDE_PX + column] = (index === 1 ? 130 : isBright ? 190 : 70) + 30 * next()
        mask[row * SIDE_PX + column] = VALUES[index]!
      }
    }
    return { x, y, radius, name: CLASSES[index - 1]! }
  })
  return { image, mask, centres }
}

export function writePicture(file: string, data: Uint8Array): void {
  const tiff = TiffWriter.create(file, { width: SIDE_PX, height: SIDE_PX, sampleType: 'uint8' })
  tiff.writePlane(data)
  tiff.close()
}
