import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { resampleFile } from '../../../src-main/imaging/resample-file.ts'
import { resampled, spanOf, tapsOf } from '../../../src-shared/resample.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'

interface Fixture {
  channels: number
  width: number
  height: number
  source: number[]
  cases: { width: number; height: number; expected: number[] }[]
}
/** Made by scripts/fixtures/resample.py with PyTorch. */
const fixture: Fixture = JSON.parse(
  readFileSync(new URL('../../fixtures/science/resample.json', import.meta.url), 'utf8'),
)
const { at, remove } = temporaryFolder()
afterAll(remove)

test.each(fixture.cases)(
  '$width x $height pixels are those of PyTorch, finer and coarser',
  ({ width, height, expected }) => {
    const { source, channels, ...size } = fixture
    const columns = tapsOf(size.width, width, 0, width)
    const rows = tapsOf(size.height, height, 0, height)
    const found = resampled(source, channels, { x: 0, y: 0, w: size.width, h: size.height }, columns, rows)
    expect(found).toHaveLength(expected.length)
    for (const [index, value] of expected.entries()) expect(found[index]).toBeCloseTo(value, 6)
  },
)

test('taps lie inside the source, and weigh 1 together', () => {
  for (const [source, target] of [
    [1, 7],
    [7, 1],
    [100, 37],
    [37, 100],
  ] as const) {
    const taps = tapsOf(source, target, 0, target)
    expect(spanOf(taps)).toEqual([0, source])
    for (const weights of taps.weights) expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12)
  }
})

test('a file in tiles is the whole plane at once, on every plane', async () => {
  const [width, height] = [700, 540]
  const file = PixelFile.create(at('source.cbpx'), { width, height, channels: 1, sampleType: 'uint16', z: 2 })
  const planes = [0, 1].map((z) =>
    Uint16Array.from({ length: width * height }, (_, at) => (at * 7919 * (z + 1)) % 4001),
  )
  for (const [z, data] of planes.entries())
    file.writeRegion({ z, t: 0, x: 0, y: 0 }, { width, height, channels: 1, data })
  file.close()
  const size = { width: 1111, height: 413 }
  await resampleFile(at('source.cbpx'), at('target.cbpx'), size, new AbortController().signal)
  const target = PixelFile.open(at('target.cbpx'))
  for (const [z, data] of planes.entries()) {
    const { data: found } = target.readRegion({ z, t: 0, rect: { x: 0, y: 0, w: size.width, h: size.height } })
    const columns = tapsOf(width, size.width, 0, size.width)
    const rows = tapsOf(height, size.height, 0, size.height)
    expect(
      Buffer.compare(
        Buffer.from(found.buffer, found.byteOffset, found.byteLength),
        Buffer.from(resampled(data, 1, { x: 0, y: 0, w: width, h: height }, columns, rows).buffer),
      ),
    ).toBe(0)
  }
  target.close()
})
