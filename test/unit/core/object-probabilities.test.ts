import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readObjectProbabilities } from '../../../src-main/core/object-probabilities.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { allocateSamples } from '../../../src-shared/pixels.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-probabilities-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SIZE = { width: 300, height: 530 } // two tiles wide, three high

/** A plane of probabilities: the share of a channel at a pixel, of `most`. */
function plane(sampleType: 'uint8' | 'uint16' | 'float32', channels: number, most: number) {
  const file = path.join(folder, `${sampleType}-${channels}.cbpx`)
  const data = allocateSamples(sampleType, SIZE.width * SIZE.height * channels)
  for (let at = 0; at < data.length; at++) data[at] = most * (((at * 7919) % 16) / 16)
  const pixels = PixelFile.create(file, { ...SIZE, channels, sampleType })
  pixels.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { ...SIZE, channels, data })
  pixels.close()
  return { file, data }
}

type Values = ArrayLike<number> | null

/** The first places at which two maps differ: all of what differs takes minutes to print. */
function differences(found: Values, expected: Values) {
  if (found === null || expected === null || found.length !== expected.length) return found === expected ? [] : 'all'
  const places = Array.from({ length: expected.length }, (_, at) => at).filter((at) => found[at] !== expected[at])
  return places.slice(0, 9).map((at) => ({ at, found: found[at], expected: expected[at] }))
}

test.each([
  ['uint8', 2, 255],
  ['uint16', 3, 65535],
  ['float32', 4, 1],
] as const)(
  'of %s with %i channels: foreground is all but background, 0 to 1, and the class the likeliest other',
  (sampleType, channels, most) => {
    const { file, data } = plane(sampleType, channels, most)
    const area = SIZE.width * SIZE.height
    const shares = Array.from({ length: channels }, (_, channel) => data.subarray(channel * area, (channel + 1) * area))
    const shown = (share: number) => (sampleType === 'uint16' ? Math.round((share / most) * 255) / 255 : share / most)
    const foreground = Float32Array.from({ length: area }, (_, at) => 1 - shown(shares[0]![at]!))
    const classAt = (at: number) => {
      const others = shares.slice(1).map((share) => share[at]!)
      return 1 + others.indexOf(Math.max(...others))
    }
    const likeliest = channels > 2 ? Uint8Array.from({ length: area }, (_, at) => classAt(at)) : null
    const { width, height, ...found } = readObjectProbabilities(file)
    expect({ width, height }).toEqual(SIZE)
    expect(differences(found.foreground, foreground)).toEqual([])
    expect(differences(found.likeliest, likeliest)).toEqual([])
  },
)

test.each(['uint8', 'uint16'] as const)(
  'a part of %s is what the whole plane says there, wherever its tiles end',
  (sampleType) => {
    const { file } = plane(sampleType, 3, 200)
    const whole = readObjectProbabilities(file)
    for (const rect of [
      { x: 0, y: 0, w: 300, h: 530 },
      { x: 250, y: 200, w: 31, h: 330 },
      { x: 7, y: 256, w: 256, h: 256 },
      { x: 299, y: 529, w: 1, h: 1 },
    ]) {
      const cut = (values: Float32Array | Uint8Array) =>
        Array.from({ length: rect.w * rect.h }, (_, at) => {
          const [column, row] = [at % rect.w, Math.floor(at / rect.w)]
          return values[(rect.y + row) * SIZE.width + rect.x + column]!
        })
      const { width, height, foreground, likeliest } = readObjectProbabilities(file, { rect })
      expect([width, height]).toEqual([rect.w, rect.h])
      expect(differences(foreground, cut(whole.foreground))).toEqual([])
      expect(differences(likeliest, cut(whole.likeliest!))).toEqual([])
    }
  },
)

test('the foreground of an earlier plane is written over where it is given', () => {
  const { file } = plane('uint8', 2, 255)
  const into = new Float32Array(SIZE.width * SIZE.height).fill(9)
  const { foreground } = readObjectProbabilities(file, { into })
  expect(foreground === into).toBe(true)
  expect(differences(into, readObjectProbabilities(file).foreground)).toEqual([])
})

test('of 16 bits the objects and classes are those that a window makes of the 8 bits it gets', () => {
  const file = path.join(folder, 'both-sides.cbpx')
  // Channel by channel: background of 127.4 steps of 255, and a second class that is likelier than the first by less than a
  // step.
  const data = Uint16Array.of(32750, 0, 16400, 30000, 16410, 30010)
  const pixels = PixelFile.create(file, { width: 2, height: 1, channels: 3, sampleType: 'uint16' })
  pixels.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: 2, height: 1, channels: 3, data })
  pixels.close()
  expect(readObjectProbabilities(file)).toEqual({
    width: 2,
    height: 1,
    foreground: Float32Array.of(1 - 127 / 255, 1),
    likeliest: Uint8Array.of(1, 1),
  })
})
