/** Small plots as SVG: dots of every seed with their mean, curves over a number, courses of trainings. */
import { escaped } from './document.ts'
import { spreadOf } from './statistics.ts'

export interface Series {
  name: string
  points: { x: number; y: number }[]
}

export interface Axis {
  label: string
  isLogarithmic?: boolean
}

const WIDTH = 760
const HEIGHT = 380
const LEFT = 92
const RIGHT = 190
const TOP = 40
const BOTTOM = 62

/** Okabe and Ito's colours, told apart by colour-blind eyes too (jfly.uni-koeln.de/color, 2008). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#56b4e9', '#e69f00', '#5b6475', '#000000']
const colourAt = (index: number): string => COLOURS[index % COLOURS.length]!

/** One group of dots: a name and a value per seed. */
export interface DotGroup {
  name: string
  values: readonly number[]
  /** Groups among the same stand together above this word, in colours that are the same everywhere. */
  among?: string
}

/** Empty room between what stands together, in widths of a group. */
const GAP = 0.8

/** Each seed a dot, its group's mean a bar, side by side. Groups without values keep their place. */
export function dotPlot(title: string, yLabel: string, groups: readonly DotGroup[]): string {
  const together = [...Map.groupBy(groups, ({ among }) => among)]
  const isOne = together.length <= 1
  const names = [...new Set(groups.map(({ name }) => name))]
  const right = WIDTH - (isOne ? 24 : RIGHT)
  const y = scaleOf(
    groups.flatMap(({ values }) => values),
    HEIGHT - BOTTOM,
    TOP,
  )
  const step = (right - LEFT) / Math.max(1, groups.length + GAP * (together.length - 1))
  let begin = LEFT
  const parts = together.flatMap(([among, own]) => {
    const left = begin
    begin += (own.length + GAP) * step
    const dots = own.flatMap((group, index) => {
      const centre = left + (index + 0.5) * step
      const drawn = dotsOf(group, centre, step, y, colourAt(names.indexOf(group.name)))
      return isOne ? [...drawn, ...nameLines(group.name, centre, step)] : drawn
    })
    return isOne ? dots : [...dots, ...nameLines(among ?? '', left + (own.length * step) / 2, own.length * step)]
  })
  const legend = isOne ? [] : names.flatMap((name, index) => legendLine(name, index, right))
  return svg(title, [...frame(title, { label: yLabel }, y, right), ...parts, ...legend])
}

function dotsOf({ values }: DotGroup, centre: number, step: number, y: Scale, colour: string): string[] {
  const half = Math.min(34, step * 0.32)
  const { mean } = spreadOf(values)
  const bar = `<path class="mean" d="M${at(centre - half)} ${at(y.place(mean))}H${at(centre + half)}" stroke="${colour}" stroke-width="3"/>`
  const dots = values.map((value, seed) => {
    const aside = values.length === 1 ? 0 : (seed / (values.length - 1) - 0.5) * half
    return `<circle cx="${at(centre + aside)}" cy="${at(y.place(value))}" r="5" fill="${colour}" fill-opacity=".75" stroke="#fff"/>`
  })
  return values.length === 0 ? [] : [bar, ...dots]
}

const legendLine = (name: string, index: number, right: number): string[] => [
  `<rect x="${right + 16}" y="${TOP + index * 20}" width="12" height="12" rx="2" fill="${colourAt(index)}"/>`,
  label(name, right + 34, TOP + 10 + index * 20, 'start'),
]

/** Names of groups under the axis, broken at spaces and hyphens where they are long. */
function nameLines(name: string, centre: number, step: number): string[] {
  const most = Math.max(6, Math.floor(step / 6.5))
  const lines: string[] = []
  for (const word of name.split(/(?<=[ -])/)) {
    const last = lines.at(-1)
    if (last !== undefined && (last + word).length <= most) lines[lines.length - 1] = last + word
    else lines.push(word)
  }
  return lines.slice(0, 3).map((line, index) => label(line.trim(), centre, HEIGHT - BOTTOM + 18 + index * 14, 'middle'))
}

/** Lines through the means at each x, with a dot for every single point. */
export function curvePlot(title: string, x: Axis, yLabel: string, series: readonly Series[]): string {
  const right = WIDTH - RIGHT
  const points = series.flatMap((one) => one.points)
  const y = scaleOf(
    points.map((point) => point.y),
    HEIGHT - BOTTOM,
    TOP,
  )
  const across = acrossOf(
    points.map((point) => point.x),
    right,
    x.isLogarithmic === true,
  )
  const parts = series.flatMap(({ name, points: own }, index) => {
    const means = meansByX(own)
    const line = means
      .map((point, i) => `${i === 0 ? 'M' : 'L'}${at(across.place(point.x))} ${at(y.place(point.y))}`)
      .join('')
    const colour = colourAt(index)
    return [
      ...(line === '' ? [] : [`<path class="line" d="${line}" fill="none" stroke="${colour}" stroke-width="2"/>`]),
      ...own.map(
        (point) =>
          `<circle cx="${at(across.place(point.x))}" cy="${at(y.place(point.y))}" r="3.5" fill="${colour}" fill-opacity=".8"/>`,
      ),
      ...legendLine(name, index, right),
    ]
  })
  const ticks = across.ticks.flatMap((value) => [
    `<path d="M${at(across.place(value))} ${HEIGHT - BOTTOM}v5" stroke="#8a93a5"/>`,
    label(tickText(value), across.place(value), HEIGHT - BOTTOM + 19, 'middle'),
  ])
  const axis = label(x.label, (LEFT + right) / 2, HEIGHT - 14, 'middle')
  return svg(title, [...frame(title, { label: yLabel }, y, right), ...ticks, axis, ...parts])
}

function meansByX(points: Series['points']): Series['points'] {
  const groups = Map.groupBy(points, ({ x }) => x)
  return [...groups].map(([x, group]) => ({ x, y: spreadOf(group.map(({ y }) => y)).mean })).sort((a, b) => a.x - b.x)
}

interface Scale {
  /** Pixels of a value. */
  place: (value: number) => number
  ticks: number[]
}

/** Linear, a little wider than its values, ticks at round numbers. */
function scaleOf(values: readonly number[], from: number, to: number): Scale {
  const [least, most] = values.length === 0 ? [0, 1] : [Math.min(...values), Math.max(...values)]
  const spread = most - least || Math.abs(most) || 1
  const step = roundStep(spread / 4)
  const low = Math.floor((least - 0.06 * spread) / step) * step
  const high = Math.ceil((most + 0.06 * spread) / step) * step
  const ticks = Array.from({ length: Math.round((high - low) / step) + 1 }, (_, index) => low + index * step)
  return { place: (value) => from + ((value - low) / (high - low)) * (to - from), ticks }
}

/** 1, 2 or 5 times a power of ten, at least `size`. */
function roundStep(size: number): number {
  const power = 10 ** Math.floor(Math.log10(size))
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= size * 0.999) ?? 10)
}

/** The x axis: at most 8 of the values themselves as ticks. */
function acrossOf(values: readonly number[], right: number, isLogarithmic: boolean): Scale {
  const distinct = [...new Set(values)].sort((a, b) => a - b)
  const as = (value: number) => (isLogarithmic ? Math.log(value) : value)
  const [least, most] = [as(distinct[0] ?? (isLogarithmic ? 1 : 0)), as(distinct.at(-1) ?? 1)]
  const width = right - LEFT - 24
  const place = (value: number) => LEFT + 12 + (most > least ? (as(value) - least) / (most - least) : 0.5) * width
  const every = Math.ceil(distinct.length / 8)
  return { place, ticks: distinct.filter((_, index) => index % every === 0) }
}

function frame(title: string, axis: Axis, y: Scale, right: number): string[] {
  const middle = (TOP + HEIGHT - BOTTOM) / 2
  return [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="22" font-size="14" font-weight="600" fill="#1d2330">${escaped(title)}</text>`,
    ...y.ticks.flatMap((tick) => [
      `<path d="M${LEFT} ${at(y.place(tick))}H${right}" stroke="#e3e7ee"/>`,
      label(tickText(tick), LEFT - 8, y.place(tick) + 4, 'end'),
    ]),
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${right}" fill="none" stroke="#8a93a5"/>`,
    `<text transform="translate(18 ${middle}) rotate(-90)" text-anchor="middle" fill="#444c5c">${escaped(axis.label)}</text>`,
  ]
}

const label = (words: string, x: number, y: number, anchor: 'start' | 'middle' | 'end'): string =>
  `<text x="${at(x)}" y="${at(y)}" text-anchor="${anchor}" fill="#444c5c">${escaped(words)}</text>`

const svg = (title: string, parts: readonly string[]): string =>
  [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escaped(title)}" font-family="system-ui, 'DejaVu Sans', sans-serif" font-size="12">`,
    ...parts,
    '</svg>\n',
  ].join('\n')

const at = (pixels: number): string => pixels.toFixed(1)
const tickText = (value: number): string => String(Number(value.toPrecision(4)))
