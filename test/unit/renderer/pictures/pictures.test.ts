import { expect, test } from 'vitest'
import { predictedClasses, probabilityPicture } from '../../../../src-renderer/pictures/probabilities.ts'
import { greyPicture } from '../../../../src-renderer/pictures/rgba.ts'
import { judgePixels, VERDICT, VERDICT_COLOURS, verdictPicture } from '../../../../src-renderer/pictures/verdicts.ts'
import { rgbOf } from '../../../../src-shared/colours.ts'
import { NOT_COUNTED } from '../../../../src-shared/previews.ts'

const pixel = (picture: Uint8ClampedArray, at: number) => [...picture.subarray(at * 4, at * 4 + 4)]

test('grey values become opaque greys', () => {
  expect([...greyPicture(Uint8Array.of(0, 7, 255))]).toEqual([0, 0, 0, 255, 7, 7, 7, 255, 255, 255, 255, 255])
})

test('a colour is read as its three numbers', () => {
  expect(rgbOf('#d55e00')).toEqual([0xd5, 0x5e, 0])
})

test('the likeliest class is the one with the most probability, the first of equals', () => {
  // Pixels by column: background, class 1, class 2; certain, divided, equal, ...
  const background = [255, 100, 128, 85, 10]
  const first = [0, 155, 127, 85, 120]
  const second = [0, 0, 0, 85, 125]
  expect([...predictedClasses(Uint8Array.from([...background, ...first, ...second]), 3)]).toEqual([0, 1, 0, 0, 2])
})

test('a prediction tints the picture as much as it believes in an object, in the colour of its class', () => {
  const grey = Uint8Array.of(100, 100, 100, 100)
  const probabilities = Uint8Array.from(
    [
      [255, 0, 128, 0],
      [0, 255, 127, 0],
      [0, 0, 0, 255],
    ].flat(),
  )
  const picture = probabilityPicture(grey, probabilities, 3, [
    [200, 0, 0],
    [0, 0, 200],
  ])
  expect(pixel(picture, 0)).toEqual([100, 100, 100, 255])
  const [certain, half, other] = [pixel(picture, 1), pixel(picture, 2), pixel(picture, 3)]
  expect(certain[0]).toBe(Math.round(100 * 0.38 + 200 * 0.62))
  expect(certain[2]).toBe(Math.round(100 * 0.38))
  expect(half[0]).toBe(Math.round(100 + (certain[0]! - 100) * (127 / 255)))
  expect([other[0], other[2], other[3]]).toEqual([certain[2], certain[0], 255])
})

test('pixels are judged against what is painted; what is unknown is not counted', () => {
  const truth = Uint8Array.of(0, 1, 0, 1, 2, NOT_COUNTED, NOT_COUNTED, 0)
  const predicted = Uint8Array.of(0, 1, 1, 0, 1, 1, 0, 0)
  const { verdicts, ...counts } = judgePixels(predicted, truth)
  const { right, missed, invented, otherClass, notCounted } = VERDICT
  expect([...verdicts]).toEqual([right, right, invented, missed, otherClass, notCounted, notCounted, right])
  expect(counts).toEqual({ counted: 6, missed: 1, invented: 1, otherClass: 1, pixelError: 0.5 })
})

test('where nothing is known there is no error to tell', () => {
  expect(judgePixels(Uint8Array.of(1), Uint8Array.of(NOT_COUNTED)).pixelError).toBeNaN()
})

test('right pixels stay as they are, errors get their colours, unknown ones are hatched diagonally', () => {
  const width = 16
  const grey = new Uint8Array(width * width).fill(200)
  const verdicts = new Uint8Array(width * width).fill(VERDICT.notCounted)
  verdicts[0] = VERDICT.right
  verdicts[1] = VERDICT.missed
  verdicts[2] = VERDICT.invented
  verdicts[3] = VERDICT.otherClass
  const picture = verdictPicture(grey, verdicts, width)
  expect(pixel(picture, 0)).toEqual([200, 200, 200, 255])
  for (const [at, name] of [
    [1, 'missed'],
    [2, 'invented'],
    [3, 'otherClass'],
  ] as const) {
    const expected = rgbOf(VERDICT_COLOURS[name]).map((value) => Math.round(200 * 0.15 + value * 0.85))
    for (const [part, value] of expected.entries()) expect(Math.abs(picture[at * 4 + part]! - value)).toBeLessThan(2)
  }
  const shades = new Set<number>()
  for (let at = width; at < (width - 1) * width; at++) {
    shades.add(picture[at * 4]!)
    // Equal along lines that rise to the right.
    if (at % width > 0) expect(pixel(picture, at)).toEqual(pixel(picture, at + width - 1))
  }
  expect(shades.size).toBe(2)
  expect(Math.max(...shades)).toBeLessThan(200)
})
