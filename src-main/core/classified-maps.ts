/** Reads what an evaluation of classes compares: label images with a class for each object, images of classes, probabilities. */
import { componentsOfEqualValues } from '../../src-shared/components.ts'
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId, LABEL, largestId } from '../../src-shared/labels.ts'
import { likeliestClasses } from '../../src-shared/objects-classes.ts'
import type { ClassifiedMap } from '../../src-shared/scores/evaluate-classes.ts'
import { inspect, readWholePlane } from '../imaging/import-pixels.ts'
import { greyValues, wholeValues } from '../imaging/mask-values.ts'
import { readClassNames, UNKNOWN_CLASS } from './class-images.ts'
import { labelsWithSidecar, planeOf, readSidecar } from './label-sidecar.ts'
import { readObjectClasses } from './object-table.ts'

/** A plane of a file; class `UNKNOWN_CLASS` where nothing is known. */
export interface ClassifiedFile {
  width: number
  height: number
  planes: ClassifiedMap[]
}

/** More are ids of objects and no classes. */
const MOST_CLASSES = 100

/** Indices of class names in the order they are met; files that name the same classes agree. */
export class ClassNames {
  readonly names = ['background']

  /** Names as an import understands them: background and boundary are 0. */
  indexOf(name: string): number {
    if (name === 'background' || name === 'boundary') return 0
    if (name === 'ignore' || name === 'unpainted') return UNKNOWN_CLASS
    const known = this.names.indexOf(name)
    return known >= 0 ? known : this.names.push(name) - 1
  }
}

/** Whether each object of a label image has a class: by the table or the file of an export beside it. */
const hasClassOfObjects = (labelImage: string): boolean =>
  isLabelImage(labelImage) && (readObjectClasses(labelImage) ?? readSidecar(labelImage)) !== undefined
const isLabelImage = (file: string): boolean => !/_(classes|probabilities)\.[^.]+$/i.test(file)

/** Whether something beside a file says what its values mean. */
export const isExplained = (file: string): boolean => hasClassOfObjects(file) || readClassNames(file) !== undefined

/**
 * Reads a file: values by `map` where it is given, else by what lies beside the file (`NAME_labels.json` of an
 * export, `NAME_objects.csv` of a prediction, `NAME_classes.json`), else each value but 0 is a class called by its number.
 * What the map does not name is unknown, or with `isAllNamed` an error. Errors: 'file-missing', 'image-*', 'mask-invalid'.
 */
export async function readClassified(
  file: string,
  classes: ClassNames,
  map?: ReadonlyMap<number, string>,
  { isAllNamed = false }: { isAllNamed?: boolean } = {},
): Promise<ClassifiedFile> {
  const { width, height, pages } = await inspect(file)
  const read =
    map || !isLabelImage(file) ? undefined : (labelsOfExport(file, classes) ?? labelsWithTable(file, classes))
  const valueNames = map ?? readClassNames(file)
  for (const name of valueNames?.values() ?? []) classes.indexOf(name) // in the order of the map, not of the pixels
  const planes: ClassifiedMap[] = []
  for (let page = 0; page < pages; page++) {
    const pixels = await readWholePlane(file, page, { asIndices: true })
    const values = wholeValues(greyValues(pixels, file), file)
    if (isAllNamed && !read && valueNames) requireNamed(values, valueNames, file)
    planes.push(read ? read(values, page) : byValue(values, { file, width, height }, classes, valueNames))
  }
  return { width, height, planes }
}

/** The likeliest class of each pixel of probabilities, channel 0 background. Errors: as above. */
export async function readLikeliestClasses(
  file: string,
  classes: ClassNames,
  map?: ReadonlyMap<number, string>,
): Promise<ClassifiedFile> {
  const { width, height, pages, channels } = await inspect(file)
  if (channels < 2) throw new AppError('mask-invalid', { path: file, reason: 'it has one channel, not one a class' })
  const names = readClassNames(file) ?? map
  const planes: ClassifiedMap[] = []
  for (let page = 0; page < pages; page++) {
    const { data } = await readWholePlane(file, page)
    const values = Uint32Array.from(likeliestClasses(data, channels, 0))
    if (names) requireNamed(values, names, file)
    planes.push(byValue(values, { file, width, height }, classes, names))
  }
  return { width, height, planes }
}

/** A prediction is of named classes: taken for unknown, what it found would count as background. Errors: 'mask-invalid'. */
function requireNamed(values: Uint32Array, names: ReadonlyMap<number, string>, file: string): void {
  const stranger = values.find((value) => value !== 0 && !names.has(value))
  if (stranger === undefined) return
  const reason = `nothing says which class its value ${stranger} is; name it in --map, or keep the files beside it that predict writes, NAME_objects.csv and NAME_classes.json`
  throw new AppError('mask-invalid', { path: file, reason })
}

type ReadPage = (values: Uint32Array, page: number) => ClassifiedMap

/** A label image that was exported from a project. */
function labelsOfExport(file: string, classes: ClassNames): ReadPage | undefined {
  const sidecar = readSidecar(file)
  if (!sidecar) return undefined
  const classOf = new Map(sidecar.objects.map((object) => [object.id, classes.indexOf(object.class)]))
  return (values, page) => {
    const plane = planeOf(sidecar, file, page)
    const unpainted = plane.isComplete ? 0 : UNKNOWN_CLASS
    const labels = labelsWithSidecar(values, plane, sidecar, file)
    const codes = new Map<number, number>([
      [LABEL.unpainted, unpainted],
      [LABEL.ignore, UNKNOWN_CLASS],
    ])
    return {
      classes: Uint8Array.from(labels, (label) => classOf.get(label) ?? codes.get(label) ?? 0),
      objects: labels.map((label) => (isObjectId(label) ? label : 0)),
      classOf: (id) => classOf.get(id)!,
    }
  }
}

/** A label image with a table of its objects: what is no object is background. */
function labelsWithTable(file: string, classes: ClassNames): ReadPage | undefined {
  const table = readObjectClasses(file)
  if (!table) return undefined
  const classOf = new Map([...table].map(([object, name]) => [object, classes.indexOf(name)]))
  return (values) => {
    const stranger = values.find((value) => value !== 0 && !classOf.has(value))
    if (stranger !== undefined) {
      throw new AppError('mask-invalid', { path: file, reason: `its object ${stranger} is not in the table beside it` })
    }
    return {
      classes: Uint8Array.from(values, (value) => classOf.get(value) ?? 0),
      objects: values,
      classOf: (id) => classOf.get(id)!,
    }
  }
}

/** An image of classes: its objects are the 4-connected pieces of one class. */
function byValue(
  values: Uint32Array,
  { file, width, height }: { file: string; width: number; height: number },
  classes: ClassNames,
  names: ReadonlyMap<number, string> | undefined,
): ClassifiedMap {
  const different = [...new Set(values)].sort((a, b) => a - b)
  if (!names && different.length > MOST_CLASSES) {
    const reason = `it has ${different.length} values, which are no classes; a table ${file.replace(/(_labels)?\.[^.]+$/i, '')}_objects.csv or --map says what they are`
    throw new AppError('mask-invalid', { path: file, reason })
  }
  const nameOf = (value: number) =>
    names ? (names.get(value) ?? 'ignore') : value === 0 ? 'background' : String(value)
  const indexOf = new Map(different.map((value) => [value, classes.indexOf(nameOf(value))]))
  const map = Uint8Array.from(values, (value) => indexOf.get(value)!)
  const isKnown = map.map((index) => (index === UNKNOWN_CLASS ? 0 : index))
  const objects = componentsOfEqualValues(isKnown, width, height).labels
  const ofObject = new Uint8Array(largestId(objects) + 1)
  for (let at = 0; at < objects.length; at++) ofObject[objects[at]!] = isKnown[at]!
  return { classes: map, objects, classOf: (id) => ofObject[id]! }
}

/** Of an image of classes and a label image with the class of each object the latter, which tells touching objects apart. */
export function preferObjects(files: readonly string[], subjectOf: (file: string) => string): string[] {
  const groups = Map.groupBy(files, subjectOf)
  return [...groups.values()].flatMap((group) => {
    if (group.length < 2) return group
    const withClasses = group.filter(hasClassOfObjects)
    return withClasses.length > 0 ? withClasses : group
  })
}
