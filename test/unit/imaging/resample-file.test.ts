import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { PixelFile, scaledLevels } from '../../../src-main/imaging/pixel-file.ts'
import { resampleFile } from '../../../src-main/imaging/resample-file.ts'

const [WIDTH, HEIGHT] = [700, 30]

/** A file of two channels, the second the rest to 255 of the first, which grows evenly to the right. */
function written(): { source: string; target: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-resample-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const [source, target] = [path.join(folder, 'source.cbpx'), path.join(folder, 'target.cbpx')]
  const file = PixelFile.create(source, { width: WIDTH, height: HEIGHT, channels: 2, sampleType: 'uint8' })
  const data = new Uint8Array(2 * WIDTH * HEIGHT)
  for (let at = 0; at < WIDTH * HEIGHT; at++) {
    data[at] = Math.floor((at % WIDTH) / 3)
    data[WIDTH * HEIGHT + at] = 255 - data[at]!
  }
  file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: WIDTH, height: HEIGHT, channels: 2, data })
  file.close()
  return { source, target }
}

test('whole numbers stay whole, rounded, and the coarser levels are there to be looked at', async () => {
  const { source, target } = written()
  const [width, height] = [1400, 60]
  const kept = { sampleType: 'uint8', withLevels: true } as const
  await resampleFile(source, target, { width, height }, new AbortController().signal, kept)
  const file = PixelFile.open(target)
  onTestFinished(() => file.close())
  expect(file.header).toMatchObject({ width, height, sampleType: 'uint8', levels: scaledLevels(width, height) })
  expect(file.header.levels).toBeGreaterThan(1)
  const { data } = file.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w: width, h: height } })
  const coarse = file.readRegion({ z: 0, t: 0, level: 1, rect: { x: 0, y: 0, w: width / 2, h: height / 2 } }).data
  for (const [x, y] of [
    [0, 0],
    [3, 59],
    [511, 30],
    [513, 30],
    [600, 20],
    [1021, 7],
    [1399, 59],
  ] as const) {
    const value = (at: number) => Math.floor(Math.max(0, Math.min(WIDTH - 1, at)) / 3)
    const middle = (x + 0.5) / 2 - 0.5 // in pixels of the source, linear between the two beside it
    const [left, share] = [Math.floor(middle), middle - Math.floor(middle)]
    const expected = (1 - share) * value(left) + share * value(left + 1)
    const at = y * width + x
    expect([x, Math.abs(data[at]! - expected) <= 0.5]).toEqual([x, true])
    expect(Math.abs(data[at]! + data[width * height + at]! - 255)).toBeLessThanOrEqual(1)
    const half = coarse[(y >> 1) * (width / 2) + (x >> 1)]!
    expect(Math.abs(half - expected)).toBeLessThanOrEqual(1.5)
  }
})
