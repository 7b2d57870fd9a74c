import { expect, test } from 'vitest'
import { drawWarp, identityWarp, mapWindow, varyGreyValues } from '../../../src-shared/augmentation.ts'
import { sampleImage, sampleLabels } from '../../../src-shared/augmentation-sampling.ts'
import { mirrored } from '../../../src-shared/mirror.ts'
import { Random } from '../../../src-shared/random.ts'
import { STILL, samplePlane } from './sampler-driver.ts'

const FULL = { ...STILL, elasticPx: 10, rotate: true, mirror: true, scale: 0.2 }

test('displacements on the coarse grid have mean 0 and the planned standard deviation, and the map passes through them', () => {
  const plan = { ...STILL, elasticPx: 10 }
  const found: number[] = []
  for (let seed = 0; seed < 300; seed++) {
    const warp = drawWarp(plan, 50, 60, new Random(seed))
    const { x, y } = mapWindow(warp, 65, 65)
    for (const row of [0, 32, 64]) {
      for (const column of [0, 32, 64]) {
        found.push(x[row * 65 + column]! - (50 + column - 32), y[row * 65 + column]! - (60 + row - 32))
      }
    }
  }
  const mean = found.reduce((sum, d) => sum + d, 0) / found.length
  const sigma = Math.sqrt(found.reduce((sum, d) => sum + d * d, 0) / found.length)
  expect(Math.abs(mean)).toBeLessThan(0.5) // 5400 draws: the standard error is 0.14
  expect(Math.abs(sigma - 10)).toBeLessThan(0.4)
})

test('the deformation is smooth: no step between neighbours, none in its slope', () => {
  const { x } = mapWindow(drawWarp({ ...STILL, elasticPx: 10 }, 0, 0, new Random(3)), 129, 129)
  const slopes = Array.from({ length: 128 }, (_, i) => x[64 * 129 + i + 1]! - x[64 * 129 + i]!)
  const kinks = slopes.slice(1).map((slope, i) => Math.abs(slope - slopes[i]!))
  expect(Math.max(...slopes.map(Math.abs))).toBeLessThan(2)
  expect(Math.max(...kinks)).toBeLessThan(0.05)
})

test('angles are uniform over the full turn, and half of the patches are mirrored', () => {
  const counts = new Array<number>(8).fill(0)
  let mirroredPatches = 0
  for (let seed = 0; seed < 4000; seed++) {
    const { xx, xy, yx, yy } = drawWarp({ ...STILL, rotate: true, mirror: true }, 0, 0, new Random(seed))
    const determinant = xx * yy - xy * yx
    expect(Math.abs(determinant)).toBeCloseTo(1, 10)
    if (determinant < 0) mirroredPatches++
    counts[Math.floor(((Math.atan2(yx, xx) + Math.PI) / (2 * Math.PI)) * 8) % 8]!++
  }
  for (const count of counts) expect(Math.abs(count - 500)).toBeLessThan(100)
  expect(Math.abs(mirroredPatches - 2000)).toBeLessThan(150)
})

test('scale keeps within its limit and is even around 1', () => {
  const scales = Array.from(
    { length: 2000 },
    (_, seed) => 1 / drawWarp({ ...STILL, scale: 0.25 }, 0, 0, new Random(seed)).xx,
  )
  expect(Math.max(...scales)).toBeLessThanOrEqual(1.25)
  expect(Math.min(...scales)).toBeGreaterThanOrEqual(0.8)
  expect(scales.reduce((sum, s) => sum + Math.log(s), 0) / 2000).toBeCloseTo(0, 1)
})

test('cubic convolution gives back any quadratic surface exactly, under any warp', () => {
  const surface = (x: number, y: number) => 0.3 * x * x - 0.2 * x * y + 0.1 * y * y - x + 2 * y + 5
  const plane = samplePlane(200, 200, () => 0, { valueAt: surface })
  const coordinates = mapWindow(drawWarp(FULL, 100.5, 99.5, new Random(8)), 40, 40)
  const out = new Float32Array(1600)
  sampleImage(plane.readPixels, plane, 1, coordinates, out, 0)
  out.forEach((value, at) => {
    expect(value).toBeCloseTo(surface(coordinates.x[at]!, coordinates.y[at]!), 1) // values of 5000 in float32
  })
})

test('outside the plane the image is mirrored without repeating the edge, and labels are ignored', () => {
  const plane = samplePlane(5, 4, (x, y) => 16 + x + 5 * y)
  const coordinates = mapWindow(identityWarp(2, 1), 15, 15)
  const out = new Float32Array(225)
  sampleImage(plane.readPixels, plane, 1, coordinates, out, 0)
  const reflect = (i: number, size: number) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i)
  const ids = sampleLabels(plane.readLabels, plane, coordinates)
  for (let row = 0; row < 15; row++) {
    for (let column = 0; column < 15; column++) {
      const x = column - 5
      const y = row - 6
      const isInside = x >= 0 && x < 5 && y >= 0 && y < 4
      expect(ids[row * 15 + column]).toBe(isInside ? 16 + x + 5 * y : 3)
      const twice = (i: number, size: number) => reflect(reflect(i, size), size)
      const expected = twice(twice(x, 5), 5) + 1000 * twice(twice(y, 4), 4)
      expect(out[row * 15 + column]).toBe(expected)
    }
  }
})

test('a row of one pixel continues with its value, and mirroring repeats', () => {
  expect([-3, -1, 0, 1, 5].map((i) => mirrored(i, 1))).toEqual([0, 0, 0, 0, 0])
  expect([-4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((i) => mirrored(i, 3))).toEqual([0, 1, 2, 1, 0, 1, 2, 1, 0, 1, 2])
})

test('channels stay apart and are interleaved', () => {
  const plane = samplePlane(8, 8, () => 0)
  const read = (rect: { x: number; y: number; w: number; h: number }) => {
    const first = plane.readPixels(rect)
    return Float32Array.from([...first, ...first.map((value) => -value)])
  }
  const out = new Float32Array(2 * 16)
  sampleImage(read, plane, 2, mapWindow(identityWarp(3.5, 3.5), 4, 4), out, 0)
  expect([...out.slice(0, 4)]).toEqual([2002, -2002, 2003, -2003])
})

test('contrast, brightness and gamma stay within their limits, per channel', () => {
  const plan = { ...STILL, greyContrast: 0.2, greyBrightness: 0.1, greyGamma: 0.5 }
  const seen = { black: [] as number[], white: [] as number[], middle: [] as number[] }
  for (let seed = 0; seed < 500; seed++) {
    const pixels = Float32Array.of(0, 0, 1, 1, 0.25, 0.25)
    varyGreyValues(pixels, 2, plan, new Random(seed))
    expect(pixels[0]).not.toBe(pixels[1])
    seen.black.push(pixels[0]!)
    seen.white.push(pixels[2]! - pixels[0]!)
    seen.middle.push((pixels[4]! - pixels[0]!) / (pixels[2]! - pixels[0]!))
  }
  const range = (values: number[]) => [Math.min(...values), Math.max(...values)]
  const [leastContrast, mostContrast] = range(seen.white)
  expect(leastContrast).toBeGreaterThan(0.8 - 1e-6)
  expect(mostContrast).toBeLessThan(1.2 + 1e-6)
  expect(mostContrast! - leastContrast!).toBeGreaterThan(0.35)
  const [darkest, brightest] = range(seen.black)
  expect(darkest).toBeGreaterThan(-0.2 - 1e-6)
  expect(brightest).toBeLessThan(0.2 + 1e-6)
  const [flattest, steepest] = range(seen.middle)
  expect(flattest).toBeGreaterThan(0.25 ** 1.5 - 1e-3)
  expect(steepest).toBeLessThan(0.25 ** (1 / 1.5) + 1e-3)
  expect(steepest! - flattest!).toBeGreaterThan(0.2)
})

test('noise is normal with a standard deviation up to the planned one', () => {
  const sigmas = Array.from({ length: 60 }, (_, seed) => {
    const pixels = new Float32Array(2000)
    varyGreyValues(pixels, 1, { ...STILL, noiseSigma: 0.1 }, new Random(seed))
    return Math.sqrt(pixels.reduce((sum, value) => sum + value * value, 0) / 2000)
  })
  expect(Math.max(...sigmas)).toBeLessThan(0.11)
  expect(Math.max(...sigmas)).toBeGreaterThan(0.08)
  expect(sigmas.reduce((sum, sigma) => sum + sigma, 0) / 60).toBeCloseTo(0.05, 1)
})

test('with nothing to vary grey values stay exactly as they are', () => {
  const pixels = Float32Array.of(-0.3, 0.1, 0.77, 2.5)
  varyGreyValues(pixels, 1, STILL, new Random(1))
  expect([...pixels]).toEqual([...Float32Array.of(-0.3, 0.1, 0.77, 2.5)])
})
