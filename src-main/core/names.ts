/** How files that belong together are recognised by their names: an image, its mask, its prediction. */
import path from 'node:path'
import { AppError } from '../../src-shared/errors.ts'

/** What programs append to an image's name when they write a mask or a prediction of it. */
const SUFFIX =
  /[ ._-](labels?|masks?|cp_masks|seg|segmentation|gt|truth|groundtruth|probabilit(?:y|ies)|prediction|annotation|objects?|instances?|classes)$/i
const PREFIX = /^(labels?|masks?|seg|gt)[ ._-]/i

/** A file's name without folder and ending: "a/B 1.ome.tif" -> "B 1". */
export const stemOf = (file: string): string =>
  path
    .basename(file)
    .normalize('NFC')
    .replace(/(\.ome)?\.[^.]+$/i, '')

/** The stem without what a program added to tell that it is a mask: "cells_labels.tif" -> "cells". */
export function subjectOf(file: string): string {
  let stem = stemOf(file)
  for (let before = ''; before !== stem; ) {
    before = stem
    stem = stem.replace(SUFFIX, '')
  }
  const bare = stem.replace(PREFIX, '')
  return bare.length > 0 ? bare : stem
}

/**
 * The candidate that belongs to each subject, by the first rule that finds exactly one: the same stem, the same stem but
 * for case, the same name without mask words, the same but for leading zeros of numbers ("slice007" and "slice7").
 * Undefined where none or several are found.
 */
export function matchByName(subjects: readonly string[], candidates: readonly string[]): (string | undefined)[] {
  const rules: ((file: string) => string)[] = [
    stemOf,
    (file) => stemOf(file).toLowerCase(),
    (file) => subjectOf(file).toLowerCase(),
    (file) =>
      subjectOf(file)
        .toLowerCase()
        .replace(/\d+/g, (digits) => String(BigInt(digits))),
  ]
  const tables = rules.map((rule) => Map.groupBy(candidates, rule))
  return subjects.map((subject) => {
    for (const [index, rule] of rules.entries()) {
      const found = tables[index]!.get(rule(subject))
      if (found?.length === 1) return found[0]
    }
    return undefined
  })
}

/**
 * Output names for input files, without ending: their stems; where two inputs share a stem the folder's name goes in
 * front, and a number behind where even that is shared. Compared without case, for disks that do not tell it.
 */
export function outputNames(files: readonly string[]): string[] {
  const taken = new Set<string>()
  const count = Map.groupBy(files, (file) => stemOf(file).toLowerCase())
  return files.map((file) => {
    const stem = stemOf(file)
    const isShared = count.get(stem.toLowerCase())!.length > 1
    const base = isShared ? `${path.basename(path.dirname(path.resolve(file))) || 'root'}_${stem}` : stem
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
