/** A table of the objects of a label image, `NAME_objects.csv`: which class each has, how large it is and where. */
import { readFileSync } from 'node:fs'
import { AppError } from '../../src-shared/errors.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import { fileBeside } from '../imaging/file-names.ts'
import { writeFileDurably } from '../store/index.ts'

export interface ObjectRow {
  /** Its value in the label image. */
  object: number
  class: string
  z: number
  t: number
  areaPx: number
  /** Mean of its pixel centres; the centre of the first pixel is 0, 0. */
  centroidPx: { x: number; y: number }
}

/** The objects of one plane in the order of their ids, which are 1..n plus `offset` in the label image. */
export function objectRows(
  labels: Uint32Array,
  width: number,
  { classOf, offset, z, t }: { classOf: (id: number) => string; offset: number; z: number; t: number },
): ObjectRow[] {
  const sums: { px: number; x: number; y: number }[] = []
  for (let at = 0; at < labels.length; at++) {
    const id = labels[at]!
    if (id === 0) continue
    sums[id] ??= { px: 0, x: 0, y: 0 }
    const sum = sums[id]
    sum.px++
    sum.x += at % width
    sum.y += Math.floor(at / width)
  }
  return sums.flatMap(({ px, x, y }, id) => ({
    ...{ object: id + offset, class: classOf(id), z, t },
    areaPx: px,
    centroidPx: { x: x / px, y: y / px },
  }))
}

/** Writes the table; areas in µm² too where the pixel size is known. Errors: 'disk-full', 'not-writable'. */
export function writeObjectTable(file: string, rows: readonly ObjectRow[], pixelSizeUm?: PixelSizeUm): void {
  const head = ['object', 'class', 'z', 't', 'area_px', 'centroid_x_px', 'centroid_y_px']
  const lines = rows.map((row) => [
    row.object,
    quoted(row.class),
    row.z,
    row.t,
    row.areaPx,
    rounded(row.centroidPx.x),
    rounded(row.centroidPx.y),
    ...(pixelSizeUm ? [digits(row.areaPx * pixelSizeUm.x * pixelSizeUm.y)] : []),
  ])
  const text = [[...head, ...(pixelSizeUm ? ['area_um2'] : [])], ...lines].map((cells) => cells.join(',')).join('\n')
  writeFileDurably(file, `${text}\n`)
}

const rounded = (value: number): number => Number(value.toFixed(4))
/** Six digits, not so many decimals: at 4 nm a pixel a vesicle has a thousandth of a square micrometre. */
const digits = (value: number): number => Number(value.toPrecision(6))
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/**
 * Class of each object by its value, out of `NAME_objects.csv` beside a label image `NAME_labels.tif`: any table with
 * columns "object" (or "id", "label", "value") and "class". Undefined where there is none. Errors: 'mask-invalid'.
 */
export function readObjectClasses(labelImage: string): Map<number, string> | undefined {
  const ending = /([ ._-](labels?|masks?|instances?))?\.(ome\.)?[^.]+$/i
  const file = fileBeside(labelImage, ending, '_objects.csv')
  if (file === undefined) return undefined
  const [head = [], ...rows] = cellsOf(readFileSync(file, 'utf8'))
  const names = head.map((name) => name.trim().toLowerCase())
  const object = names.findIndex((name) => ['object', 'id', 'label', 'value'].includes(name))
  const ofClass = names.indexOf('class')
  if (object < 0 || ofClass < 0) {
    throw new AppError('mask-invalid', { path: file, reason: 'it has no columns called "object" and "class"' })
  }
  const classes = new Map<number, string>()
  for (const row of rows) {
    const [id, name] = [Number(row[object]), row[ofClass]?.trim()]
    if (!Number.isSafeInteger(id) || id < 1 || !name) {
      throw new AppError('mask-invalid', { path: file, reason: `one of its lines is "${row.join(',')}"` })
    }
    classes.set(id, name)
  }
  return classes
}

/** Cells of the lines that are not empty; a cell in quotes may hold commas and doubled quotes. */
function cellsOf(text: string): string[][] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  return lines
    .filter((line) => line.trim() !== '')
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, inQuotes, plain]) =>
        inQuotes === undefined ? plain! : inQuotes.replaceAll('""', '"'),
      ),
    )
}
