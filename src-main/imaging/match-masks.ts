/** Which masks belong to which image, by their names alone. */
import * as path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { findMasks, planeInName, stemOf } from './file-names.ts'
import { compareNaturally } from './list-images.ts'

export interface MaskMatch {
  image: string
  /** One file; or several: one for each object, or one for each page, z fastest. Empty when none fits. */
  masks: string[]
  /** The page of `masks[0]` that belongs to this image, from 0, when one stack holds the masks of all images. */
  page?: number
}

/** Folders that only say what is in them. */
const FOLDER_WORDS =
  /^(?:(?:cp_)?masks?|labels?|seg|segmentation|annotations?|instances?|objects?|classes|truth|gt|groundtruth)$/i

/**
 * For each image, in order, its masks: by name (`findMasks`), where a name with a plane in it ("a_z0_t1_labels.png") is
 * one page of "a"; else the files in a folder that belongs to the image alone (ID/images/one.png and ID/masks/*.png, or
 * masks/ID/*.png); else by a loose likeness of names; else by page, where one stack of masks faces all images or one
 * image faces all masks. Of several fitting files the one in the most alike folder counts; 'mask-invalid' when none is
 * more alike. Images of which it is `known` otherwise have those masks, which are no other image's; they are among the
 * images still, so that no other one faces all masks.
 */
export function matchMasks(
  images: readonly string[],
  masks: readonly string[],
  known: ReadonlyMap<string, readonly string[]> = new Map(),
): MaskMatch[] {
  const taken = new Set([...known.values()].flat())
  const rest = masks.filter((mask) => !taken.has(mask))
  const named = findStacks(images, rest)
  const folders = index(rest, (mask) => folderKey(path.dirname(mask)))
  const alone = index(images, (image) => path.dirname(image))
  const matches = images.map((image, at): MaskMatch => {
    const own = known.get(image)
    if (own !== undefined) return { image, masks: [...own] }
    const isAlone = (alone.get(key(path.dirname(image))) ?? []).length === 1
    return { image, masks: masksOf(image, named[at]!, folders, isAlone) }
  })
  if (rest.length > 0 && matches.every((match) => match.masks.length === 0)) return byPage(images, rest)
  return matches
}

function masksOf(
  image: string,
  { stacks, isLoose }: FoundStacks,
  folders: Map<string, string[]>,
  isAlone: boolean,
): string[] {
  const own = stacks.length > 0 && !isLoose ? [] : inOwnFolder(image, folders, isAlone)
  return own.length > 0 || stacks.length === 0 ? own : nearest(image, stacks)
}

interface FoundStacks {
  /** All that fit equally well: single files, or the files that hold the planes of one stack. */
  stacks: string[][]
  isLoose: boolean
}

function findStacks(images: readonly string[], masks: readonly string[]): FoundStacks[] {
  const single = findMasks(images, masks)
  const taken = new Set(single.flatMap(({ files }) => files))
  const planes = masks.filter((mask) => !taken.has(mask) && planeInName(mask) !== undefined)
  const stacks = Map.groupBy(planes, (mask) => planeInName(mask)!.stack)
  const ofStacks = findMasks(images, [...stacks.keys()])
  return single.map(({ files, isLoose }, at) => {
    if (files.length > 0) return { stacks: files.map((file) => [file]), isLoose }
    const { files: names, isLoose: isLooseStack } = ofStacks[at]!
    return { stacks: names.map((name) => stacks.get(name)!.sort(comparePages)), isLoose: isLooseStack }
  })
}

/** Pages in their order, z fastest, where names tell it; else as people order names. */
function comparePages(one: string, other: string): number {
  const [a, b] = [planeInName(one), planeInName(other)]
  if (a === undefined || b === undefined || a.stack !== b.stack) return compareNaturally(one, other)
  return a.t - b.t || a.z - b.z
}

/** Comparisons ignore case: cameras write .TIF, people .tif. */
const key = (text: string): string => text.normalize('NFC').toLowerCase()

function index(files: readonly string[], name: (file: string) => string): Map<string, string[]> {
  return Map.groupBy(files, (file) => key(name(file)))
}

/** ID of ID/masks and of masks/ID alike: the folder's path without words that only say what is in it. */
const folderKey = (folder: string): string => (FOLDER_WORDS.test(path.basename(folder)) ? path.dirname(folder) : folder)

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

function nearest(image: string, stacks: readonly string[][]): string[] {
  const [first, second] = stacks
    .map((files) => ({ files, shared: sharedFolders(image, files[0]!) }))
    .sort((a, b) => b.shared - a.shared)
  if (second !== undefined && second.shared === first!.shared) {
    const reason = `"${first!.files[0]!}" fits "${image}" as well; keep one of them`
    throw new AppError('mask-invalid', { path: second.files[0]!, reason })
  }
  return first!.files
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
  if (images.length === 1) return [{ image: images[0]!, masks: [...masks].sort(comparePages) }]
  if (masks.length > 1) return images.map((image) => ({ image, masks: [] }))
  return images.map((image, page) => ({ image, masks: [masks[0]!], page }))
}
