/** The values of a mask's pixels, however many channels they are stored in. */
import { AppError } from '../../src-shared/errors.ts'
import type { Pixels, Samples } from '../../src-shared/pixels.ts'

/** Channels that are colour: two and four channels have opacity as the last one. */
const colourChannels = ({ channels }: Pixels): number => (channels === 2 || channels === 4 ? channels - 1 : channels)

/** One value a pixel. 'mask-invalid' when red, green and blue differ. */
export function greyValues(pixels: Pixels, path: string): Samples {
  const { width, height, data } = pixels
  const count = width * height
  const first = data.subarray(0, count)
  for (let channel = 1; channel < colourChannels(pixels); channel++) {
    for (let i = 0; i < count; i++) {
      if (data[channel * count + i] === first[i]) continue
      throw new AppError('mask-invalid', { path, reason: 'it has colours; say --mask-kind colours or save it as grey' })
    }
  }
  return first
}

/** A number for each colour, 0 for black; equal numbers mean equal colours. */
export function colourValues(pixels: Pixels): Uint32Array {
  const { width, height, data } = pixels
  const count = width * height
  const numbers = new Map<string, number>()
  const colours = new Uint32Array(count)
  const channels = colourChannels(pixels)
  for (let i = 0; i < count; i++) {
    let isSame = i > 0 // masks are mostly flat: few pixels need a look at the table
    for (let channel = 0; isSame && channel < channels; channel++) {
      isSame = data[channel * count + i] === data[channel * count + i - 1]
    }
    colours[i] = isSame ? colours[i - 1]! : numberOf(i)
  }
  return colours

  function numberOf(pixel: number): number {
    const values = Array.from({ length: channels }, (_, channel) => data[channel * count + pixel]!)
    if (values.every((value) => value === 0 || Number.isNaN(value))) return 0
    const colour = values.join()
    if (!numbers.has(colour)) numbers.set(colour, numbers.size + 1)
    return numbers.get(colour)!
  }
}

/** Tells whether all pages of a mask have one colour beside black, the same on each: then they tell no objects apart. */
export class OneColour {
  #colour: number[] | undefined

  /** Whether this is so of a page and of all that were asked about before it. */
  holds(pixels: Pixels): boolean {
    const { width, height, data } = pixels
    const count = width * height
    const channels = colourChannels(pixels)
    for (let i = 0; i < count; i++) {
      let isBlack = true
      let isKnown = true
      for (let channel = 0; channel < channels; channel++) {
        const value = data[channel * count + i]!
        if (value !== 0 && !Number.isNaN(value)) isBlack = false
        if (value !== this.#colour?.[channel]) isKnown = false
      }
      if (isBlack || isKnown) continue
      if (this.#colour) return false
      this.#colour = Array.from({ length: channels }, (_, channel) => data[channel * count + i]!)
    }
    return true
  }
}

/** The values as ids. 'mask-invalid' for negative and broken numbers. */
export function wholeValues(values: Samples, path: string): Uint32Array {
  const whole = Uint32Array.from(values)
  for (let i = 0; i < values.length; i++) {
    if (whole[i] === values[i]) continue
    throw new AppError('mask-invalid', {
      path,
      reason: `an object id of it is ${values[i]}; ids are whole and above 0`,
    })
  }
  return whole
}

/**
 * Reads `0,32,64=membrane,191=mitochondria`: values up to a name belong to it. 'usage' when it is not of that form.
 */
export function parseValueMap(text: string): Map<number, string> {
  const map = new Map<number, string>()
  let waiting: number[] = []
  for (const part of text.split(',')) {
    const [, value, , name] = /^\s*(-?\d+(\.\d+)?)\s*(?:=\s*(.*?)\s*)?$/.exec(part) ?? []
    if (value === undefined || name === '') throw badMap(text)
    waiting.push(Number(value))
    if (name === undefined) continue
    for (const number of waiting) map.set(number, name)
    waiting = []
  }
  if (waiting.length > 0) throw badMap(text)
  return map
}

const badMap = (text: string): AppError =>
  new AppError('usage', { reason: `The map "${text}" is not of the form 0,32=membrane,191=mitochondria.` })
