/** The parts of OME-XML that an image needs: sizes, order of planes, pixel size, channel names. OME Schema 2016-06. */
import type { PixelSizeUm } from '../../../src-shared/planes.ts'
import { DamagedData, UnsupportedData } from '../decode-failure.ts'
import type { TiffPage } from './page.ts'
import { micrometresOf, type PlaneLayout, sequence } from './plane-layout.ts'

type Attributes = Record<string, string>

const SAVE_AS_ONE = 'export it as one OME-TIFF file'

/** Where each page belongs; the first image of the file. `fileName` tells whether its planes are in this file. */
export function parseOme(xml: string, pages: TiffPage[], fileName: string): PlaneLayout {
  if (/<(?:\w+:)?BinaryOnly[\s/>]/.test(xml)) {
    throw new UnsupportedData('part of an OME-TIFF of several files', SAVE_AS_ONE)
  }
  const images = xml.split(/<(?:\w+:)?Image[\s>]/).slice(1)
  const [image] = images
  const pixels = image === undefined ? undefined : elements(image, 'Pixels')[0]
  if (image === undefined || pixels === undefined) throw new DamagedData('its OME-XML describes no image')
  const layout = placed(image, pixels, pages, fileName)
  const used = layout.places.filter((place) => place !== undefined).length
  if (images.length > 1 && used < pages.length) {
    throw new UnsupportedData(`an OME-TIFF of ${images.length} images`, 'export each of them to a file of its own')
  }
  const names = elements(image, 'Channel').map(({ Name }) => Name ?? '')
  const hasNames = names.length > 0 && names.every((name) => name !== '')
  return { ...layout, pixelSizeUm: pixelSize(pixels), channelNames: hasNames ? names : undefined }
}

function placed(image: string, pixels: Attributes, pages: TiffPage[], fileName: string): PlaneLayout {
  const size = (name: string): number => Number(pixels[name] ?? 1)
  const samples = pages[0]!.samples
  const counts = { c: Math.max(1, size('SizeC') / samples), z: size('SizeZ'), t: size('SizeT') }
  const planes = counts.c * counts.z * counts.t
  if (!Object.values(counts).every(Number.isInteger) || planes < 1 || planes > 1e6) {
    throw new DamagedData('the sizes in its OME-XML are damaged')
  }
  const order = (pixels.DimensionOrder ?? 'XYCZT').slice(2).toLowerCase()
  if (!/^(czt|ctz|zct|ztc|tcz|tzc)$/.test(order)) throw new DamagedData('the axes in its OME-XML are damaged')
  const inOrder = sequence(counts, order)
  const data = planeLists(image)
  // A renamed file still names its old self; only different names among the planes say that some are elsewhere.
  const files = new Set(data.map(({ file }) => (file ?? fileName).normalize('NFC')))
  if (files.size > 1) {
    throw new UnsupportedData('part of an OME-TIFF of several files', SAVE_AS_ONE)
  }
  if (data.length === 0 || (data.length === 1 && data[0]!.attributes.IFD === undefined)) {
    if (planes > pages.length) throw new DamagedData(`it has ${pages.length} pages where its OME-XML says ${planes}`)
    return inOrder
  }
  const places: PlaneLayout['places'] = pages.map(() => undefined)
  for (const { attributes } of data) {
    const number = (name: string): number => Math.floor(Number(attributes[name] ?? 0)) || 0
    const first = { c: number('FirstC'), z: number('FirstZ'), t: number('FirstT') }
    const start = inOrder.places.findIndex((at) => at!.c === first.c && at!.z === first.z && at!.t === first.t)
    const count =
      attributes.PlaneCount === undefined ? (attributes.IFD === undefined ? planes : 1) : number('PlaneCount')
    for (let i = 0; i < Math.min(count, planes); i++) {
      if (start < 0 || start + i >= planes || number('IFD') + i >= pages.length) {
        throw new DamagedData('its OME-XML names planes that are not there')
      }
      places[number('IFD') + i] = inOrder.places[start + i]
    }
  }
  const found = new Set(places.filter((at) => at !== undefined).map((at) => `${at.c} ${at.z} ${at.t}`))
  if (found.size < planes) throw new DamagedData(`it has ${found.size} of the ${planes} planes in its OME-XML`)
  return { ...inOrder, places }
}

/** The TiffData elements with the file that their UUID names. */
function planeLists(image: string): { attributes: Attributes; file?: string }[] {
  const pattern = /<(?:\w+:)?TiffData\b([^>]*?)(?:\/>|>([\s\S]*?)<\/(?:\w+:)?TiffData>)/g
  return [...image.matchAll(pattern)].map(([, attributes, content]) => ({
    attributes: parseAttributes(attributes!),
    file: elements(content ?? '', 'UUID')[0]?.FileName,
  }))
}

function pixelSize(pixels: Attributes): PixelSizeUm | undefined {
  const along = (axis: string): number => {
    const unit = micrometresOf(pixels[`PhysicalSize${axis}Unit`] ?? 'µm')
    return Number(pixels[`PhysicalSize${axis}`]) * (unit ?? Number.NaN)
  }
  const [x, y, z] = [along('X'), along('Y'), along('Z')]
  if (!(x > 0 && y > 0 && x < 1e6 && y < 1e6)) return undefined
  return z > 0 ? { x, y, z } : { x, y }
}

function elements(xml: string, name: string): Attributes[] {
  return [...xml.matchAll(new RegExp(`<(?:\\w+:)?${name}\\b([^>]*)>`, 'g'))].map(([, text]) => parseAttributes(text!))
}

function parseAttributes(text: string): Attributes {
  const pairs = [...text.matchAll(/([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)]
  return Object.fromEntries(pairs.map(([, key, double, single]) => [key!, unescapeXml(double ?? single ?? '')]))
}

const NAMED: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

const unescapeXml = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]{1,6})|#([0-9]{1,7})|(\w+));/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? whole
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
