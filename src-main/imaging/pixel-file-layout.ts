/** The header of a pixel file and where its levels lie: docs/architecture.md, "Pixel file". */
import * as fs from 'node:fs'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { BYTES_PER_SAMPLE, type SampleType } from '../../src-shared/pixels.ts'

/** Side of a tile in pixels. */
export const TILE_PX = 256
const PAGE_BYTES = 4096
/** A header is some 150 bytes; anything longer is not one. */
const LONGEST_HEADER_BYTES = 65536
const SAMPLE_TYPES = Object.keys(BYTES_PER_SAMPLE) as SampleType[]

const atLeastOne = v.pipe(v.number(), v.safeInteger(), v.minValue(1))
export const headerSchema = v.object({
  format: v.literal(1),
  width: atLeastOne,
  height: atLeastOne,
  channels: atLeastOne,
  sampleType: v.picklist(SAMPLE_TYPES),
  z: atLeastOne,
  t: atLeastOne,
  tile: v.literal(TILE_PX),
  levels: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(32)),
})
/** What the file holds: sizes in pixels, z and t as counts of planes, `levels` with the full size as level 0. */
export type PixelFileHeader = v.InferOutput<typeof headerSchema>

/** What `PixelFile.create` needs; z, t and levels are 1 when left out. */
export interface NewPixelFile {
  width: number
  height: number
  channels: number
  sampleType: SampleType
  z?: number
  t?: number
  levels?: number
}

/** Side lengths at a level: halved and rounded up `level` times. */
export const levelSize = (
  { width, height }: { width: number; height: number },
  level: number,
): { width: number; height: number } => ({
  width: Math.ceil(width / 2 ** level),
  height: Math.ceil(height / 2 ** level),
})

/** How many levels an image needs until its longer side fits one tile: 1 up to 256 pixels, 2 up to 512, ... */
export function scaledLevels(width: number, height: number): number {
  let levels = 1
  for (let side = Math.max(width, height); side > TILE_PX; side = Math.ceil(side / 2)) levels++
  return levels
}

/** Where a level's tiles start, relative to the plane's first byte, and how many tiles a row of them has. */
export interface LevelLayout {
  width: number
  height: number
  tilesX: number
  tilesY: number
  offset: number
}

/** Rounded up to whole pages. */
const padded = (bytes: number): number => Math.ceil(bytes / PAGE_BYTES) * PAGE_BYTES

export const damaged = (path: string, reason: string): AppError => new AppError('image-unreadable', { path, reason })

/** The levels of one plane, one after another. */
export function layOut(header: PixelFileHeader, tileBytes: number): LevelLayout[] {
  const levels: LevelLayout[] = []
  let offset = 0
  for (let level = 0; level < header.levels; level++) {
    const { width, height } = levelSize(header, level)
    const tilesX = Math.ceil(width / TILE_PX)
    const tilesY = Math.ceil(height / TILE_PX)
    levels.push({ width, height, tilesX, tilesY, offset })
    offset += tilesX * tilesY * tileBytes
  }
  return levels
}

/** Parses what stands at the file's start; 'image-unreadable' when it makes no sense. */
export function readHeader(descriptor: number, path: string): { header: PixelFileHeader; dataOffset: number } {
  const start = Buffer.alloc(8)
  fs.readSync(descriptor, start, 0, 8, 0)
  if (start.toString('latin1', 0, 4) !== 'CBPX') throw damaged(path, 'it is not a pixel file')
  const length = start.readUInt32LE(4)
  if (length > LONGEST_HEADER_BYTES) throw damaged(path, 'its header is damaged')
  const json = Buffer.alloc(length)
  fs.readSync(descriptor, json, 0, length, 8)
  const header = v.safeParse(v.pipe(v.string(), v.parseJson(), headerSchema), json.toString('utf8'))
  if (!header.success) throw damaged(path, `its header is damaged: ${header.issues[0].message}`)
  return { header: header.output, dataOffset: padded(8 + length) }
}

/** The bytes before the first tile: magic number, length, JSON, zeros up to a whole page. */
export function encodeHeader(header: PixelFileHeader): Buffer {
  const json = Buffer.from(JSON.stringify(header))
  const start = Buffer.alloc(padded(8 + json.length))
  start.write('CBPX', 0, 'latin1')
  start.writeUInt32LE(json.length, 4)
  json.copy(start, 8)
  return start
}
