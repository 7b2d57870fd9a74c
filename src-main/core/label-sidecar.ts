/**
 * What a label image cannot say, in a JSON file beside it: which of its zeros are painted background, boundary or to be
 * ignored (the rest is unpainted), and what is known of each object. With it an import gives back the same label map.
 */
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId, isTemporary, LABEL, largestId } from '../../src-shared/labels.ts'
import { fileBeside, planeInName } from '../imaging/file-names.ts'

const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
/** [start, length, start, length ...]: pixels row by row. */
const runs = v.pipe(
  v.array(whole),
  v.check((values) => values.length % 2 === 0, 'runs come in pairs'),
)
const objectId = v.pipe(whole, v.minValue(LABEL.firstObject), v.maxValue(0xffffffff))

const sidecarSchema = v.object({
  format: v.literal('cellbrush-labels 1'),
  /** The name of its file. */
  image: v.string(),
  /** Of that file; absent in older exports. */
  sha256: v.optional(v.string()),
  layer: v.string(),
  width: whole,
  height: whole,
  z: whole,
  t: whole,
  objects: v.array(
    v.object({
      /** In the label image. */
      value: whole,
      /** In the project; earlier releases have written temporary ones. */
      id: objectId,
      class: v.string(),
      origin: v.string(),
      state: v.picklist(['proposed', 'accepted', 'rejected']),
    }),
  ),
  planes: v.array(
    v.object({ z: whole, t: whole, isComplete: v.boolean(), background: runs, boundary: runs, ignore: runs }),
  ),
})
export type LabelSidecar = v.InferOutput<typeof sidecarSchema>
export type SidecarPlane = LabelSidecar['planes'][number]

const CODES = { background: LABEL.background, boundary: LABEL.boundary, ignore: LABEL.ignore } as const

/** Where a label map has the codes that are no objects: told of its rows from the top, some at a time. */
export class CodeRuns {
  readonly runs: Record<keyof typeof CODES, number[]> = { background: [], boundary: [], ignore: [] }
  readonly #byCode = new Map<number, number[]>(
    Object.entries(CODES).map(([name, code]) => [code, this.runs[name as keyof typeof CODES]]),
  )
  #before = 0

  add(labels: Uint32Array): void {
    for (let at = 0; at < labels.length; ) {
      const label = labels[at]!
      const start = at
      while (at < labels.length && labels[at] === label) at++
      if (label === LABEL.unpainted || isObjectId(label)) continue
      const runs = this.#byCode.get(label)
      if (runs) addRun(runs, this.#before + start, at - start)
    }
    this.#before += labels.length
  }
}

/** A run that goes on from the one before, in rows told of earlier, is one with it. */
function addRun(runs: number[], start: number, length: number): void {
  const isContinued = runs.length > 0 && runs.at(-2)! + runs.at(-1)! === start
  if (isContinued) runs[runs.length - 1]! += length
  else runs.push(start, length)
}

/** Where a whole label map has the codes that are no objects. */
export function codeRuns(labels: Uint32Array): CodeRuns['runs'] {
  const found = new CodeRuns()
  found.add(labels)
  return found.runs
}

/** `NAME_labels.json` beside a label image or its stack; undefined where there is none. */
export const sidecarFileOf = (labelImage: string): string | undefined =>
  fileBeside(labelImage, /_labels\.(tiff?|png)$/i, '_labels.json')

/** The sidecar of a label image; undefined where there is none. Errors: 'mask-invalid'. */
export function readSidecar(labelImage: string): LabelSidecar | undefined {
  const file = sidecarFileOf(labelImage)
  if (file === undefined) return undefined
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), sidecarSchema), readFileSync(file, 'utf8'))
  if (read.success) return withRealIds(read.output)
  throw new AppError('mask-invalid', { path: file, reason: `it is damaged: ${read.issues[0].message}` })
}

/** An object with a temporary id, which no object of a project may have, gets the next one after the last real id. */
function withRealIds(sidecar: LabelSidecar): LabelSidecar {
  const real = sidecar.objects.flatMap(({ id }) => (isTemporary(id) ? [] : [id]))
  let last = largestId(Uint32Array.from([LABEL.firstObject - 1, ...real]))
  const objects = sidecar.objects.map((object) => (isTemporary(object.id) ? { ...object, id: ++last } : object))
  return { ...sidecar, objects }
}

/**
 * The label map that a plane of the label image `file` and its sidecar stand for: ids of the project, codes, 0 unpainted.
 * Errors: 'mask-invalid' where the image has an object that the sidecar does not list.
 */
export function labelsWithSidecar(
  values: ArrayLike<number>,
  plane: SidecarPlane,
  sidecar: LabelSidecar,
  file: string,
): Uint32Array {
  const idOf = new Map(sidecar.objects.map(({ value, id }) => [value, id]))
  const labels = new Uint32Array(values.length)
  for (let at = 0; at < labels.length; at++) {
    if (values[at] !== 0) labels[at] = idOf.get(values[at]!) ?? notListed(values[at]!, file)
  }
  for (const [name, code] of Object.entries(CODES)) {
    const list = plane[name as keyof typeof CODES]
    for (let run = 0; run < list.length; run += 2) {
      for (let at = list[run]!; at < list[run]! + list[run + 1]! && at < labels.length; at++) {
        if (labels[at] === LABEL.unpainted) labels[at] = code
      }
    }
  }
  return labels
}

function notListed(value: number, path: string): never {
  const reason = `the JSON file beside it knows no object ${value}; take it away if it was written with other labels`
  throw new AppError('mask-invalid', { path, reason })
}

/**
 * The plane that a page of a label image is about; PNGs have one each and its place in their name. Errors:
 * 'mask-invalid'.
 */
export function planeOf({ planes }: LabelSidecar, file: string, page: number): SidecarPlane {
  const place = planes.length > 1 && /\.png$/i.test(file) ? planeInName(file) : undefined
  const plane = place ? planes.find(({ z, t }) => z === place.z && t === place.t) : planes[page]
  if (plane) return plane
  throw new AppError('mask-invalid', { path: file, reason: 'the file beside it does not know all of its planes' })
}
