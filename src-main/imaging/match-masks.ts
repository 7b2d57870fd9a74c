/** Which masks belong to which image, by their names alone. */
import * as path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { compareNaturally } from './list-images.ts'

export interface MaskMatch {
  image: string
  /** One file; or several: one for each object, or one for each page. Empty when none fits. */
  masks: string[]
  /** The page of `masks[0]` that belongs to this image, from 0, when one stack holds the masks of all images. */
  page?: number
}

const WORDS =
  '(?:cp_)?(?:masks?|labels?|seg|segmentation|annotations?|instances?|objects?|classes|truth|gt|groundtruth)'
const SUFFIX = new RegExp(`[-_. ]${WORDS}$`, 'i')
const PREFIX = new RegExp(`^${WORDS}[-_. ]`, 'i')
const IMAGE_SUFFIX = /[-_. ](?:image|img|raw)$/i
const IMAGE_PREFIX = /^(?:image|img|raw)[-_. ]/i

/** A file's name without folder and extension (.ome.tif counts as one), in composed Unicode. */
export const stemOf = (file: string): string =>
  path
    .basename(file)
    .normalize('NFC')
    .replace(/\.ome\.tiff?$/i, '')
    .replace(/\.[^.]+$/, '')

/**
 * For each image, in order, its masks. By equal names first, then by names with a word like _mask or _labels more; else
 * the files in a folder that belongs to the image alone (ID/images/one.png and ID/masks/*.png, or masks/ID/*.png); else
 * by page, where one stack of masks faces all images or one image faces all masks. Of several fitting files the one in
 * the most alike folder counts; 'mask-invalid' when none is more alike.
 */
export function matchMasks(images: readonly string[], masks: readonly string[]): MaskMatch[] {
  const stems = index(masks, stemOf)
  const bare = index(masks, (mask) => stemOf(mask).replace(SUFFIX, '').replace(PREFIX, ''))
  const folders = index(masks, (mask) => folderKey(path.dirname(mask)))
  const alone = index(images, (image) => path.dirname(image))
  const matches = images.map((image): MaskMatch => {
    const stem = stemOf(image)
    const plain = stem.replace(IMAGE_SUFFIX, '').replace(IMAGE_PREFIX, '')
    for (const found of [stems.get(key(stem)), bare.get(key(stem)), bare.get(key(plain))]) {
      const others = found?.filter((mask) => path.resolve(mask) !== path.resolve(image))
      if (others?.length) return { image, masks: [nearest(image, others)] }
    }
    return { image, masks: inOwnFolder(image, folders, (alone.get(key(path.dirname(image))) ?? []).length === 1) }
  })
  if (masks.length > 0 && matches.every((match) => match.masks.length === 0)) return byPage(images, masks)
  return matches
}

/** Comparisons ignore case: cameras write .TIF, people .tif. */
const key = (text: string): string => text.normalize('NFC').toLowerCase()

function index(files: readonly string[], name: (file: string) => string): Map<string, string[]> {
  return Map.groupBy(files, (file) => key(name(file)))
}

/** ID of ID/masks and of masks/ID alike: the folder's path without words that only say what is in it. */
function folderKey(folder: string): string {
  const name = path.basename(folder)
  return new RegExp(`^${WORDS}$`, 'i').test(name) ? path.dirname(folder) : folder
}

/** All files of the folder that belongs to this image: beside its own one, or with its name. */
function inOwnFolder(image: string, folders: Map<string, string[]>, isAlone: boolean): string[] {
  const folder = path.dirname(image)
  const own = /^images?$/i.test(path.basename(folder)) ? path.dirname(folder) : undefined
  const names = [own !== undefined && isAlone ? path.basename(own) : '', stemOf(image)].filter((name) => name !== '')
  const beside = own !== undefined && isAlone ? folders.get(key(own)) : undefined
  const named = [...folders].find(([where]) => names.some((name) => key(name) === path.basename(where)))?.[1]
  return (beside ?? named ?? []).filter((mask) => isObjectFile(mask, own)).sort(compareNaturally)
}

/** Directly in ID there may be other files (a label image of everything): only those in a folder of masks count. */
const isObjectFile = (mask: string, own: string | undefined): boolean =>
  own === undefined || path.resolve(path.dirname(mask)) !== path.resolve(own)

function nearest(image: string, masks: string[]): string {
  const [first, second] = masks
    .map((mask) => ({ mask, shared: sharedFolders(image, mask) }))
    .sort((a, b) => b.shared - a.shared)
  if (second !== undefined && second.shared === first!.shared) {
    const reason = `${first!.mask} fits ${image} as well; keep one of them`
    throw new AppError('mask-invalid', { path: second.mask, reason })
  }
  return first!.mask
}

/** How many folder names both have, wherever they stand. */
function sharedFolders(image: string, mask: string): number {
  const names = new Set(path.dirname(path.resolve(image)).split(path.sep).map(key))
  return path
    .dirname(path.resolve(mask))
    .split(path.sep)
    .filter((name) => names.has(key(name))).length
}

function byPage(images: readonly string[], masks: readonly string[]): MaskMatch[] {
  if (images.length === 1) return [{ image: images[0]!, masks: [...masks].sort(compareNaturally) }]
  if (masks.length > 1) return images.map((image) => ({ image, masks: [] }))
  return images.map((image, page) => ({ image, masks: [masks[0]!], page }))
}
