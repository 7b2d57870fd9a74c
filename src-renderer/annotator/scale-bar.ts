/** The scale bar: a round length that fits the corner. */

export interface ScaleBar {
  /** In CSS pixels. */
  lengthPx: number
  /** With its unit: "20 µm". */
  text: string
}

const UNITS = [
  { um: 1000, name: 'mm' },
  { um: 1, name: 'µm' },
  { um: 0.001, name: 'nm' },
]

/** The longest 1, 2 or 5 times a power of ten that is at most `mostPx` long at a zoom (CSS pixels per image pixel). */
export function scaleBar(pixelSizeUm: number, zoom: number, mostPx = 140): ScaleBar {
  const pxPerUm = zoom / pixelSizeUm
  const most = mostPx / pxPerUm
  const power = 10 ** Math.floor(Math.log10(most))
  const step = [5, 2, 1].find((factor) => factor * power <= most) ?? 1
  const lengthUm = step * power
  const unit = UNITS.find(({ um }) => lengthUm >= um) ?? UNITS.at(-1)!
  return { lengthPx: lengthUm * pxPerUm, text: `${Number((lengthUm / unit.um).toPrecision(3))} ${unit.name}` }
}
