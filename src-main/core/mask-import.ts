/** Masks made elsewhere, or exported from here, as the annotation of an image. */
import { AppError } from '../../src-shared/errors.ts'
import { LABEL, type LabelMap } from '../../src-shared/labels.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import type { ImageInfo } from '../imaging/image-info.ts'
import { inspect, readWholePlane } from '../imaging/import-pixels.ts'
import { greyValues, OneColour } from '../imaging/mask-values.ts'
import { type Mask, type MaskKind, readMask } from '../imaging/masks.ts'
import type { MaskMatch } from '../imaging/match-masks.ts'
import type { ImageRecord, ProjectStore, ReadyMaps } from '../store/index.ts'
import { classColour } from './class-colours.ts'
import { readClassNames } from './class-images.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'
import { type LabelSidecar, labelsWithSidecar, planeOf, readSidecar, type SidecarPlane } from './label-sidecar.ts'
import { readObjectClasses } from './object-table.ts'

export const MASK_KINDS = ['instances', 'binary', 'classes', 'colours', 'per-object'] as const satisfies MaskKind[]

/** How the person says masks are to be read. */
export interface MaskReading {
  /** Told from the file where left out. */
  maskKind?: MaskKind
  foreground?: number
  map?: ReadonlyMap<number, string>
}

/** A mask that fits its image, ready to be written. */
export interface ImportedMask {
  /** 'exported' for a label image with our sidecar. */
  kind: MaskKind | 'exported'
  /** A label map per plane, z fastest. */
  pages: Uint32Array[]
  /** Class of objects that have another than the project's first. */
  classNames: Map<number, string>
  /** Which planes the sidecar says are complete, and which not; absent: the request decides. */
  isComplete?: boolean[]
}

interface ImageOfMask {
  info: ImageInfo
  path: string
}

/** Reads the mask of one image. Errors: 'mask-size', 'mask-invalid', and those of reading an image. */
export type ReadMask = (image: ImageOfMask) => Promise<ImportedMask>

/** How one import reads its masks. */
interface Reading extends MaskReading {
  signal: AbortSignal
  /** What the values mean of stacks with the masks of all images, found out once for all of them. */
  kinds: Map<string, MaskKind>
}

/** How the masks of one import are read, each by what was found for its image; undefined where nothing was. */
export function maskReader(
  reading: MaskReading,
  signal: AbortSignal,
): (match: MaskMatch | undefined) => ReadMask | undefined {
  const own = { ...reading, signal, kinds: new Map() }
  return (match) =>
    match && (async (image) => (await readExported(match, image.info)) ?? (await readForeign(match, image, own)))
}

async function readForeign(match: MaskMatch, { info, path }: ImageOfMask, reading: Reading): Promise<ImportedMask> {
  const { masks, page } = match
  const { maskKind, foreground, signal } = reading
  const map = reading.map ?? namesBeside(masks, maskKind)
  const { kind, read } = maskKind ? { kind: maskKind } : await guessKind(match, info, { ...reading, map })
  const { width, height, pages } = info
  const mask: Mask = await readMask(masks, {
    kind,
    foreground,
    map,
    page,
    signal,
    read,
    image: { path, width, height, pages },
  })
  const classNames = mask.objectClasses ?? (kind === 'instances' ? classesOfTable(masks) : new Map<number, string>())
  return { kind, pages: mask.pages, classNames: map ? inOrderOf(map, classNames) : classNames }
}

/** New classes are added in the order in which the map names them, and not in that of the pixels. */
function inOrderOf(map: ReadonlyMap<number, string>, classNames: Map<number, string>): Map<number, string> {
  const order = [...map.values()]
  return new Map([...classNames].sort(([, a], [, b]) => order.indexOf(a) - order.indexOf(b)))
}

/** What the values mean of an image of classes that we wrote, where nothing else is said. */
const namesBeside = (masks: readonly string[], kind: MaskKind | undefined): ReadonlyMap<number, string> | undefined =>
  masks.length > 0 && (kind ?? 'classes') === 'classes' ? readClassNames(masks[0]!) : undefined

/** Classes by object id, from the table beside an instance mask: its values are the ids before `firstObject`. */
const classesOfTable = (masks: readonly string[]): Map<number, string> =>
  new Map([...(readObjectClasses(masks[0]!) ?? [])].map(([value, name]) => [value + LABEL.firstObject - 1, name]))

/** What a mask is, and the first of its pages where those were read to tell. */
interface Guess {
  kind: MaskKind
  read?: Pixels[]
}

/** What a mask is by what it holds: colours, one value, several values, or a file per object. */
async function guessKind(
  { masks, page }: MaskMatch,
  info: ImageInfo,
  { foreground, map, signal, kinds }: Reading,
): Promise<Guess> {
  const [first] = masks as [string]
  if (map !== undefined) return { kind: 'classes' }
  await requireExactValues(first)
  if (readObjectClasses(first) !== undefined) return { kind: 'instances' }
  if (masks.length > 1 && info.pages === 1) return { kind: 'per-object' }
  if (foreground !== undefined) return { kind: 'binary' }
  if (page === undefined) {
    const read: Pixels[] = []
    const kind = await kindByValues(masks, signal, (pixels) => read.push(pixels))
    return { kind, ...(kind === 'instances' ? {} : { read }) } // ids are read otherwise: as the indices of a palette
  }
  const kind = kinds.get(first) ?? (await kindByValues(masks, signal))
  kinds.set(first, kind)
  return { kind }
}

/** Reads page by page until two objects are told apart by their values: of a stack the first pages may be empty. */
async function kindByValues(
  masks: readonly string[],
  signal: AbortSignal,
  onRead: (pixels: Pixels) => void = () => {},
): Promise<MaskKind> {
  const one = new OneColour()
  for (const mask of masks) {
    const { pages } = await inspect(mask, { signal })
    for (let page = 0; page < pages; page++) {
      const pixels = await readWholePlane(mask, page, { signal })
      onRead(pixels)
      if (!one.holds(pixels)) return isGrey(pixels, mask) ? 'instances' : 'colours'
    }
  }
  return 'binary'
}

/** Values beside edges and in them are others after a JPEG: nothing is told from them. */
async function requireExactValues(mask: string): Promise<void> {
  if ((await inspect(mask)).format !== 'jpeg') return
  throw new AppError('mask-invalid', { path: mask, reason: 'JPEG changes values; save the mask as PNG or TIFF' })
}

/** Whether an image's colours are all greys, so that its values can be ids. */
export function isGrey(pixels: Pixels, file: string): boolean {
  try {
    greyValues(pixels, file)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'mask-invalid') return false
    throw error
  }
}

/** A label image that we exported ourselves, with its sidecar; undefined for all others. */
async function readExported({ masks }: MaskMatch, info: ImageInfo): Promise<ImportedMask | undefined> {
  const sidecar = masks.length === 0 ? undefined : readSidecar(masks[0]!)
  if (sidecar === undefined) return undefined
  const found = `${sidecar.width} x ${sidecar.height} x ${sidecar.planes.length}`
  const expected = `${info.width} x ${info.height} x ${info.z * info.t}`
  if (found !== expected) throw new AppError('mask-size', { path: masks[0]!, found, image: sidecar.image, expected })
  const labelsOf = await readPlanes(masks, sidecar)
  const pages = sidecar.planes.map((plane) => {
    const labels = labelsOf.get(plane)
    if (labels) return labels
    throw new AppError('mask-invalid', { path: masks[0]!, reason: `${placeText(plane)} is missing beside it` })
  })
  const isComplete = sidecar.planes.map((plane) => plane.isComplete)
  return { kind: 'exported', pages, classNames: classesOf(sidecar), isComplete }
}

/** The label map of each plane that the files hold, in whatever order they come. */
async function readPlanes(masks: readonly string[], sidecar: LabelSidecar): Promise<Map<SidecarPlane, Uint32Array>> {
  const labelsOf = new Map<SidecarPlane, Uint32Array>()
  const expected = `${sidecar.width} x ${sidecar.height}`
  for (const file of masks) {
    const { width, height, pages } = await inspect(file)
    const found = `${width} x ${height}`
    if (found !== expected) throw new AppError('mask-size', { path: file, found, image: sidecar.image, expected })
    for (let page = 0; page < pages; page++) {
      const plane = planeOf(sidecar, file, page)
      if (labelsOf.has(plane)) {
        throw new AppError('mask-invalid', { path: file, reason: `${placeText(plane)} is in another file as well` })
      }
      const { data } = await readWholePlane(file, page)
      labelsOf.set(plane, labelsWithSidecar(data, plane, sidecar, file))
    }
  }
  return labelsOf
}

const placeText = ({ z, t }: SidecarPlane): string => `plane z ${z}, t ${t}`

const classesOf = ({ objects }: LabelSidecar): Map<number, string> =>
  new Map(objects.map((object) => [object.id, object.class]))

/** How long strokes wait at a time while masks are made ready. */
const TURN_MS = 16

/**
 * Stores the planes of a mask, unseen, in turns, and lets `write` put them in place; when it is stopped or `write` fails,
 * nothing is left of them. Throws `Stopped`.
 */
export async function withReadyMaps<Result>(
  store: ProjectStore,
  maps: readonly LabelMap[],
  job: Job,
  write: (ready: ReadyMaps) => Result,
): Promise<Result> {
  const ready = store.labels.readyMaps(maps)
  try {
    while (ready.prepare(TURN_MS)) {
      await letOthersWork()
      throwIfStopped(job)
    }
    return write(ready)
  } catch (error) {
    while (ready.abandon(TURN_MS)) await letOthersWork()
    throw error
  }
}

/** Throws 'too-many-classes' where no network could tell the project's classes apart with those of the mask. */
export function requireClassRoom({ classes }: ProjectStore, { classNames }: ImportedMask, ready: ReadyMaps): void {
  classes.requireRoom([...new Set(classNames.values())], areNamed(ready, classNames))
}

/** Each object has a class, so that none needs the one that a project starts with. */
const areNamed = ({ objectIds }: ReadyMaps, classNames: ReadonlyMap<number, string>): boolean =>
  [...objectIds].every((id) => classNames.has(id))

/** Writes the mask as one undoable action in place of what was painted; answers the number of objects. */
export function writeMask(
  store: ProjectStore,
  image: ImageRecord,
  { pages, classNames, isComplete }: ImportedMask,
  ready: ReadyMaps,
  target: { layer: string; isComplete: boolean },
): number {
  const ids = ready.objectIds
  if (areNamed(ready, classNames)) store.classes.giveWay([...new Set(classNames.values())])
  const classOf = classIds(store, classNames)
  const planes = Array.from(pages, (_, page) => {
    return { imageId: image.id, layer: target.layer, z: page % image.z, t: Math.floor(page / image.z) }
  })
  store.labels.step(image.id, target.layer, 'import', (step) => {
    step.putMaps(planes, ready, { origin: 'import', classOf })
    // Of what was there before nothing is left.
    for (const [page, plane] of planes.entries()) step.setComplete(plane, isComplete?.[page] ?? target.isComplete)
    // Where the pixels are as they were, nothing has appeared that would have got its class.
    for (const id of ids) if (classNames.has(id)) step.setClass(id, classOf(id))
  })
  return ids.size
}

/** Class ids of objects; classes that the project does not have yet are added. */
function classIds(store: ProjectStore, classNames: ReadonlyMap<number, string>): (objectId: number) => number {
  for (const name of new Set(classNames.values())) {
    if (store.classes.find(name) === undefined) store.classes.add(name, classColour(store.classes.list().length))
  }
  const classes = store.classes.list()
  const idOf = new Map(classes.map(({ name, id }) => [name, id]))
  return (objectId) => idOf.get(classNames.get(objectId) ?? '') ?? classes[0]!.id
}
