import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withBackgroundRing } from '../../../src-shared/background-ring.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { Sampler } from '../../../src-shared/sampler.ts'
import { type SamplePlane, teachingLabels } from '../../../src-shared/sampler-patch.ts'
import { targetsOf } from '../../../src-shared/targets.ts'
import { storedCase } from './label-maps.ts'
import { planItem, runPlan, samplePlane } from './sampler-driver.ts'

const WILD = {
  elasticPx: 10,
  rotate: true,
  mirror: true,
  scale: 0.3,
  greyContrast: 0.2,
  greyBrightness: 0.2,
  greyGamma: 0.2,
  noiseSigma: 0.05,
}

/** Real nuclei; one band is left unpainted, one ignored. */
function nuclei(item = {}): SamplePlane {
  const { labels, width, height } = storedCase('nuclei')
  const labelAt = (x: number, y: number) => {
    if (y % 40 < 5) return 0
    if (x % 50 < 4) return 3
    return Math.max(1, labels[y * width + x]!)
  }
  return samplePlane(width, height, labelAt, { item })
}

test('a batch is a function of the seed and the step alone', () => {
  const plan = runPlan({ augmentation: WILD, optimization: { batch: 2 } })
  const sampler = new Sampler(plan, [nuclei()])
  const first = sampler.batch(5)
  sampler.batch(6)
  expect(new Sampler(plan, [nuclei()]).batch(5)).toEqual(first)
  expect(sampler.batch(5)).toEqual(first)
  expect(sampler.batch(6).image).not.toEqual(first.image)
  const other = runPlan({ augmentation: WILD, optimization: { batch: 2, seed: 2 } })
  expect(new Sampler(other, [nuclei()]).batch(5).image).not.toEqual(first.image)
  expect(first.origins[0]).not.toEqual(first.origins[1])
})

test('without augmentation a patch is that rectangle of the image, its classes and its weights', () => {
  const plane = nuclei()
  const { labels, width, height } = storedCase('nuclei')
  const plan = runPlan({ targets: { w0: 7, sigmaPx: 2, carve: false, classWeights: [0.5, 2] } })
  const sampler = new Sampler(plan, [plane])
  const whole = teachingLabels(plane, { x: 0, y: 0, w: width, h: height }, 0)
  const expected = targetsOf(whole, width, height, plane.item, plan.targets)
  expect(labels.some((id) => id >= 16)).toBe(true)
  for (let step = 0; step < 20; step++) {
    const { image, classIndex, weight, origins } = sampler.batch(step)
    const { x, y } = origins[0]!
    for (let at = 0; at < 1024; at++) {
      const column = x + (at % 32)
      const row = y + Math.floor(at / 32)
      expect(image[at]).toBe(column + 1000 * row)
      expect(classIndex[at]).toBe(expected.classIndex[row * width + column])
      expect(weight[at]).toBeCloseTo(expected.weight[row * width + column]!, 4)
    }
  }
})

test('augmentation switched off shows patches as they are, whatever else is set, in the same places', () => {
  const off = runPlan({ augmentation: { ...WILD, augment: false } })
  const still = runPlan()
  for (let step = 0; step < 5; step++) {
    const [found, expected] = [off, still].map((plan) => new Sampler(plan, [nuclei()]).batch(step))
    expect(found).toEqual(expected)
  }
})

test('a pixel classifier is shown the window around a painted pixel and that pixel’s class, both classes alike often', () => {
  const network = { kind: 'patch-classifier', windowPx: 33, maps: 4, hidden: 4, dropout: 0, initScale: 1 } as const
  const plan = runPlan({
    network: { ...network, inputChannels: 1, classes: 2 },
    targets: { weights: 'none', carve: true },
    optimization: { batch: 16 },
  })
  const plane = nuclei()
  const sampler = new Sampler(plan, [plane])
  const { width, height } = plane
  const whole = targetsOf(teachingLabels(plane, { x: 0, y: 0, w: width, h: height }, 0), width, height, plane.item, {
    ...plan.targets,
    weights: 'none',
  })
  const shown = [0, 0]
  for (let step = 0; step < 25; step++) {
    const { image, classIndex, weight, origins, inputPx, outputPx } = sampler.batch(step)
    expect([inputPx, outputPx]).toEqual([33, 1])
    for (const [patch, { x, y }] of origins.entries()) {
      const at = (u: number, v: number) => image[(patch * 33 + 16 + v) * 33 + 16 + u]
      expect(at(0, 0)).toBe(x + 1000 * y)
      expect(at(-16, 16)).toBe(Math.abs(x - 16) + 1000 * mirror(y + 16, height))
      expect(classIndex[patch]).toBe(whole.classIndex[y * width + x])
      expect(weight[patch]).toBe(1)
      shown[classIndex[patch]!]!++
    }
  }
  expect(shown[0]! / 400).toBeGreaterThan(0.4)
  expect(shown[1]! / 400).toBeGreaterThan(0.4)
})

const mirror = (at: number, size: number) => (at < size ? at : 2 * (size - 1) - at)

test('whatever the augmentation, no weight leaks into pixels nobody painted: the nearest plane pixel decides', () => {
  const augmentations = fc.record({
    elasticPx: fc.constantFrom(0, 3, 20),
    rotate: fc.boolean(),
    mirror: fc.boolean(),
    scale: fc.constantFrom(0, 0.5),
  })
  fc.assert(
    fc.property(augmentations, fc.nat(1000), fc.boolean(), (augmentation, step, carve) => {
      // The image says where a pixel comes from, so that the label there can be looked up independently. Around what is
      // painted lies an unpainted frame: what is mirrored into a patch stays within it.
      const inner = nuclei()
      const labelAt = (x: number, y: number) => {
        const isFrame = x < 100 || y < 100 || x >= 100 + inner.width || y >= 100 + inner.height
        return isFrame ? 0 : inner.readLabels({ x: x - 100, y: y - 100, w: 1, h: 1 })[0]!
      }
      const plane = samplePlane(inner.width + 200, inner.height + 200, labelAt)
      const source = samplePlane(plane.width, plane.height, () => 1, { valueAt: (x) => x })
      const sourceY = samplePlane(plane.width, plane.height, () => 1, { valueAt: (_, y) => y })
      const plan = runPlan({ augmentation, targets: { carve, w0: 10 } })
      const weight = new Sampler(plan, [plane]).batch(step).weight
      const xs = new Sampler(plan, [{ ...plane, readPixels: source.readPixels }]).batch(step).image
      const ys = new Sampler(plan, [{ ...plane, readPixels: sourceY.readPixels }]).batch(step).image
      weight.forEach((w, at) => {
        const x = Math.round(xs[at]!)
        const y = Math.round(ys[at]!)
        const isHalf = Math.abs(xs[at]! - x) > 0.49 || Math.abs(ys[at]! - y) > 0.49
        if (isHalf) return // between two pixels
        const label = plane.readLabels({ x, y, w: 1, h: 1 })[0]!
        if (label === 0 || label === 3) expect(w).toBe(0)
        else expect(w).toBeGreaterThan(0)
      })
    }),
    { numRuns: 25 },
  )
})

test('pixels outside the image weigh nothing, though the image is mirrored there', () => {
  const plan = runPlan({ optimization: { patchPx: 32 } })
  const plane = samplePlane(20, 20, (x) => (x < 10 ? 16 : 1))
  const { weight, origins } = new Sampler(plan, [plane]).batch(0)
  const { x, y } = origins[0]!
  weight.forEach((w, at) => {
    const column = x + (at % 32)
    const row = y + Math.floor(at / 32)
    const isInside = column >= 0 && column < 20 && row >= 0 && row < 20
    if (isInside) expect(w).toBeGreaterThan(0)
    else expect(w).toBe(0)
  })
})

test('held-out blocks teach nothing, neither by themselves nor by a ring around their objects', () => {
  const heldOut = [{ x: 0, y: 0, w: 60, h: 160 }]
  const plane = samplePlane(160, 160, (x, y) => ((x === 58 || x === 100) && y === 80 ? 16 + x : 0), {
    item: { heldOut },
  })
  const plan = runPlan({ targets: { ringPx: 5, carve: false } })
  const sampler = new Sampler(plan, [plane])
  for (let step = 0; step < 30; step++) {
    const { weight, origins } = sampler.batch(step)
    weight.forEach((w, at) => {
      const dx = origins[0]!.x + (at % 32) - 100
      const dy = origins[0]!.y + Math.floor(at / 32) - 80
      expect(w > 0).toBe(dx * dx + dy * dy <= 25)
    })
  }
})

test('the ring of a window is that part of the ring of the plane', () => {
  const { labels, width, height } = storedCase('nuclei')
  const sparse = labels.map((id) => (id >= 16 && id % 3 === 0 ? id : 0))
  const plane = samplePlane(width, height, (x, y) => sparse[y * width + x]!)
  const whole = withBackgroundRing(sparse, width, height, 7.5)
  const part = teachingLabels(plane, { x: 21, y: 13, w: 70, h: 60 }, 7.5)
  part.forEach((label, at) => {
    expect(label).toBe(whole[(13 + Math.floor(at / 70)) * width + 21 + (at % 70)])
  })
})

test('every patch shows painted pixels, even when one pixel of a large plane is painted', () => {
  const plan = runPlan({ augmentation: { ...WILD, elasticPx: 30 }, optimization: { batch: 2 } })
  const sampler = new Sampler(plan, [samplePlane(500, 400, (x, y) => (x === 499 && y === 0 ? 16 : 0))])
  for (let step = 0; step < 30; step++) {
    const { weight } = sampler.batch(step)
    for (const patch of [weight.subarray(0, 1024), weight.subarray(1024)]) expect(patch.some((w) => w > 0)).toBe(true)
  }
})

test('a rare class appears about as often as a common one at the centre of interest', () => {
  const item = { objectClasses: { '17': 2 } }
  const labelAt = (x: number, y: number) => (x < 8 && y < 8 ? 17 : x < 200 ? 16 : 1)
  const plane = samplePlane(512, 512, labelAt, { item })
  const plan = runPlan({ network: { classes: 3 }, targets: { classWeights: [1, 1, 1], w0: 0 } })
  const sampler = new Sampler(plan, [plane])
  let withRare = 0
  for (let step = 0; step < 150; step++) if (sampler.batch(step).classIndex.includes(2)) withRare++
  expect(withRare).toBeGreaterThan(30)
  expect(withRare).toBeLessThan(75)
})

test('unpadded networks get the larger input around the same output', () => {
  const plan = runPlan({ network: { padding: 'valid', depth: 2 }, optimization: { patchPx: 20 } })
  const sampler = new Sampler(plan, [nuclei()])
  const { image, classIndex, inputPx, outputPx, origins } = sampler.batch(3)
  expect(outputPx).toBeGreaterThanOrEqual(20)
  expect(inputPx - outputPx).toBe(40)
  expect(image.length).toBe(inputPx * inputPx)
  expect(classIndex.length).toBe(outputPx * outputPx)
  const { x, y } = origins[0]!
  expect(image[20 * inputPx + 20]).toBe(x + 1000 * y)
})

test('planes are drawn by how much is painted in them', () => {
  const most = samplePlane(100, 100, (x) => (x < 50 ? 16 : 1))
  const little = samplePlane(100, 100, (x, y) => (x < 5 && y < 10 ? 16 : x < 10 && y < 10 ? 1 : 0))
  const sampler = new Sampler(runPlan({ optimization: { batch: 4 } }), [most, little])
  const counts = [0, 0]
  for (let step = 0; step < 100; step++) for (const { plane } of sampler.batch(step).origins) counts[plane]!++
  expect(counts[0]! / 400).toBeGreaterThan(0.95)
})

test('with nothing painted outside held-out blocks there is no sampler', () => {
  const item = planItem({ heldOut: [{ x: 0, y: 0, w: 50, h: 50 }] })
  const plane = samplePlane(100, 100, (x, y) => (x < 50 && y < 50 ? 16 : 3), { item })
  expect(() => new Sampler(runPlan(), [plane])).toThrow(AppError)
})
