import { expect, test } from 'vitest'
import { curvePlot, dotPlot } from '../../../src-main/core/study/plot.ts'
import { type Element, parseXml } from './xml.ts'

/** What a place on an axis means, read off its labels: a straight line through the first and the last tick. */
function axisOf(elements: Element[], anchor: string, coordinate: 'x' | 'y', as = (value: number) => value) {
  const ticks = elements
    .filter(
      ({ name, attributes, text }) =>
        name === 'text' && attributes['text-anchor'] === anchor && /^-?[\d.]+$/.test(text),
    )
    .map(({ attributes, text }) => ({ at: Number(attributes[coordinate]), value: as(Number(text)) }))
  const [first, last] = [ticks[0]!, ticks.at(-1)!]
  expect(ticks.length).toBeGreaterThan(1)
  return (at: number) => first.value + ((at - first.at) / (last.at - first.at)) * (last.value - first.value)
}

const circles = (elements: Element[]) =>
  elements
    .filter(({ name }) => name === 'circle')
    .map(({ attributes }) => ({ x: Number(attributes.cx), y: Number(attributes.cy), fill: attributes.fill }))

test('every seed is a dot at its value, and the bar of an arm is at their mean', () => {
  const elements = parseXml(
    dotPlot('V_Rand', 'score', [
      { name: 'first', values: [0.9, 0.92, 0.97] },
      { name: 'second', values: [0.81] },
    ]),
  )
  // Labels stand 4 px below their lines.
  const value = axisOf(elements, 'end', 'y')
  expect(circles(elements).map(({ y }) => Number(value(y + 4).toFixed(3)))).toEqual([0.9, 0.92, 0.97, 0.81])
  const bars = elements.filter(({ attributes }) => attributes.class === 'mean')
  const heights = bars.map(({ attributes }) => Number(/M[\d.]+ ([\d.]+)H/.exec(attributes.d!)![1]))
  expect(heights.map((y) => Number(value(y + 4).toFixed(3)))).toEqual([0.93, 0.81])
})

test('groups stand side by side above their names, and an empty one keeps its place', () => {
  const elements = parseXml(
    dotPlot('t', 'y', [
      { name: 'left', values: [1] },
      { name: 'empty', values: [] },
      { name: 'right', values: [2] },
    ]),
  )
  const nameAt = (name: string) => Number(elements.find(({ text }) => text === name)!.attributes.x)
  const [first, second] = circles(elements)
  expect([first!.x, second!.x]).toEqual([nameAt('left'), nameAt('right')])
  expect(nameAt('empty')).toBeCloseTo((nameAt('left') + nameAt('right')) / 2, 0)
})

test('arms of several splits stand together above the name of the split, in one colour each, named once in the legend', () => {
  const arms = (among: string) => ['program', 'forest'].map((name, index) => ({ name, among, values: [index + 1] }))
  const elements = parseXml(dotPlot('t', 'y', [...arms('em'), ...arms('nuclei')]))
  const nameAt = (name: string) =>
    elements.filter(({ text }) => text === name).map(({ attributes }) => Number(attributes.x))
  const dots = circles(elements)
  const middle = (one: number, other: number) => (dots[one]!.x + dots[other]!.x) / 2
  expect(nameAt('em')).toHaveLength(1)
  expect(nameAt('em')[0]).toBeCloseTo(middle(0, 1), 0)
  expect(nameAt('nuclei')[0]).toBeCloseTo(middle(2, 3), 0)
  expect([dots[0]!.fill, dots[1]!.fill]).toEqual([dots[2]!.fill, dots[3]!.fill])
  expect(dots[0]!.fill).not.toBe(dots[1]!.fill)
  expect(dots[2]!.x - dots[1]!.x).toBeGreaterThan(1.5 * (dots[1]!.x - dots[0]!.x))
  expect([nameAt('program').length, nameAt('forest').length]).toEqual([1, 1])
  expect(nameAt('program')[0]).toBeGreaterThan(Math.max(...dots.map(({ x }) => x)))
})

test.each([false, true])('points of a curve stand at their x and y, logarithmic: %s', (isLogarithmic) => {
  const points = [1, 2, 5, 10, 20].map((x) => ({ x, y: x / 30 }))
  const elements = parseXml(curvePlot('t', { label: 'images', isLogarithmic }, 'score', [{ name: 'a', points }]))
  const as = isLogarithmic ? Math.log : (value: number) => value
  const across = axisOf(elements, 'middle', 'x', as)
  const up = axisOf(elements, 'end', 'y')
  for (const [index, { x, y }] of circles(elements).entries()) {
    expect(across(x)).toBeCloseTo(as(points[index]!.x), 1)
    expect(up(y + 4)).toBeCloseTo(points[index]!.y, 2)
  }
})

test('a curve goes through the means of points with the same x, from left to right', () => {
  const points = [
    { x: 10, y: 3 },
    { x: 1, y: 1 },
    { x: 10, y: 5 },
    { x: 1, y: 2 },
  ]
  const elements = parseXml(curvePlot('t', { label: 'x' }, 'y', [{ name: 'a', points }]))
  const up = axisOf(elements, 'end', 'y')
  const line = elements.find(({ attributes }) => attributes.class === 'line')!.attributes.d!
  const corners = [...line.matchAll(/[ML]([\d.]+) ([\d.]+)/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }))
  expect(corners.map(({ y }) => Number(up(y + 4).toFixed(2)))).toEqual([1.5, 4])
  expect(corners[0]!.x).toBeLessThan(corners[1]!.x)
})

test('all dots lie inside the frame, whatever the values', () => {
  for (const values of [[0], [-3, 7], [1e-7, 2e-7], [12_000, 12_001, 40_000], [0.5, 0.5, 0.5]]) {
    const elements = parseXml(dotPlot('t', 'y', [{ name: 'a', values }]))
    for (const { x, y } of circles(elements)) {
      expect(x).toBeGreaterThan(92)
      expect(x).toBeLessThan(736)
      expect(y).toBeGreaterThanOrEqual(40)
      expect(y).toBeLessThanOrEqual(318)
    }
  }
})

test('names with signs of XML, no groups and no points make a whole document too', () => {
  const odd = '<b> & "quoted"'
  expect(parseXml(dotPlot(odd, odd, [{ name: odd, values: [1, 2] }]))[0]!.attributes['aria-label']).toBe(
    '&lt;b&gt; &amp; &quot;quoted&quot;',
  )
  parseXml(dotPlot('t', 'y', []))
  parseXml(curvePlot('t', { label: 'x', isLogarithmic: true }, 'y', []))
  parseXml(curvePlot('t', { label: 'x' }, 'y', [{ name: 'a', points: [{ x: 3, y: 3 }] }]))
})
