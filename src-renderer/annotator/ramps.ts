/**
 * Colour ramps that are even to the eye and safe for colour-blind readers: viridis and magma (van der Walt and Smith,
 * matplotlib, CC0), by straight lines between every 16th of their 256 colours.
 */
export type RampName = 'viridis' | 'magma'

const KNOTS: Record<RampName, string> = {
  viridis:
    '440154 481a6c 472f7d 414487 39568c 31688e 2a788e 23888e 1f988b 22a884 35b779 54c568 7ad151 a5db36 d2e21b fde725',
  magma:
    '000004 0b0924 20114b 3b0f70 57157e 721f81 8c2981 a8327d c43c75 de4968 f1605d fa7f5e fe9f6d febf84 fddea0 fcfdbf',
}

/** 256 colours, RGBA, opaque. */
export function rampColours(name: RampName): Uint8Array<ArrayBuffer> {
  const knots = KNOTS[name].split(' ').map((hex) => [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)))
  const colours = new Uint8Array(256 * 4)
  for (let index = 0; index < 256; index++) {
    const place = (index / 255) * (knots.length - 1)
    const from = Math.min(knots.length - 2, Math.floor(place))
    for (let channel = 0; channel < 3; channel++) {
      const [a, b] = [knots[from]![channel]!, knots[from + 1]![channel]!]
      colours[index * 4 + channel] = Math.round(a + (b - a) * (place - from))
    }
    colours[index * 4 + 3] = 255
  }
  return colours
}

/** For a legend in CSS. */
export const rampGradient = (name: RampName): string =>
  `linear-gradient(to right, ${KNOTS[name]
    .split(' ')
    .map((hex) => `#${hex}`)
    .join(', ')})`
