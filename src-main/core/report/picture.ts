/** Small pictures for reports: an image in grey, outlines of objects over it, maps as heat. */
import { encode } from 'fast-png'
import type { ValueRange } from '../../../src-shared/normalise.ts'
import type { Pixels } from '../../../src-shared/pixels.ts'

/** 8-bit RGB, row-major, three bytes a pixel. */
export interface Picture {
  width: number
  height: number
  rgb: Uint8Array
}

export type Colour = readonly [red: number, green: number, blue: number]

/** The first channel in grey, or the first three as colours, between the given percentile values; gamma 1/1.5 lifts
 * dark microscope images so that they can be seen on paper. */
export function pictureOfPixels({ width, height, channels, data }: Pixels, ranges: readonly ValueRange[]): Picture {
  const size = width * height
  const rgb = new Uint8Array(size * 3)
  for (let colour = 0; colour < 3; colour++) {
    const channel = channels >= 3 ? colour : 0
    const [low, high] = ranges[channel]!
    for (let at = 0; at < size; at++) {
      const share = high > low ? (data[channel * size + at]! - low) / (high - low) : 0
      rgb[at * 3 + colour] = 255 * Math.min(1, Math.max(0, share || 0)) ** (1 / 1.5)
    }
  }
  return { width, height, rgb }
}

/** The picture with the inner border of each object drawn in a colour: pixels with a 4-neighbour of another id. */
export function withOutlines(picture: Picture, objects: Uint32Array, colourOf: (id: number) => Colour): Picture {
  const { width, height } = picture
  const rgb = picture.rgb.slice()
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const id = objects[at]!
      if (id === 0) continue
      const isBorder =
        (x > 0 && objects[at - 1] !== id) ||
        (x < width - 1 && objects[at + 1] !== id) ||
        (y > 0 && objects[at - width] !== id) ||
        (y < height - 1 && objects[at + width] !== id)
      if (isBorder) rgb.set(colourOf(id), at * 3)
    }
  }
  return { ...picture, rgb }
}

/** At half its brightness. */
export const darkened = (picture: Picture): Picture => ({ ...picture, rgb: picture.rgb.map((value) => value / 2) })

/** Half of the picture, and so much of a colour, where a pixel (row by row) has one. */
export function tinted(picture: Picture, colourAt: (at: number) => Colour | undefined, share: number): Picture {
  const rgb = picture.rgb.slice()
  for (let at = 0; at < picture.width * picture.height; at++) {
    const colour = colourAt(at)
    if (!colour) continue
    for (let part = 0; part < 3; part++) rgb[at * 3 + part] = rgb[at * 3 + part]! * 0.5 + colour[part]! * share
  }
  return { ...picture, rgb }
}

/** Each object in its own colour on black. */
export function pictureOfObjects(objects: Uint32Array, width: number, height: number): Picture {
  const rgb = new Uint8Array(width * height * 3)
  for (let at = 0; at < objects.length; at++) if (objects[at] !== 0) rgb.set(objectColour(objects[at]!), at * 3)
  return { width, height, rgb }
}

/** A colour that neighbours in id do not share: hues a golden angle apart. */
export function objectColour(id: number): Colour {
  const hue = (id * 137.508) % 360
  const channel = (shift: number) => {
    const position = (shift + hue / 30) % 12
    return Math.round(255 * (0.6 - 0.4 * Math.max(-1, Math.min(position - 3, 9 - position, 1))))
  }
  return [channel(0), channel(8), channel(4)]
}

/** Values from 0 (black) through red and yellow to `most` (white). */
export function heatPicture(values: Float32Array, width: number, height: number, most: number): Picture {
  const rgb = new Uint8Array(width * height * 3)
  for (let at = 0; at < values.length; at++) {
    const share = Math.min(1, Math.max(0, values[at]! / most))
    rgb.set(
      [0, 1, 2].map((colour) => 255 * Math.min(1, Math.max(0, share * 3 - colour))),
      at * 3,
    )
  }
  return { width, height, rgb }
}

/** A `data:` address of the picture as PNG, so that a report is one file. */
export function pngAddress({ width, height, rgb }: Picture): string {
  const png = encode({ width, height, data: rgb, channels: 3, depth: 8 })
  return `data:image/png;base64,${Buffer.from(png).toString('base64')}`
}
