/** Masks made elsewhere, as label maps of this program (src-shared/labels.ts). */
import { type Components, componentsOfEqualValues, connectedComponents4 } from '../../src-shared/components.ts'
import { AppError } from '../../src-shared/errors.ts'
import { isTemporary, LABEL } from '../../src-shared/labels.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import { type DecodeOptions, inspect, readWholePlane } from './import-pixels.ts'
import { colourValues, greyValues, wholeValues } from './mask-values.ts'

/**
 * What the values of a mask mean. 'instances': each value above 0 is an object. 'binary': foreground or not, each
 * 4-connected piece an object. 'classes': each value is a class, by `map`. 'colours': each 4-connected piece of one
 * colour other than black is an object. 'per-object': each file is an object.
 */
export type MaskKind = 'instances' | 'binary' | 'classes' | 'colours' | 'per-object'

export interface MaskOptions extends Pick<DecodeOptions, 'signal'> {
  kind: MaskKind
  /** Of 'binary' and 'per-object': the one value that is foreground; without it everything but 0. */
  foreground?: number
  /** Of 'classes': the class of each value, or 'background', 'boundary', 'ignore'; other values stay unpainted. */
  map?: ReadonlyMap<number, string>
  /** The image that the mask must fit. */
  image?: { path: string; width: number; height: number; pages: number }
  /** Only this page of the file, from 0. */
  page?: number
  /** The first pages, where they have been read already; each is taken out as it is used. */
  read?: Pixels[]
}

export interface Mask {
  width: number
  height: number
  /** A label map for each page: 0 unpainted, 1 background, 2 boundary, 3 ignore, 16 and above objects. */
  pages: Uint32Array[]
  /** Class names of the objects of a mask of classes; ids are unique over all pages. */
  objectClasses?: Map<number, string>
}

const NAMED: Record<string, number> = {
  background: LABEL.background,
  boundary: LABEL.boundary,
  ignore: LABEL.ignore,
  unpainted: LABEL.unpainted,
}

/** A page while it is read: the pixels, where they come from, and the first object id that is free. */
interface Page {
  path: string
  pixels: Pixels
  nextId: number
}

interface PageLabels {
  labels: Uint32Array
  nextId: number
  classes?: Map<number, string>
}

/**
 * Reads a mask: one file with all pages, a file for each page, or ('per-object') a file for each object. Errors:
 * 'mask-size', 'mask-invalid', and those of reading an image.
 */
export async function readMask(paths: readonly string[], options: MaskOptions): Promise<Mask> {
  if (options.kind === 'per-object') return readObjects(paths, options)
  const mask: Mask = {
    width: 0,
    height: 0,
    pages: [],
    objectClasses: options.kind === 'classes' ? new Map() : undefined,
  }
  let nextId: number = LABEL.firstObject
  for (const path of paths) {
    const { pages } = await inspect(path, options)
    const wanted = options.page === undefined ? Array.from({ length: pages }, (_, page) => page) : [options.page]
    for (const page of wanted) {
      const pixels = options.read?.shift() ?? (await readPage(path, page, options))
      checkSize(path, pixels, options, mask)
      const found = await toLabels({ path, pixels, nextId }, options)
      nextId = found.nextId
      for (const [id, name] of found.classes ?? []) mask.objectClasses!.set(id, name)
      mask.pages.push(found.labels)
    }
  }
  const expected = options.image?.pages ?? mask.pages.length
  if (mask.pages.length !== expected) {
    const found = paths.length === 1 ? 'it has' : `${paths.length} files have`
    const reason = `${found} ${mask.pages.length} pages but the image ${options.image!.path} has ${expected}`
    throw new AppError('mask-invalid', { path: paths[0] ?? '', reason })
  }
  return mask
}

/** Palette images are indices where values count, and colours where colours do. */
const readPage = (path: string, page: number, { kind, signal }: MaskOptions): Promise<Pixels> =>
  readWholePlane(path, page, { signal, asIndices: kind === 'instances' || kind === 'classes' })

async function toLabels(page: Page, options: MaskOptions): Promise<PageLabels> {
  if (options.kind === 'instances') return instances(page)
  if (options.kind === 'classes') return classes(page, options.map)
  const { width, height } = page.pixels
  const pieces =
    options.kind === 'colours'
      ? componentsOfEqualValues(colourValues(page.pixels), width, height)
      : connectedComponents4(foregroundOf(page, options.foreground), width, height)
  return objectsOf(pieces, page.nextId)
}

function objectsOf({ labels, count }: Components, nextId: number): PageLabels {
  for (let i = 0; i < labels.length; i++) if (labels[i]! > 0) labels[i] = labels[i]! + nextId - 1
  return { labels, nextId: nextId + count }
}

/** Ids keep their identity over the pages: an object may span them. */
function instances({ path, pixels }: Page): PageLabels {
  const labels = wholeValues(greyValues(pixels, path), path)
  const shift = LABEL.firstObject - 1
  for (let i = 0; i < labels.length; i++) {
    const value = labels[i]!
    if (isTemporary(value + shift)) {
      throw new AppError('mask-invalid', { path, reason: `its object id ${value} is too large` })
    }
    labels[i] = value === 0 ? LABEL.unpainted : value + shift
  }
  return { labels, nextId: LABEL.firstObject }
}

function classes({ path, pixels, nextId }: Page, map: ReadonlyMap<number, string> | undefined): PageLabels {
  if (map === undefined || map.size === 0) {
    throw new AppError('mask-invalid', {
      path,
      reason: 'it is not said which value is which class, as in --map 128=nucleus',
    })
  }
  const values = greyValues(pixels, path)
  const names = [...new Set(map.values())].filter((name) => NAMED[name] === undefined)
  const places = new Map([...map].map(([value, name]) => [value, names.indexOf(name) + 1]))
  const classOf = Uint32Array.from(values, (value) => places.get(value) ?? 0)
  const { labels, count } = componentsOfEqualValues(classOf, pixels.width, pixels.height)
  const found = new Map<number, string>()
  const fixed = new Map([...map].flatMap(([value, name]) => (NAMED[name] === undefined ? [] : [[value, NAMED[name]]])))
  let known = 0
  for (let i = 0; i < labels.length; i++) {
    if (map.has(values[i]!)) known++
    if (labels[i] === 0) labels[i] = fixed.get(values[i]!) ?? LABEL.unpainted
    else {
      labels[i] = labels[i]! + nextId - 1
      found.set(labels[i]!, names[classOf[i]! - 1]!)
    }
  }
  if (known === 0) {
    const has = [...new Set(values as Iterable<number>)].slice(0, 8).sort((a, b) => a - b)
    throw new AppError('mask-invalid', { path, reason: `none of its values is in the map; it has ${has.join(', ')}` })
  }
  return { labels, nextId: nextId + count, classes: found }
}

function foregroundOf({ path, pixels }: Page, value: number | undefined): Uint8Array {
  const values = value === undefined ? colourValues(pixels) : greyValues(pixels, path)
  const foreground = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    if (value === undefined ? values[i] !== 0 : values[i] === value) foreground[i] = 1
  }
  return foreground
}

/** One file an object, also when it is in several pieces; where two overlap the first keeps the pixel. */
async function readObjects(paths: readonly string[], options: MaskOptions): Promise<Mask> {
  const mask: Mask = { width: 0, height: 0, pages: [] }
  for (const [index, path] of paths.entries()) {
    await requireOnePlane(path, options)
    const pixels = await readPage(path, options.page ?? 0, options)
    checkSize(path, pixels, options, mask)
    const [labels = new Uint32Array(pixels.width * pixels.height)] = mask.pages
    mask.pages[0] = labels
    const object = foregroundOf({ path, pixels, nextId: 0 }, options.foreground)
    for (let i = 0; i < labels.length; i++) {
      if (object[i] === 1 && labels[i] === 0) labels[i] = LABEL.firstObject + index
    }
  }
  return mask
}

/** Nothing tells on which plane of several an object would lie. */
async function requireOnePlane(path: string, options: MaskOptions): Promise<void> {
  const { image } = options
  if (image !== undefined && image.pages !== 1) {
    const reason = `a file for each object is for images of one plane, and ${image.path} has ${image.pages}`
    throw new AppError('mask-invalid', { path, reason })
  }
  const { pages } = options.page === undefined ? await inspect(path, options) : { pages: 1 }
  if (pages !== 1) {
    throw new AppError('mask-invalid', { path, reason: `it has ${pages} pages, but is to be one object` })
  }
}

/** All pages have one size, that of the image. */
function checkSize(path: string, { width, height }: Pixels, { image }: MaskOptions, mask: Mask): void {
  const expected = image ?? (mask.width > 0 ? { path: 'the first of them', ...mask } : undefined)
  if (expected !== undefined && (expected.width !== width || expected.height !== height)) {
    throw new AppError('mask-size', {
      path,
      found: `${width} x ${height}`,
      image: expected.path,
      expected: `${expected.width} x ${expected.height}`,
    })
  }
  mask.width = width
  mask.height = height
}
