import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_DISPLAY } from '../../../../src-renderer/annotator/view.ts'
import { type LabelLook, type PaneView, paintPane } from '../../../../src-renderer/pictures/label-pane.ts'
import { shadesOf } from '../../../../src-renderer/pictures/shades.ts'

const RED: LabelLook = { colour: [255, 0, 0], fill: 0.5, edge: 1 }
const painted = (view: PaneView, labels: number[], width: number, at = { x: 0, y: 0 }) => {
  const out = new Uint8ClampedArray(view.width * view.height * 4)
  const rect = { ...at, w: width, h: labels.length / width }
  paintPane(out, view, { rect, labels: Uint32Array.from(labels) }, (label) => (label === 9 ? null : RED))
  return out
}
/** Opacities, a line of the screen a text: "#" edge, "+" fill, "." nothing. */
const drawn = (out: Uint8ClampedArray, width: number) =>
  Array.from({ length: out.length / 4 / width }, (_, row) =>
    Array.from({ length: width }, (_, column) => {
      const opacity = out[(row * width + column) * 4 + 3]!
      return opacity === 255 ? '#' : opacity > 0 ? '+' : '.'
    }).join(''),
  )

test('zoomed in, an outline is one pixel of the screen and the rest is filled', () => {
  const labels = [0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
  const out = painted({ width: 16, height: 12, scale: 4, centre: { x: 2, y: 1.5 } }, labels, 4)
  const inside = '....#++++++#....'
  const edge = '....########....'
  const none = '................'
  expect(drawn(out, 16)).toEqual([none, none, none, none, edge, inside, inside, edge, none, none, none, none])
})

test('where the plane ends an object ends too, and has its outline', () => {
  const out = painted({ width: 9, height: 9, scale: 3, centre: { x: 1.5, y: 1.5 } }, Array(9).fill(1), 3)
  const [edge, inside] = ['#########', '#+++++++#']
  expect(drawn(out, 9)).toEqual([edge, ...Array(7).fill(inside), edge])
})

test('labels without a look, and what lies outside the plane, are not drawn', () => {
  const out = painted({ width: 6, height: 3, scale: 1, centre: { x: 1, y: 0.5 } }, [9, 5], 2)
  expect(drawn(out, 6)).toEqual(['......', '...#..', '......'])
})

test('each pixel of the screen shows the label that lies under its middle', () => {
  const views = fc.record({
    scale: fc.double({ min: 0.3, max: 6, noNaN: true }),
    x: fc.double({ min: -2, max: 12, noNaN: true }),
    y: fc.double({ min: -2, max: 12, noNaN: true }),
  })
  const maps = fc.array(fc.constantFrom(0, 1), { minLength: 100, maxLength: 100 })
  fc.assert(
    fc.property(views, maps, ({ scale, x, y }, labels) => {
      const view = { width: 14, height: 9, scale, centre: { x: x + 3, y: y + 5 } }
      const out = painted(view, labels, 10, { x: 3, y: 5 })
      for (let row = 0; row < 9; row++) {
        for (let column = 0; column < 14; column++) {
          const px = Math.floor(view.centre.x - 3 + (column + 0.5 - 7) / scale)
          const py = Math.floor(view.centre.y - 5 + (row + 0.5 - 4.5) / scale)
          const isIn = px >= 0 && py >= 0 && px < 10 && py < 10
          expect(out[(row * 14 + column) * 4 + 3]! > 0).toBe(isIn && labels[py * 10 + px] === 1)
        }
      }
    }),
  )
})

test('the picture is shown through the window, gamma and inversion of the display', () => {
  const samples = Uint16Array.of(100, 200, 300, 50)
  const display = { ...DEFAULT_DISPLAY, low: 100, high: 300 }
  const greys = (changes: object) =>
    [...shadesOf(samples, 4, { ...display, ...changes })].filter((_, at) => at % 4 === 0)
  expect(greys({})).toEqual([0, 128, 255, 0])
  expect(greys({ isInverted: true })).toEqual([255, 128, 0, 255])
  expect(greys({ gamma: 2 })).toEqual([0, 64, 255, 0])
})

test('three channels are shown as red, green and blue; no numbers are black', () => {
  const samples = Float32Array.of(1, Number.NaN, 0, 1, 0.5, 0)
  const picture = shadesOf(samples, 2, { ...DEFAULT_DISPLAY, low: 0, high: 1, channel: -1 })
  expect([...picture]).toEqual([255, 0, 128, 255, 0, 255, 0, 255])
})
