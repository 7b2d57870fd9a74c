/** An image file into a pixel file, block by block; runs in the decode worker. */
import * as fs from 'node:fs'
import { BYTES_PER_SAMPLE, type Samples } from '../../src-shared/pixels.ts'
import { commitTemporary } from '../files/durable.ts'
import { asWriteError } from '../files/file-errors.ts'
import { axesOf, type Decoder, type ImageInfo } from './image-info.ts'
import { openImage } from './open.ts'
import { PixelFile, scaledLevels, TILE_PX } from './pixel-file.ts'

/** Hears which share of the work is done, 0 to 1. */
export type OnShare = (share: number) => void

/**
 * Writes the image at `from` as a pixel file with levels at `to`, which appears whole or not at all; `temporary` beside
 * it is used meanwhile. Grey stored as RGB(A) becomes one channel, and opacity that hides nothing is dropped. Errors:
 * AppErrors that name the file that is at fault.
 */
export async function transcode(from: string, to: string, temporary: string, onShare: OnShare): Promise<ImageInfo> {
  const decoder = await openImage(from)
  try {
    const { file, largest } = await decodeInto(temporary, decoder, onShare)
    const { info, kept } = simplify(decoder, file)
    const isWide = BYTES_PER_SAMPLE[info.sampleType] > 1 && info.sampleType.startsWith('uint')
    const significantBits = isWide ? Math.max(1, 32 - Math.clz32(largest)) : info.significantBits
    finish(kept.length === file.header.channels ? file : withChannels(file, kept, `${temporary}2`), to)
    fs.rmSync(temporary, { force: true })
    return { ...info, significantBits }
  } catch (error) {
    fs.rmSync(temporary, { force: true })
    fs.rmSync(`${temporary}2`, { force: true })
    throw error
  } finally {
    decoder.close()
  }
}

async function decodeInto(path: string, { info, blocks }: Decoder, onShare: OnShare) {
  const { width, height, channels, sampleType, z, t } = info
  const levels = scaledLevels(width, height)
  const file = PixelFile.create(path, { width, height, channels, sampleType, z, t, levels })
  const total = width * height * channels * z * t
  let done = 0
  let largest = 0
  try {
    for await (const { pixels, firstChannel, ...at } of blocks()) {
      file.writeRegion({ ...at, firstChannel }, pixels)
      largest = Math.max(largest, largestOf(pixels.data))
      done += pixels.data.length
      onShare((done / total) * 0.8) // the levels are the rest
    }
  } catch (error) {
    file.close()
    throw error
  }
  return { file, largest }
}

function largestOf(data: Samples): number {
  let largest = 0
  for (let i = 0; i < data.length; i++) if (data[i]! > largest) largest = data[i]!
  return largest
}

/** Which channels say something, and the description of an image with only those. */
function simplify({ info, hasAlpha }: Decoder, file: PixelFile): { info: ImageInfo; kept: number[] } {
  const all = Array.from({ length: info.channels }, (_, channel) => channel)
  const colours = hasAlpha ? info.channels - 1 : info.channels
  const isColoured = colours === 3 && info.colour !== 'grey' && info.colour !== 'cmyk'
  if (!isColoured && !hasAlpha) return { info, kept: all }
  const { isGrey, isOpaque } = survey(file, isColoured, hasAlpha)
  const kept = [...(isColoured && isGrey ? [0] : all.slice(0, colours)), ...(hasAlpha && !isOpaque ? [colours] : [])]
  const isSame = kept.length === info.channels
  const names = isColoured && !isGrey ? ['red', 'green', 'blue'] : ['grey']
  if (hasAlpha && !isOpaque) names.push('opacity')
  const channels = kept.length
  return {
    kept,
    info: {
      ...info,
      channels,
      channelNames: names.length === channels && channels > 1 ? names : undefined,
      colour: isSame ? info.colour : isGrey ? 'grey' : 'rgb',
      axes: axesOf({ ...info, channels }),
    },
  }
}

/** Whether red, green and blue are the same, and the last channel at its largest, in every pixel of every plane. */
function survey(file: PixelFile, isColoured: boolean, hasAlpha: boolean): { isGrey: boolean; isOpaque: boolean } {
  const opaque = { uint8: 255, uint16: 65535, uint32: 4294967295 }[file.header.sampleType as 'uint8'] ?? 1
  let isGrey = isColoured
  let isOpaque = hasAlpha
  for (const { z, t, rect } of regions(file)) {
    const { data } = file.readRegion({ z, t, rect })
    const count = rect.w * rect.h
    for (let i = 0; isGrey && i < count; i++) {
      isGrey = data[i] === data[count + i] && data[i] === data[2 * count + i]
    }
    for (let i = data.length - count; isOpaque && i < data.length; i++) isOpaque = data[i] === opaque
    if (!isGrey && !isOpaque) break
  }
  return { isGrey, isOpaque }
}

function withChannels(file: PixelFile, kept: number[], path: string): PixelFile {
  const fewer = PixelFile.create(path, { ...file.header, channels: kept.length })
  for (const { z, t, rect } of regions(file)) {
    fewer.writeRegion({ z, t, x: rect.x, y: rect.y }, file.readRegion({ z, t, rect, channels: kept }))
  }
  file.close()
  return fewer
}

/** Full-size regions of one tile each, over all planes. */
function* regions({ header: { width, height, z, t } }: PixelFile) {
  for (let plane = 0; plane < z * t; plane++) {
    for (let y = 0; y < height; y += TILE_PX) {
      for (let x = 0; x < width; x += TILE_PX) {
        const rect = { x, y, w: Math.min(TILE_PX, width - x), h: Math.min(TILE_PX, height - y) }
        yield { z: plane % z, t: Math.floor(plane / z), rect }
      }
    }
  }
}

function finish(file: PixelFile, to: string): void {
  try {
    file.buildLevels()
    file.sync()
    file.close()
    commitTemporary(file.path, to)
  } catch (error) {
    throw asWriteError(error, to)
  }
}
