import fc from 'fast-check'
import { expect, test } from 'vitest'
import { withBackgroundRing } from '../../../src-shared/background-ring.ts'
import { carve } from '../../../src-shared/carve.ts'
import { paintedPixels, targetMarginPx, targetsOf } from '../../../src-shared/targets.ts'
import { borderTerm } from '../../../src-shared/weight-map.ts'
import { labelMaps, storedCase } from './label-maps.ts'

const rules = { carve: true, w0: 10, sigmaPx: 2, classWeights: [0.5, 2, 3] }
const sparse = { isComplete: false, objectClasses: { '23': 2 } }

test('carving turns exactly the pixels beside a smaller id into background', () => {
  fc.assert(
    fc.property(labelMaps(), ({ width, height, data }) => {
      const carved = carve(data, width, height)
      const survivors = new Set<number>()
      const mustGo = Array.from(data, (id, at) => {
        const x = at % width
        const sides = [x > 0 ? data[at - 1]! : 0, x < width - 1 ? data[at + 1]! : 0, data[at - width], data[at + width]]
        const goes = id >= 16 && sides.some((side) => side !== undefined && side >= 16 && side < id)
        if (id >= 16 && !goes) survivors.add(id)
        return goes
      })
      const expected = data.map((id, at) => (mustGo[at] && survivors.has(id) ? 1 : id))
      expect([...carved]).toEqual([...expected])
    }),
    { numRuns: 300 },
  )
})

test('carving never removes an object', () => {
  fc.assert(
    fc.property(labelMaps(), ({ width, height, data }) => {
      const objects = (map: Uint32Array) => new Set(map.filter((id) => id >= 16))
      expect(objects(carve(data, width, height))).toEqual(objects(data))
    }),
    { numRuns: 300 },
  )
})

test('an object all of whose pixels touch a smaller id is kept whole', () => {
  expect([...carve(Uint32Array.of(16, 20, 17), 3, 1)]).toEqual([16, 20, 17])
  expect([...carve(Uint32Array.of(16, 20, 20), 3, 1)]).toEqual([16, 1, 20])
})

test('targets are classes and wc + border term of the carved map, and exactly 0 where nobody has painted', () => {
  fc.assert(
    fc.property(labelMaps(), fc.boolean(), ({ width, height, data }, isComplete) => {
      const { classIndex, weight } = targetsOf(data, width, height, { ...sparse, isComplete }, rules)
      const ids = carve(data, width, height)
      const border = borderTerm(ids, width, height, rules)
      ids.forEach((id, at) => {
        const isTaught = id >= 16 || id === 1 || id === 2 || (id === 0 && isComplete)
        const index = !isTaught || id < 16 ? 0 : id === 23 ? 2 : 1
        const expected = !isTaught ? 0 : index === 0 ? 0.5 + border[at]! : rules.classWeights[index]!
        expect(classIndex[at]).toBe(index)
        expect(weight[at]).toBe(Math.fround(expected))
      })
    }),
    { numRuns: 200 },
  )
})

test('weights of the classes alone are those without border term, and of none are 1 where something is painted', () => {
  const { labels, width, height } = storedCase('nuclei')
  const of = (change: object) => targetsOf(labels, width, height, sparse, { ...rules, ...change })
  const full = of({})
  expect(of({ weights: 'full' })).toEqual(full)
  expect(of({ weights: 'classes' })).toEqual(of({ w0: 0 }))
  const none = of({ weights: 'none' })
  expect(none.classIndex).toEqual(full.classIndex)
  expect(none.weight).toEqual(full.weight.map((weight) => (weight > 0 ? 1 : 0)))
  expect(full.weight.some((weight) => weight > 3)).toBe(true)
})

test('without border term too, the middle of a window is carved as the plane is', () => {
  const { labels, width, height } = storedCase('nuclei')
  const plain = { ...rules, weights: 'none' as const }
  const whole = targetsOf(labels, width, height, sparse, plain).classIndex
  const margin = targetMarginPx(plain)
  const side = 1 + 2 * margin
  let [carved, differing] = [0, 0]
  for (let y = margin; y < height - margin; y += 1) {
    for (let x = margin; x < width - margin; x += 1) {
      const isObject = labels[y * width + x]! >= 16
      if (!isObject || whole[y * width + x] !== 0) continue
      carved++
      const part = Uint32Array.from({ length: side * side }, (_, at) => {
        return labels[(y - margin + Math.floor(at / side)) * width + x - margin + (at % side)]!
      })
      const found = targetsOf(part, side, side, sparse, plain, { x: margin, y: margin, w: 1, h: 1 })
      if (found.classIndex[0] !== 0) differing++
    }
  }
  expect(carved).toBeGreaterThan(20)
  expect(differing).toBe(0)
})

test('ignored pixels weigh nothing, even in a complete plane', () => {
  const { weight } = targetsOf(Uint32Array.of(3, 0, 1, 2), 4, 1, { ...sparse, isComplete: true }, rules)
  expect([...weight]).toEqual([0, 0.5, 0.5, 0.5])
})

test('targets of the middle of a window with its margin equal those of the plane', () => {
  const { labels, width, height } = storedCase('nuclei')
  const plain = { ...rules, classWeights: [1, 1] }
  const whole = targetsOf(labels, width, height, sparse, plain)
  const margin = targetMarginPx(plain)
  const window = { x: 40, y: 20, w: 64 + 2 * margin, h: 48 + 2 * margin }
  const part = Uint32Array.from({ length: window.w * window.h }, (_, at) => {
    return labels[(window.y + Math.floor(at / window.w)) * width + window.x + (at % window.w)]!
  })
  const inner = { x: margin, y: margin, w: 64, h: 48 }
  const found = targetsOf(part, window.w, window.h, sparse, plain, inner)
  expect(found.weight.some((weight) => weight > 3)).toBe(true)
  for (let at = 0; at < found.weight.length; at++) {
    const there = (window.y + margin + Math.floor(at / 64)) * width + window.x + margin + (at % 64)
    expect(found.weight[at]).toBeCloseTo(whole.weight[there]!, 4)
    expect(found.classIndex[at]).toBe(whole.classIndex[there])
  }
})

test('painted pixels are counted per class after carving', () => {
  const labels = Uint32Array.of(16, 23, 23, 0, 1, 2, 3)
  expect([...paintedPixels(labels, 7, 1, sparse, { carve: true, classes: 3 })]).toEqual([3, 1, 1])
  expect([...paintedPixels(labels, 7, 1, { ...sparse, isComplete: true }, { carve: false, classes: 3 })]).toEqual([
    3, 1, 2,
  ])
})

test('the ring makes background of unpainted pixels within its distance of an object, and of nothing else', () => {
  fc.assert(
    fc.property(labelMaps(), fc.constantFrom(1, 1.5, 2, 3.7, 8), ({ width, height, data }, ringPx) => {
      const ringed = withBackgroundRing(data, width, height, ringPx)
      data.forEach((id, at) => {
        const isNear = data.some((other, there) => {
          const dx = (there % width) - (at % width)
          const dy = Math.floor(there / width) - Math.floor(at / width)
          return other >= 16 && dx * dx + dy * dy <= ringPx * ringPx
        })
        expect(ringed[at]).toBe(id === 0 && isNear ? 1 : id)
      })
    }),
    { numRuns: 100 },
  )
})

test('without a ring the labels stay as they are', () => {
  const labels = Uint32Array.of(16, 0, 0)
  expect(withBackgroundRing(labels, 3, 1, 0)).toBe(labels)
})
