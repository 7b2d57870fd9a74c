/** Which files a person means by files, folders and patterns. */
import { globSync, readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'

const IMAGE = /\.(png|jpe?g|tiff?|btf|tf8)$/i
/** Formats of microscope vendors: recognised so that their users are told what to do (imaging words the sentence). */
const VENDOR = /\.(czi|nd2|lif|lsm|oib|oif|vsi|svs|ims|dv|zvi|scn|ndpi|mrxs|stk)$/i
const PATTERN = /[*?[\]{}]/

/** 2 before 10, as people number their slices. */
export const byNumber = (a: string, b: string): number =>
  a.localeCompare(b, 'en', { numeric: true, sensitivity: 'base' }) || (a < b ? -1 : a > b ? 1 : 0)

/** True for names that look like images we read. */
export const looksLikeImage = (file: string): boolean => IMAGE.test(file)

/**
 * The image files meant by `inputs`, each once, in the order given; folders and patterns in numeric order.
 * A folder gives its own images, or those of its subfolders where it has none. A file named directly is taken whatever
 * its ending. Throws 'file-missing' for a name that is not there, 'nothing-to-import' for a folder without images.
 */
export function expandInputs(inputs: readonly string[]): string[] {
  const files = inputs.flatMap((input) => {
    const kind = statSync(input, { throwIfNoEntry: false })
    if (kind?.isDirectory()) return imagesOfFolder(input)
    if (kind) return [input]
    if (!PATTERN.test(input)) throw new AppError('file-missing', { path: input })
    const found = globSync(input).filter((file) => statSync(file).isFile())
    if (found.length === 0) throw new AppError('file-missing', { path: input })
    return found.sort(byNumber)
  })
  const seen = new Set<string>()
  return files.filter((file) => {
    const key = path.resolve(file)
    return !seen.has(key) && seen.add(key)
  })
}

function imagesOfFolder(folder: string): string[] {
  const own = imageFilesIn(folder)
  const found = own.length > 0 ? own : subfolders(folder).flatMap((sub) => imagesBelow(sub))
  if (found.length === 0) throw new AppError('nothing-to-import', { path: folder })
  return found
}

/** Below a folder of folders, `masks` and `labels` are not images to import (DSB2018 keeps them beside `images`). */
function imagesBelow(folder: string): string[] {
  if (/^(masks?|labels?|annotations?)$/i.test(path.basename(folder))) return []
  const images = subfolders(folder).find((sub) => /^images?$/i.test(path.basename(sub)))
  if (images) return imageFilesIn(images)
  return [...imageFilesIn(folder), ...subfolders(folder).flatMap(imagesBelow)]
}

/** Image files (and vendor files, which will be refused by name) directly in a folder, in numeric order. */
export const imageFilesIn = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .filter((entry) => IMAGE.test(entry.name) || VENDOR.test(entry.name))
    .map((entry) => path.join(folder, entry.name))
    .sort(byNumber)

/** Folders directly in a folder, in numeric order. */
export const subfolders = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => path.join(folder, entry.name))
    .sort(byNumber)
