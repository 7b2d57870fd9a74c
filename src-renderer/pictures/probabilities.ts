/** Pictures of what a network believes. Probabilities come as it stores them: bytes (p * 255), class by class. */
import { blend, greyPicture, type Rgb, type Rgba } from './rgba.ts'

/** How much of the grey picture a certain pixel of an object hides. */
const MOST_OPACITY = 0.62

/** The likeliest class of each pixel, 0 is background; of equal ones the first. `probabilities` is [classes, pixels]. */
export function predictedClasses(probabilities: Uint8Array, classes: number): Uint8Array<ArrayBuffer> {
  const size = probabilities.length / classes
  const found = new Uint8Array(size)
  for (let at = 0; at < size; at++) {
    let [best, most] = [0, probabilities[at]!]
    for (let c = 1; c < classes; c++) {
      const value = probabilities[c * size + at]!
      if (value > most) [best, most] = [c, value]
    }
    found[at] = best
  }
  return found
}

/**
 * The grey picture with each object class laid over it in its colour, as much as the network believes in it.
 * `colours` are those of classes 1..K-1; a class without one takes the last.
 */
export function probabilityPicture(
  grey: Uint8Array,
  probabilities: Uint8Array,
  classes: number,
  colours: readonly Rgb[],
): Rgba {
  const picture = greyPicture(grey)
  const size = grey.length
  const mixed: [number, number, number] = [0, 0, 0]
  for (let at = 0; at < size; at++) {
    let sum = 0
    mixed.fill(0)
    for (let c = 1; c < classes; c++) {
      const value = probabilities[c * size + at]!
      const colour = colours[Math.min(c, colours.length) - 1]!
      for (let part = 0; part < 3; part++) mixed[part]! += colour[part]! * value
      sum += value
    }
    if (sum === 0) continue
    for (let part = 0; part < 3; part++) mixed[part]! /= sum
    blend(picture, at, mixed, (Math.min(255, sum) / 255) * MOST_OPACITY)
  }
  return picture
}
