import fc from 'fast-check'
import { expect, test } from 'vitest'
import { componentsOfEqualValues } from '../../../src-shared/components.ts'
import { DEFAULT_OBJECTS, objectsFromProbabilities, objectsOfClasses } from '../../../src-shared/objects.ts'
import { likeliestClasses } from '../../../src-shared/objects-classes.ts'
import { chooseObjectsPlan } from '../../../src-shared/objects-search.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { validationScoreByClass } from '../../../src-shared/scores/class-objects.ts'

const plain: ObjectsPlan = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: false, regrowPx: 0 }

/** A picture of classes: a letter is the likeliest class (a 1, b 2, c 3) at 0.9, "." is background. */
const picture = (...rows: string[]) => {
  const classOf = Uint8Array.from(rows.join(''), (letter) => (letter === '.' ? 1 : letter.charCodeAt(0) - 96))
  const foreground = Float32Array.from(rows.join(''), (letter) => (letter === '.' ? 0.1 : 0.9))
  return { classOf, foreground, width: rows[0]!.length, height: rows.length }
}
const objectsIn = (of: ReturnType<typeof picture>, plan: Partial<ObjectsPlan>) => {
  const found = objectsOfClasses(of.foreground, of.classOf, of.width, of.height, { ...plain, ...plan })
  const rows = Array.from({ length: of.height }, (_, y) =>
    found.labels.slice(y * of.width, (y + 1) * of.width).join(''),
  )
  return { rows, classes: [...found.classIndex] }
}

test('the likeliest class is that of the largest probability, background excepted, the first of equal ones', () => {
  const probabilities = Float32Array.of(0.9, 0.1, 0.2, 0.5, 0.05, 0.5, 0.4, 0.2, 0.05, 0.4, 0.4, 0.3)
  expect([...likeliestClasses(probabilities, 3)]).toEqual([1, 1, 1, 2])
})

test('objects of different classes that touch, or enclose each other, stay apart', () => {
  const touching = ['aaaabbbb', 'aaaabbbb', 'aaaabbbb', 'aaaabbbb', '........', '.aaaa...']
  expect(objectsIn(picture(...touching), {})).toEqual({
    rows: ['11112222', '11112222', '11112222', '11112222', '00000000', '03333000'],
    classes: [0, 1, 2, 1],
  })
  const nested = ['aaaaaa', 'abbbba', 'abbbba', 'abbbba', 'abbbba', 'aaaaaa']
  expect(objectsIn(picture(...nested), { fillHoles: true, regrowPx: 2 }).classes).toEqual([0, 1, 2])
})

test('a speck of another class joins the object it touches most, one that touches nothing stays or is dropped', () => {
  const specks = ['aaaaabaa.c', 'aaaaabaa..', 'aaaaaaaa..', 'aaaaaaaabb']
  expect(objectsIn(picture(...specks), {})).toEqual({
    rows: ['1111111102', '1111111100', '1111111100', '1111111111'],
    classes: [0, 1, 3],
  })
  expect(objectsIn(picture(...specks), { minimumAreaPx: 4 }).classes).toEqual([0, 1])
})

test('a piece below the smallest area joins its neighbour of another class instead of leaving a hole', () => {
  const wide = Array.from({ length: 6 }, () => 'aaaaaabbbbcccccc')
  expect(objectsIn(picture(...wide), { minimumAreaPx: 30 })).toEqual({
    rows: wide.map(() => '1111111111222222'),
    classes: [0, 1, 3],
  })
})

const maps = fc.tuple(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 1, max: 16 })).chain(([width, height]) =>
  fc
    .array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 3 })), {
      minLength: width * height,
      maxLength: width * height,
    })
    .map((pixels) => ({
      width,
      height,
      foreground: Float32Array.from(pixels, ([tenths]) => tenths / 10),
      classOf: Uint8Array.from(pixels, ([, index]) => index),
    })),
)

test('objects are the components of equal class, where none is small enough to be a doubt', () => {
  // Each pixel becomes a block of 5 x 5: 25 pixels are an object wherever it lies.
  const blocks = maps.map(({ width, height, foreground, classOf }) => {
    const from = (at: number) => Math.floor(at / (25 * width)) * width + Math.floor((at % (5 * width)) / 5)
    const every = Array.from({ length: 25 * width * height }, (_, at) => from(at))
    return {
      ...{ width: 5 * width, height: 5 * height },
      foreground: Float32Array.from(every, (at) => foreground[at]!),
      classOf: Uint8Array.from(every, (at) => classOf[at]!),
    }
  })
  fc.assert(
    fc.property(blocks, ({ width, height, foreground, classOf }) => {
      const found = objectsOfClasses(foreground, classOf, width, height, plain)
      const map = classOf.map((index, at) => (foreground[at]! >= 0.5 ? index : 0))
      expect([...found.labels]).toEqual([...componentsOfEqualValues(map, width, height).labels])
      found.labels.forEach((id, at) => {
        if (id > 0) expect(found.classIndex[id]).toBe(classOf[at])
      })
    }),
    { numRuns: 40 },
  )
})

test('where all pixels are of one class the objects are those of one class', () => {
  const plans = fc.record({
    threshold: fc.constantFrom(0.2, 0.5),
    seedThreshold: fc.constantFrom(0.2, 0.8),
    minimumAreaPx: fc.constantFrom(0, 4),
    fillHoles: fc.boolean(),
    regrowPx: fc.constantFrom(0, 1, 5),
  })
  fc.assert(
    fc.property(maps, plans, ({ width, height, foreground }, plan) => {
      const found = objectsOfClasses(foreground, new Uint8Array(foreground.length).fill(2), width, height, plan)
      expect([...found.labels]).toEqual([...objectsFromProbabilities(foreground, width, height, plan)])
      expect(new Set(found.classIndex.slice(1)).size).toBeLessThanOrEqual(1)
    }),
  )
})

const ids = (text: string) => Uint32Array.from(text, (digit) => (digit === '.' ? 0 : Number(digit)))

test('the validation score counts an object of the wrong class as none', () => {
  const truth = ids('11..22..33')
  const classOf = (id: number) => (id === 3 ? 2 : 1)
  const right = { truth: classOf, prediction: classOf }
  const mask = new Uint8Array(10).fill(1)
  expect(validationScoreByClass(truth, truth, { mask, classes: right })).toBe(1)
  // Class 1 is right, all of class 2 is missing and there is one object too many of class 1.
  const wrong = { truth: classOf, prediction: () => 1 }
  // V_Rand has the weight of the share of object pixels: 4 of 10, and 2 of 10.
  const classOne = (0.4 * 1 + (2 * 2) / (2 * 2 + 1)) / 1.4 // V_Rand 1, F1 4/5 at each IoU
  const classTwo = (0.2 * ((2 * 2) / (2 + 2 ** 2)) + 0) / 1.2 // two singletons: sum p² = 2, of 2 and 4
  expect(validationScoreByClass(truth, truth, { mask, classes: wrong })).toBeCloseTo((classOne + classTwo) / 2, 12)
  // One class only in the truth; an invented object of another has the weight of 1 of 3.
  const invented = ids('11..22..33')
  const allOne = { truth: () => 1, prediction: (id: number) => (id === 9 ? 2 : 1) }
  expect(validationScoreByClass(truth, invented, { mask, classes: allOne })).toBe(1)
  expect(validationScoreByClass(truth, ids('11..22.933'), { mask, classes: allOne })).toBeCloseTo(1 / (1 + 1 / 3), 12)
})

test('the plan is chosen by the classes: a smallest area that removes pieces of the wrong class', () => {
  const [width, height] = [60, 40]
  const truth = new Uint32Array(width * height).fill(1)
  const classOf = new Uint8Array(width * height).fill(1)
  const foreground = new Float32Array(width * height).fill(0.1)
  for (let object = 0; object < 6; object++) {
    const [left, top] = [(object % 3) * 20 + 3, object < 3 ? 3 : 23]
    for (let y = top; y < top + 14; y++) {
      for (let x = left; x < left + 14; x++) {
        truth[y * width + x] = 16 + object
        foreground[y * width + x] = 0.9
        const isDoubtful = y < top + 5 && x < left + 5 // 25 pixels of the other class in a corner
        classOf[y * width + x] = (object % 2 === 0) === isDoubtful ? 2 : 1
      }
    }
  }
  const ofTrueObjects = Object.fromEntries(Array.from({ length: 6 }, (_, object) => [16 + object, 1 + (object % 2)]))
  const plane = { width, height, foreground, truth, isComplete: true, classes: { predicted: classOf, ofTrueObjects } }
  const { objects, score } = chooseObjectsPlan([plane], validationScoreByClass)
  expect(score).toBe(1)
  expect(objects.minimumAreaPx).toBeGreaterThan(25)
  const found = objectsOfClasses(foreground, classOf, width, height, { ...DEFAULT_OBJECTS, ...objects })
  expect([...found.classIndex]).toEqual([0, 1, 2, 1, 2, 1, 2])
})
