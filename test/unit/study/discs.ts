/** Small synthetic images of noisy bright discs with their true masks, as a data root of a study. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { Random } from '../../../src-shared/random.ts'

const SIDE = 96

/** Writes ROOT/discs/images/NAME.tif and ROOT/discs/masks/NAME.tif. */
export function writeDiscs(root: string, names: readonly string[]): void {
  for (const kind of ['images', 'masks']) mkdirSync(path.join(root, 'discs', kind), { recursive: true })
  for (const [index, name] of names.entries()) {
    const random = new Random(99, index)
    const image = new Uint16Array(SIDE * SIDE)
    const mask = new Uint16Array(SIDE * SIDE)
    const shift = random.uniform(-3, 3)
    for (let y = 0; y < SIDE; y++) {
      for (let x = 0; x < SIDE; x++) {
        const [column, row] = [Math.floor(x / 24), Math.floor(y / 24)]
        const isInside = Math.hypot(x - column * 24 - 12 - shift, y - row * 24 - 12 + shift) < 7
        mask[y * SIDE + x] = isInside ? 1 + row * 4 + column : 0
        image[y * SIDE + x] = Math.max(0, (isInside ? 700 : 300) + random.normal(180))
      }
    }
    for (const [kind, data] of [
      ['images', image],
      ['masks', mask],
    ] as const) {
      const tiff = TiffWriter.create(path.join(root, 'discs', kind, `${name}.tif`), {
        width: SIDE,
        height: SIDE,
        sampleType: 'uint16',
      })
      tiff.writePlane(data)
      tiff.close()
    }
  }
}

/** The `data` of a study on them, and a split. */
export const discs = {
  data: {
    discs: {
      images: 'discs/images/*.tif',
      truth: 'discs/masks',
      maskKind: 'instances',
      kind: 'instances',
      isPublishable: true,
      attribution: 'Drawn.',
    },
  },
  splits: [{ name: 'all', data: 'discs', train: 'a*', test: 'b*' }],
}
