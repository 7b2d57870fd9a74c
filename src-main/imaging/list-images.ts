/** The files meant by what a user names: files, folders and patterns. */
import * as fs from 'node:fs'
import * as path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { isHidden, meantForImages } from '../../src-shared/image-folders.ts'
import { asReadError } from '../files/file-errors.ts'
import { isImageName } from './open.ts'

const NATURAL = new Intl.Collator('en', { numeric: true, sensitivity: 'variant' })

/** Orders names as people do: 2 before 10; folders compare part by part. */
export function compareNaturally(one: string, other: string): number {
  const [a, b] = [one.normalize('NFC').split(path.sep), other.normalize('NFC').split(path.sep)]
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = NATURAL.compare(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return a.length - b.length || (one < other ? -1 : one > other ? 1 : 0)
}

/**
 * Image files in natural order, none twice. A folder stands for all images below it except hidden ones; of a folder that
 * has images of its own, folders of masks or labels are left out, and where it holds `images` beside such a folder only
 * `images` counts. A pattern (with *, ? or []) stands for the files it matches. Errors: 'file-missing', and
 * 'nothing-to-import' for what holds no image.
 */
export const listImages = (inputs: readonly string[]): string[] => list(inputs, true)

/** The same for masks: every folder counts. */
export const listMasks = (inputs: readonly string[]): string[] => list(inputs, false)

function list(inputs: readonly string[], isForImages: boolean): string[] {
  const found = new Set<string>()
  for (const input of inputs) {
    const files = filesOf(input, isForImages)
    if (files.length === 0) throw new AppError('nothing-to-import', { path: input })
    for (const file of files) found.add(file)
  }
  return [...found].sort(compareNaturally)
}

function filesOf(input: string, isForImages: boolean): string[] {
  const stat = fs.statSync(input, { throwIfNoEntry: false })
  if (stat?.isDirectory()) return filesBelow(input, isForImages)
  if (stat !== undefined) return [path.normalize(input)]
  const other = otherSpelling(input)
  if (other !== undefined) return [other]
  if (!/[*?[\]{}]/.test(input)) throw new AppError('file-missing', { path: input })
  return fs
    .globSync(input)
    .filter((name) => !isHidden(path.basename(name)))
    .flatMap((name) =>
      fs.statSync(name).isDirectory() ? filesBelow(name, isForImages) : isImageName(name) ? [name] : [],
    )
    .map((name) => path.normalize(name))
}

function filesBelow(folder: string, isForImages: boolean): string[] {
  let entries: fs.Dirent[]
  try {
    entries = fs.readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !isHidden(name))
  } catch (error) {
    throw asReadError(error, folder)
  }
  const isImage = (entry: fs.Dirent) => !entry.isDirectory() && isImageName(entry.name)
  const hasImages = entries.some(isImage)
  // Links are not followed: they could lead round in a circle.
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  const meant = isForImages ? meantForImages(folders, hasImages) : { isOwn: true, folders }
  const isMeant = new Set(meant.folders)
  return entries.flatMap((entry) => {
    const full = path.join(folder, entry.name)
    if (!entry.isDirectory()) return meant.isOwn && isImage(entry) ? [full] : []
    return isMeant.has(entry.name) ? filesBelow(full, isForImages) : []
  })
}

/** The file whose name is the same text in other code points: macOS stores é as two, keyboards send one. */
function otherSpelling(file: string): string | undefined {
  const folder = path.dirname(file)
  const wanted = path.basename(file).normalize('NFC')
  if (!fs.existsSync(folder)) return undefined
  const name = fs.readdirSync(folder).find((entry) => entry.normalize('NFC') === wanted)
  return name === undefined ? undefined : path.join(folder, name)
}
