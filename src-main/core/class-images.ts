/**
 * Images of classes: one value a pixel, 0 background, 1, 2 ... the classes, 254 what nobody has painted and 255 what is
 * not to be known; beside each a `NAME_classes.json` that names the values, so that an import and an evaluation know them. It names the channels of
 * `NAME_probabilities.tif`, too.
 */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { fileBeside } from '../imaging/file-names.ts'
import { writeFileDurably } from '../store/index.ts'
import { writePngPages, writeTiffPages } from './page-images.ts'
import type { ImageOfOutput } from './prediction-files.ts'
import type { PageRows } from './rows.ts'

/** Painted as not to be known. A network has 32 classes at most. */
export const UNKNOWN_CLASS = 255
/** Where nobody has painted. */
export const UNPAINTED_CLASS = 254

const sidecarSchema = v.object({
  format: v.literal('cellbrush-classes 1'),
  values: v.array(v.object({ value: v.pipe(v.number(), v.integer(), v.minValue(0)), name: v.string() })),
})

/**
 * Writes all pages as `BASE_classes.tif`, or a PNG a page, and the names; answers the files. They appear together, when
 * all pages are written. Errors: 'disk-full', 'not-writable'; throws `Stopped`.
 */
export async function writeClassImages(
  base: string,
  format: 'tiff' | 'png',
  info: ImageOfOutput,
  classNames: readonly string[],
  pages: readonly PageRows<Uint8Array>[],
): Promise<string[]> {
  const tiff = `${base}_classes.tif`
  if (format === 'png')
    return [...(await writePngPages(base, 'classes', info, 8, pages)), writeClassNames(base, classNames)]
  await writeTiffPages(tiff, info, { sampleType: 'uint8' }, pages)
  return [tiff, writeClassNames(base, classNames)]
}

/** Writes `BASE_classes.json`; answers the file. `classNames` has background first; its places are the values. */
export function writeClassNames(base: string, classNames: readonly string[]): string {
  const file = `${base}_classes.json`
  const values = classNames.map((name, value) => ({ value, name: value === 0 ? 'background' : name }))
  const unknown = [
    { value: UNPAINTED_CLASS, name: 'unpainted' },
    { value: UNKNOWN_CLASS, name: 'ignore' },
  ]
  writeFileDurably(file, `${JSON.stringify({ format: 'cellbrush-classes 1', values: [...values, ...unknown] })}\n`)
  return file
}

/**
 * What the values of an image of classes mean, from the file beside it: class names, "background", "unpainted" and
 * "ignore" as an import understands them. Undefined where there is none. Errors: 'mask-invalid'.
 */
export function readClassNames(classImage: string): Map<number, string> | undefined {
  const file = fileBeside(classImage, /_(classes|probabilities)\.(tiff?|png)$/i, '_classes.json')
  if (file === undefined) return undefined
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), sidecarSchema), readFileSync(file, 'utf8'))
  if (!read.success) {
    throw new AppError('mask-invalid', { path: file, reason: `it is damaged: ${read.issues[0].message}` })
  }
  return new Map(read.output.values.map(({ value, name }) => [value, name]))
}
