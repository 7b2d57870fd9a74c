/** What the pages of a TIFF are: slices, times or channels, and how large a pixel is. */
import type { PixelSizeUm } from '../../../src-shared/planes.ts'
import { DamagedData, UnsupportedData } from '../decode-failure.ts'
import { parseOme } from './ome.ts'
import type { TiffPage } from './page.ts'
import { micrometresOf, type PlaneLayout, sequence } from './plane-layout.ts'

/** A printer's resolution says nothing about cells: only pixels below this size are believed without a unit's name. */
const LARGEST_BELIEVED_UM = 20

/** Reads the description of the first page: OME-XML, ImageJ's lines, or neither (pages are slices). */
export function planeLayout(pages: TiffPage[], fileName: string): PlaneLayout {
  const [first] = pages as [TiffPage]
  const { description } = first
  if (/<OME[\s>]|<ome:OME[\s>]/.test(description.slice(0, 4096))) return parseOme(description, pages, fileName)
  if (description.startsWith('ImageJ=')) return imageJLayout(description, pages)
  return { ...sequence({ c: 1, z: pages.length, t: 1 }, 'czt'), pixelSizeUm: fromResolution(first, undefined) }
}

/** The keys of ImageJ's description, `key=value` a line. */
export function imageJKeys(description: string): Map<string, string> {
  const lines = description.split(/\r?\n/).map((line) => line.split('=') as [string, string?])
  return new Map(lines.map(([key, value]) => [key, value ?? '']))
}

function imageJLayout(description: string, pages: TiffPage[]): PlaneLayout {
  const keys = imageJKeys(description)
  const count = (key: string): number => Math.max(1, Math.floor(Number(keys.get(key) ?? 1)) || 1)
  const counts = { c: count('channels'), z: count('slices'), t: count('frames') }
  const isComplete = counts.c * counts.z * counts.t === pages.length
  const layout = sequence(isComplete ? counts : { c: 1, z: pages.length, t: 1 }, 'czt')
  const size = fromResolution(pages[0]!, keys.get('unit'))
  const spacing = Number(keys.get('spacing')) * (micrometresOf(keys.get('unit') ?? '') ?? Number.NaN)
  return { ...layout, pixelSizeUm: size !== undefined && spacing > 0 ? { ...size, z: spacing } : size }
}

/** From the resolution tags; `unit` is ImageJ's name of the unit, which comes before the tag's. */
function fromResolution({ resolution }: TiffPage, unit: string | undefined): PixelSizeUm | undefined {
  if (resolution === undefined || !(resolution.x > 0) || !(resolution.y > 0)) return undefined
  const named = unit === undefined ? undefined : micrometresOf(unit)
  const um = named ?? (resolution.unit === 2 ? 25400 : resolution.unit === 3 ? 10000 : undefined)
  if (um === undefined) return undefined
  const size = { x: um / resolution.x, y: um / resolution.y }
  const isBelieved = named !== undefined && named < 20000 ? true : Math.max(size.x, size.y) <= LARGEST_BELIEVED_UM
  return isBelieved && Number.isFinite(size.x) && Number.isFinite(size.y) ? size : undefined
}

/** The pages that form the image: all of one kind. UnsupportedData when they differ. */
export function imagePages(pages: TiffPage[]): TiffPage[] {
  const images = pages.filter(({ isAuxiliary }) => !isAuxiliary)
  const [first] = images
  if (first === undefined) throw new DamagedData('it has only previews, no image')
  for (const [index, page] of images.entries()) {
    const isSame =
      page.width === first.width &&
      page.height === first.height &&
      page.samples === first.samples &&
      page.sampleType === first.sampleType &&
      page.photometric === first.photometric
    if (isSame) continue
    const say = ({ width, height, samples, bits }: TiffPage) => `${width} x ${height}, ${samples} x ${bits} bits`
    throw new UnsupportedData(
      `a TIFF whose pages differ (page 1: ${say(first)}; page ${index + 1}: ${say(page)})`,
      'save its pages as separate files',
    )
  }
  return images
}
