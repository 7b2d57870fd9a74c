/** The images of a study: found below the data root, divided into those that are annotated and those predicted. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../../src-shared/errors.ts'
import { Random } from '../../../src-shared/random.ts'
import { listImages, listMasks } from '../../imaging/list-images.ts'
import { parseValueMap } from '../../imaging/mask-values.ts'
import { ClassNames } from '../classified-maps.ts'
import type { MaskReading } from '../mask-import.ts'
import { matchByName, matchesPattern, stemOf } from '../names.ts'
import type { Cell } from './cells.ts'
import type { Split, Study, StudyData } from './study-file.ts'

/** Where data are looked for when neither --data nor CELLBRUSH_DATA says it. */
const USUAL_ROOT = path.join('..', 'shared', 'data')

/** The folder with the data, as it was named: an argument, the environment, or the usual place. */
export const dataRoot = (named: string | undefined): string => named ?? process.env.CELLBRUSH_DATA ?? USUAL_ROOT

export interface SplitImages {
  /** Files, in natural order. */
  train: string[]
  test: string[]
  /** Folder of true masks, each named like its image. */
  truth: string
  data: StudyData
}

/**
 * The images of a cell, each of which has a true mask. A seed draws which of the annotated images are used where the split
 * wants only some. True masks that are not named like their images are copied into `out`. Errors: 'study-data-missing',
 * 'study-invalid'.
 */
export function imagesOf(study: Study, root: string, { split, seed }: Omit<Cell, 'arm'>, out: string): SplitImages {
  const data = study.data[split.data]!
  const files = filesOf(root, data, study.name)
  const matching = (pattern: string) => files.filter((file) => matchesPattern(path.basename(file), pattern))
  const [annotated, test] = [matching(split.train), matching(split.test)]
  const train = split.count === undefined ? annotated : drawn(annotated, split.count, seed)
  const reason = unusable(annotated, test, split)
  if (reason !== undefined) throw new AppError('study-invalid', { path: study.name, reason })
  const staging = path.join(out, 'truth', split.data)
  const truth = truthFolder(root, data, [...annotated, ...test], staging, study.name)
  return { train, test, truth, data }
}

/** What the values of a truth of classes mean; undefined for others. */
export const valueMapOf = ({ map }: StudyData): ReadonlyMap<number, string> | undefined =>
  map === undefined ? undefined : parseValueMap(map)

/** How the true masks are read. */
export const readingOf = (data: StudyData): MaskReading => {
  const map = valueMapOf(data)
  return { maskKind: map ? 'classes' : data.maskKind, foreground: data.foreground, ...(map && { map }) }
}

/** The classes of the objects, in the order of the map; one called "cell" where the truth has no classes. */
export function classNamesOf(data: StudyData): string[] {
  const known = new ClassNames()
  for (const name of valueMapOf(data)?.values() ?? ['cell']) known.indexOf(name)
  return known.names.slice(1)
}

/** All splits must have their images before the first hour is spent. Errors: as `imagesOf`. */
export function requireData(study: Study, root: string, cells: readonly Cell[], out: string): void {
  const splits = new Map(cells.map((cell) => [cell.split.name, cell]))
  for (const cell of splits.values()) imagesOf(study, root, cell, out)
}

function filesOf(root: string, data: StudyData, study: string): string[] {
  try {
    return listImages([path.join(root, data.images)])
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    throw missing(path.join(root, data.images), study)
  }
}

const missing = (file: string, study: string): AppError => new AppError('study-data-missing', { path: file, study })

function unusable(train: string[], test: string[], { name, count }: Split): string | undefined {
  if (train.length === 0) return `split ${name} annotates no image`
  if (test.length === 0) return `split ${name} predicts no image`
  const both = train.find((file) => test.includes(file))
  if (both !== undefined) return `split ${name} both annotates and predicts ${path.basename(both)}`
  if (count !== undefined && count > train.length) {
    return `split ${name} wants ${count} annotated images and has ${train.length}`
  }
  return undefined
}

/** `count` of the files, all choices equally likely, in their order. More of one seed contain fewer of it. */
export function drawn(files: readonly string[], count: number, seed: number): string[] {
  const random = new Random(seed, 0, 0x5d)
  const keyed = files.map((file) => ({ file, key: random.uniform() }))
  const chosen = new Set(
    keyed
      .toSorted((a, b) => a.key - b.key)
      .slice(0, count)
      .map(({ file }) => file),
  )
  return files.filter((file) => chosen.has(file))
}

function truthFolder(root: string, data: StudyData, files: string[], staging: string, study: string): string {
  const written = path.join(root, data.truth)
  if (!data.truth.includes('{name}')) {
    requireMasks(files, written, study)
    return written
  }
  mkdirSync(staging, { recursive: true })
  for (const file of files) {
    const source = truthFileOf(root, data, file)
    if (!existsSync(source)) throw missing(source, study)
    const copy = path.join(staging, `${stemOf(file)}${path.extname(source)}`)
    if (!existsSync(copy)) copyFileSync(source, copy)
  }
  return staging
}

/** An image without a true mask would teach nothing, or not be scored, without a word. */
function requireMasks(files: string[], folder: string, study: string): void {
  if (!existsSync(folder)) throw missing(folder, study)
  const masks = matchByName(files, listMasks([folder]))
  const bare = files.find((_, index) => masks[index] === undefined)
  if (bare !== undefined) throw missing(path.join(folder, `${stemOf(bare)}.*`), study)
}

/** The true mask of one image, where each has a folder of its own. */
const truthFileOf = (root: string, data: StudyData, file: string): string =>
  path.join(root, data.truth.replaceAll('{name}', stemOf(file)))
