/** Which of the masks that were given belong to which of the images. */
import { statSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { inspect } from '../imaging/import-pixels.ts'
import { listMasks } from '../imaging/list-images.ts'
import { type MaskMatch, matchMasks } from '../imaging/match-masks.ts'
import { isImageName } from '../imaging/open.ts'
import { hashFile } from '../store/index.ts'
import { type Job, throwIfStopped } from './job.ts'
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
 * 'mask-invalid' where two fit equally well, 'file-missing', 'nothing-to-import'; `Stopped`.
 */
export async function masksOfImages(
  images: readonly string[],
  given: string | readonly string[] | undefined,
  job: Job,
): Promise<MatchedMasks> {
  if (given === undefined) return { unmatched: [] }
  const listed = listMasks([given].flat()).filter((file) => !isTable(file))
  const masks = await withoutCopies(listed, images, job)
  const matches = await matchesOf(images, masks, job)
  const matched = new Set(matches.flatMap((match) => match?.masks ?? []))
  if (matched.size === 0) {
    throw new AppError('mask-unmatched', { image: images[0] ?? 'any image', folder: [given].flat().join(', ') })
  }
  await requirePageForEach(matches.flatMap((match) => (match?.page === undefined ? [] : [match])))
  return { matches, unmatched: masks.filter((mask) => isImageName(mask) && !matched.has(mask)) }
}

/**
 * Without the images themselves under their own names: a data set that is uploaded for images and for masks has each of
 * its files twice.
 */
async function withoutCopies(masks: readonly string[], images: readonly string[], job: Job): Promise<string[]> {
  const own = new Set(images)
  const byName = Map.groupBy(images, (image) => path.basename(image))
  const likeOf = (mask: string) => (own.has(mask) ? [] : (byName.get(path.basename(mask)) ?? []))
  const pairs = masks.flatMap((mask) => {
    const like = likeOf(mask).filter((image) => sizeOf(image) === sizeOf(mask))
    return like.length > 0 ? [{ mask, images: like }] : []
  })
  const hashes = await hashesOf([...new Set(pairs.flatMap((pair) => [pair.mask, ...pair.images]))], job)
  const isCopy = ({ mask, images: like }: (typeof pairs)[number]) =>
    hashes.has(mask) && like.some((image) => hashes.get(image) === hashes.get(mask))
  const copies = new Set(pairs.filter(isCopy).map(({ mask }) => mask))
  return masks.filter((mask) => !copies.has(mask))
}

/** In bytes; undefined of what cannot be read: its import says why. */
const sizeOf = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.size

/** By what an export says of its image where it is named with an id; else by names. */
async function matchesOf(
  images: readonly string[],
  masks: readonly string[],
  job: Job,
): Promise<(MaskMatch | undefined)[]> {
  const known = await masksByContent(images, masks, job)
  return matchMasks(images, masks, known).map((match) => (match.masks.length > 0 ? match : undefined))
}

/**
 * Label images under the ids of their images, "3_cells_labels.tif", by image: the name tells no images of one name apart,
 * but the sidecar knows what is in its image. Errors: 'mask-invalid' where two are of one image; `Stopped`.
 */
async function masksByContent(
  images: readonly string[],
  masks: readonly string[],
  job: Job,
): Promise<Map<string, string[]>> {
  const numbered = numberedExports(images, masks)
  const toRead = numbered.flatMap(({ sha256, namesakes }) => (sha256 === undefined ? [] : namesakes))
  const hashes = await hashesOf([...new Set(toRead)], job)
  const found = new Map<string, string[]>()
  for (const { files, sha256, namesakes } of numbered) {
    for (const image of namesakes.filter((namesake) => sha256 === undefined || hashes.get(namesake) === sha256)) {
      const other = found.get(image)
      if (other !== undefined) {
        throw new AppError('mask-invalid', {
          path: files[0]!,
          reason: `"${other[0]}" is of "${image}" as well; keep one`,
        })
      }
      found.set(image, files)
    }
  }
  return found
}

interface NumberedExport {
  files: string[]
  /** Of its image; absent in older exports. */
  sha256?: string
  /** Images it may be of: those of its image's name; where it tells no content, the only one of that name. */
  namesakes: string[]
}

function numberedExports(images: readonly string[], masks: readonly string[]): NumberedExport[] {
  const byStem = Map.groupBy(images, stemOf)
  const numbered = masks.filter((mask) => /^\d+_/.test(path.basename(mask)))
  return [...Map.groupBy(numbered, sidecarFileOf)].flatMap(([file, files]) => {
    const sidecar = file === undefined ? undefined : sidecarIn(files[0]!)
    if (file === undefined || sidecar === undefined) return []
    const stem = stemOf(sidecar.image)
    const { sha256 } = sidecar
    const isOfStem = path.basename(file).replace(/^\d+_/, '') === `${stem}_labels.json`
    const namesakes = (isOfStem && byStem.get(stem)) || []
    return [{ files, sha256, namesakes: sha256 === undefined && namesakes.length > 1 ? [] : namesakes }]
  })
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

/** SHA-256 of each file, read one after the other; none of what cannot be read: its import says so. */
async function hashesOf(files: readonly string[], job: Job): Promise<Map<string, string>> {
  const hashes = new Map<string, string>()
  for (const [done, file] of files.entries()) {
    throwIfStopped(job)
    const detail = path.basename(file)
    job.progress({ label: 'Finding the images of the masks', done, total: files.length, unit: 'files', detail })
    const hashed = await hashFile(file, job.signal).catch(() => undefined)
    if (hashed !== undefined) hashes.set(file, hashed.sha256)
  }
  throwIfStopped(job)
  return hashes
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
