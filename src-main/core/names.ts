/** Names of outputs, and patterns that choose images by their names. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { stemOf } from '../imaging/file-names.ts'

export { matchByName, matchPredictions, stemOf, subjectOf } from '../imaging/file-names.ts'

const folderName = (file: string): string => path.basename(path.dirname(path.resolve(file))) || 'root'

/**
 * Output names for input files, without ending: their stems; where two inputs share a stem the folder's name (or what
 * `prefixOf` says of each) goes in front, and a number behind where even that is shared. Compared without case, for disks
 * that do not tell it.
 */
export function outputNames(
  files: readonly string[],
  prefixOf: (file: string, index: number) => string | number = folderName,
): string[] {
  const taken = new Set<string>()
  const count = Map.groupBy(files, (file) => stemOf(file).toLowerCase())
  return files.map((file, index) => {
    const stem = stemOf(file)
    const isShared = count.get(stem.toLowerCase())!.length > 1
    const base = isShared ? `${prefixOf(file, index)}_${stem}` : stem
    let name = base
    for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${base}_${n}`
    taken.add(name.toLowerCase())
    return name
  })
}

/**
 * True when an image's name, with or without its ending, matches a pattern of `*`, `?`, `[0-4]` and commas between
 * alternatives: "0*,slice[1-3].png"; without case.
 */
export function matchesPattern(name: string, pattern: string): boolean {
  return pattern.split(',').some((alternative) => {
    const expression = patternExpression(alternative.trim())
    return expression.test(name) || expression.test(stemOf(name))
  })
}

function patternExpression(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
    .replaceAll('[!', '[^')
  try {
    return new RegExp(`^${source}$`, 'iu')
  } catch {
    throw new AppError('usage', { reason: `"${pattern}" is not a pattern; use *, ? and [0-9].` })
  }
}
