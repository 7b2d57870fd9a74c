/** Which of the masks that were given belong to which of the images. */
import { AppError } from '../../src-shared/errors.ts'
import { inspect } from '../imaging/import-pixels.ts'
import { listMasks } from '../imaging/list-images.ts'
import { type MaskMatch, matchMasks } from '../imaging/match-masks.ts'
import { isImageName } from '../imaging/open.ts'

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
  const matches = matchMasks(images, masks).map((match) => (match.masks.length > 0 ? match : undefined))
  const matched = new Set(matches.flatMap((match) => match?.masks ?? []))
  if (matched.size === 0) {
    throw new AppError('mask-unmatched', { image: images[0] ?? 'any image', folder: [given].flat().join(', ') })
  }
  await requirePageForEach(matches.flatMap((match) => (match?.page === undefined ? [] : [match])))
  return { matches, unmatched: masks.filter((mask) => isImageName(mask) && !matched.has(mask)) }
}

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
