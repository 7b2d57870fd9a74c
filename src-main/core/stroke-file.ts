/** Strokes from a JSON-lines file: parsed as a whole before the first is applied. */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { type Stroke, strokeSchema } from '../../src-shared/strokes/schema.ts'
import { asReadError } from '../files/file-errors.ts'

/** A stroke and the plane it is drawn on, where its line says so. */
export interface PlacedStroke {
  line: number
  stroke: Stroke
  z?: number
  t?: number
  layer?: string
}

const index = v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)))
const placeSchema = v.looseObject({ z: index, t: index, layer: v.optional(v.string()), class: v.optional(v.string()) })

/**
 * The strokes of a file. Beside what a stroke is (src-shared/strokes/schema.ts) a line may have `z`, `t` and `layer`,
 * and `class` with a class's name; without `id` it gets one from `idOf(line)`. Empty lines are left out.
 * Errors: 'file-missing', 'strokes-invalid' with the line.
 */
export function readStrokes(
  file: string,
  { classIdOf, idOf }: { classIdOf: (name: string) => number | undefined; idOf: (line: number) => string },
): PlacedStroke[] {
  return readText(file)
    .split('\n')
    .flatMap((text, at): PlacedStroke[] => {
      const line = at + 1
      if (text.trim() === '') return []
      const invalid = (reason: string) => new AppError('strokes-invalid', { path: file, line, reason })
      const parsed = v.safeParse(placeSchema, parsedJson(text, invalid))
      if (!parsed.success) throw invalid(reasonOf(parsed.issues[0]))
      const { z, t, layer, class: className, ...written } = parsed.output
      const classId = className === undefined ? undefined : classIdOf(className)
      if (className !== undefined && classId === undefined) throw invalid(`there is no class "${className}"`)
      const stroke = v.safeParse(strokeSchema, { id: idOf(line), ...written, ...(classId && { classId }) })
      if (!stroke.success) throw invalid(reasonOf(stroke.issues[0]))
      return [{ line, stroke: stroke.output, z, t, layer }]
    })
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw asReadError(error, file)
  }
}

function parsedJson(text: string, invalid: (reason: string) => AppError): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalid('it is not JSON')
  }
}

function reasonOf(issue: v.BaseIssue<unknown>): string {
  const where = v.getDotPath(issue)
  const message = issue.message.replace(/^Invalid \w+: /, '')
  return where === null ? message : `${where}: ${message}`
}
