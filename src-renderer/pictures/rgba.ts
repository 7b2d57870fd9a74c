/** Pictures as `ImageData` takes them: red, green, blue and opacity of each pixel, row-major, 0..255. */
export type Rgba = Uint8ClampedArray<ArrayBuffer>
export type Rgb = readonly [number, number, number]

/** An opaque picture of grey values 0..255. */
export function greyPicture(grey: Uint8Array): Rgba {
  const out = new Uint8ClampedArray(grey.length * 4)
  for (let at = 0; at < grey.length; at++) {
    const value = grey[at]!
    out[at * 4] = value
    out[at * 4 + 1] = value
    out[at * 4 + 2] = value
    out[at * 4 + 3] = 255
  }
  return out
}

/** Lays a colour over one pixel of an opaque picture; `share` 0 leaves it, 1 replaces it. */
export function blend(picture: Rgba, at: number, [red, green, blue]: Rgb, share: number): void {
  const to = at * 4
  picture[to] = picture[to]! * (1 - share) + red * share
  picture[to + 1] = picture[to + 1]! * (1 - share) + green * share
  picture[to + 2] = picture[to + 2]! * (1 - share) + blue * share
}

const HATCH_PX = 8
const HATCH_LINE_PX = 2

/** Darkens one pixel, more so on a line of a diagonal hatching: "this is not counted". */
export function hatch(picture: Rgba, at: number, width: number): void {
  const isLine = ((at % width) + Math.floor(at / width)) % HATCH_PX < HATCH_LINE_PX
  blend(picture, at, isLine ? [128, 128, 128] : [0, 0, 0], isLine ? 0.45 : 0.5)
}
