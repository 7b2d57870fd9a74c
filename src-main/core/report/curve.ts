/** The course of a run as inline SVG: energy of each step as a line, validation scores as dots. */
import type { RunEvent } from '../../../src-shared/engine-api.ts'

const WIDTH = 640
const HEIGHT = 220
const LEFT = 56
const BOTTOM = 32
const TOP = 12
const RIGHT = 48

/** At most this many points are drawn: neighbours are averaged, as the energy of single steps is noise. */
const MOST_POINTS = 200

interface Point {
  step: number
  value: number
}

/** An SVG element; empty text where the run took no step. */
export function curveSvg(events: readonly RunEvent[]): string {
  const energies = events.flatMap((event) => (event.type === 'step' ? [{ step: event.step, value: event.energy }] : []))
  const scores = events.flatMap((e) => (e.type === 'validation' ? [{ step: e.step, value: e.score }] : []))
  const line = averaged(energies)
  if (line.length === 0) return ''
  const lastStep = Math.max(energies.at(-1)!.step, scores.at(-1)?.step ?? 0, 1)
  const top = Math.max(...line.map(({ value }) => value)) * 1.05 || 1
  const x = (step: number) => (LEFT + (step / lastStep) * (WIDTH - LEFT - RIGHT)).toFixed(1)
  const y = (share: number) => (HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)).toFixed(1)
  const path = line.map(({ step, value }, i) => `${i === 0 ? 'M' : 'L'}${x(step)} ${y(value / top)}`).join('')
  const dots = scores.map(({ step, value }) => `<circle cx="${x(step)}" cy="${y(value)}" r="4" fill="#d55e00"/>`)
  const text = (at: string, said: string, more = '') => `<text ${at} font-size="11" fill="#555" ${more}>${said}</text>`
  return [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" role="img" aria-label="Energy and validation score by step">`,
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}V${TOP}" fill="none" stroke="#bbb"/>`,
    text(`x="${LEFT - 6}" y="${Number(y(1)) + 4}"`, top.toPrecision(2), 'text-anchor="end"'),
    text(`x="${LEFT - 6}" y="${y(0)}"`, '0', 'text-anchor="end"'),
    text(`x="${WIDTH - RIGHT + 6}" y="${Number(y(1)) + 4}"`, '1'),
    text(`x="${WIDTH - RIGHT + 6}" y="${y(0)}"`, '0'),
    text(`x="${x(lastStep)}" y="${HEIGHT - 14}"`, `step ${lastStep}`, 'text-anchor="end"'),
    text(`x="${LEFT}" y="${HEIGHT - 2}"`, 'line: energy (left) · dots: validation score (right)'),
    `<path d="${path}" fill="none" stroke="#0072b2" stroke-width="1.5"/>`,
    ...dots,
    '</svg>',
  ].join('\n')
}

function averaged(points: readonly Point[]): Point[] {
  const perGroup = Math.max(1, Math.ceil(points.length / MOST_POINTS))
  const groups = Map.groupBy(points, (_, index) => Math.floor(index / perGroup))
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return [...groups.values()].map((group) => ({
    step: mean(group.map(({ step }) => step)),
    value: mean(group.map(({ value }) => value)),
  }))
}
