/** Which of the masks that were given belong to which of the images. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { inspect } from '../imaging/import-pixels.ts'
import { listMasks } from '../imaging/list-images.ts'
import { type MaskMatch, matchMasks } from '../imaging/match-masks.ts'
import { isImageName } from '../imaging/open.ts'
import { hashFile } from '../store/index.ts'
import { type LabelSidecar, readSidecar, sidecarFileOf } from './label-sidecar.ts'
import { stemOf } from './names.ts'

/** The masks of each image, and those of no image. */
export interface MatchedMasks {
  /** An element for each image, undefined where it has none; absent where no masks were given. */
  matches?: (MaskMatch | undefined)[]
  /** Paths. */
  unmatched: string[]
}

/**
 * Finds the masks of images in files and folders. Errors: 'mask-unmatched' when no mask belongs to any image,
 * 'mask-invalid' where two fit equally well, 'file-missing', 'nothing-to-import'.
 */
export async function masksOfImages(
  images: readonly string[],
  given: string | readonly string[] | undefined,
): Promise<MatchedMasks> {
  if (given === undefined) return { unmatched: [] }
  const masks = listMasks([given].flat()).filter((file) => !isTable(file))
  const matches = await matchesOf(images, masks)
  const matched = new Set(matches.flatMap((match) => match?.masks ?? []))
  if (matched.size === 0) {
    throw new AppError('mask-unmatched', { image: images[0] ?? 'any image', folder: [given].flat().join(', ') })
  }
  await requirePageForEach(matches.flatMap((match) => (match?.page === undefined ? [] : [match])))
  return { matches, unmatched: masks.filter((mask) => isImageName(mask) && !matched.has(mask)) }
}

/** By what an export says of its image where it is named with an id; else by names. */
async function matchesOf(images: readonly string[], masks: readonly string[]): Promise<(MaskMatch | undefined)[]> {
  const known = await exportedOf(images, masks)
  const taken = new Set([...known.values()].flat())
  const others = images.filter((image) => !known.has(image))
  const rest = masks.filter((mask) => !taken.has(mask))
  const named = new Map(matchMasks(others, rest).map((match) => [match.image, match]))
  const matches = images.map((image) => named.get(image) ?? { image, masks: known.get(image)! })
  return matches.map((match) => (match.masks.length > 0 ? match : undefined))
}

/**
 * Label images under the ids of their images, "3_cells_labels.tif", by image: the name tells no images of one name apart,
 * but the sidecar knows what is in its image. Errors: 'mask-invalid' where two are of one image.
 */
async function exportedOf(images: readonly string[], masks: readonly string[]): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>()
  const numbered = masks.filter((mask) => /^\d+_/.test(path.basename(mask)))
  for (const [file, files] of Map.groupBy(numbered, sidecarFileOf)) {
    const sidecar = sidecarIn(files[0]!)
    if (file === undefined || sidecar === undefined) continue
    for (const image of await imagesOf(file, sidecar, images)) {
      const other = found.get(image)
      if (other !== undefined) {
        throw new AppError('mask-invalid', { path: files[0]!, reason: `${other[0]} is of ${image} as well; keep one` })
      }
      found.set(image, files)
    }
  }
  return found
}

/** Undefined also for one that is not ours, or damaged: the import of its image says so. */
function sidecarIn(labelImage: string): LabelSidecar | undefined {
  try {
    return readSidecar(labelImage)
  } catch (error) {
    if (error instanceof AppError) return undefined
    throw error
  }
}

/** Images that a numbered export is of: those that hold the same; for one that does not tell, the only one of its name. */
async function imagesOf(file: string, { image: name, sha256 }: LabelSidecar, images: readonly string[]) {
  const isNumbered = path.basename(file).replace(/^\d+_/, '') === `${stemOf(name)}_labels.json`
  const namesakes = images.filter((image) => isNumbered && stemOf(image) === stemOf(name))
  if (sha256 === undefined) return namesakes.length === 1 ? namesakes : []
  const hashes = await Promise.all(namesakes.map(hashOf))
  return namesakes.filter((_, index) => hashes[index] === sha256)
}

/** Undefined for what cannot be read: its import says so. */
const hashOf = async (file: string): Promise<string | undefined> =>
  hashFile(file).then(
    ({ sha256 }) => sha256,
    () => undefined,
  )

/** What lies beside masks and was given with them is no mask itself. */
const isTable = (file: string): boolean => /\.(json|csv)$/i.test(file)

/** One mask that faces several images without their names belongs to them only where it has a page for each. */
async function requirePageForEach(matches: readonly MaskMatch[]): Promise<void> {
  const [first] = matches
  if (first === undefined) return
  const [mask] = first.masks
  const { pages } = await inspect(mask!)
  if (pages === matches.length) return
  const folder = `${mask}, which has ${pages} ${pages === 1 ? 'page' : 'pages'} for ${matches.length} images`
  throw new AppError('mask-unmatched', { image: first.image, folder })
}
