import { expect, test } from 'vitest'
import {
  TEACHES_NOTHING,
  WeightField,
  type WeightRules,
  weightMarginPx,
} from '../../../src-renderer/annotator/weight-field.ts'
import { type LabelSource, Weights, type WeightsPost } from '../../../src-renderer/annotator/weights.ts'
import {
  answerWeights,
  type WeightsAnswer,
  type WeightsRequest,
} from '../../../src-renderer/annotator/weights-messages.ts'
import { withBackgroundRing } from '../../../src-shared/background-ring.ts'
import { intersect, type Rect } from '../../../src-shared/planes.ts'
import { targetsOf } from '../../../src-shared/targets.ts'

const W = 200
const H = 160
const RULES: WeightRules = { w0: 10, sigmaPx: 5, ringPx: 6, carve: true, isComplete: false, objectClasses: { 17: 2 } }

const disc = (labels: Uint32Array, cx: number, cy: number, r: number, id: number) => {
  for (let y = 0; y < H; y++) for (let x = 0; x < W; x++) if (Math.hypot(x - cx, y - cy) <= r) labels[y * W + x] = id
}
const painted = () => {
  const labels = new Uint32Array(W * H)
  disc(labels, 40, 40, 20, 18)
  disc(labels, 79, 40, 20, 16)
  disc(labels, 60, 75, 18, 17)
  for (let x = 20; x < 180; x++) labels[120 * W + x] = 1
  for (let x = 100; x < 140; x++) for (let y = 10; y < 60; y++) labels[y * W + x] = 3
  return labels
}

/** The weights of the whole plane as training makes them, with all class weights 1. */
function taught(labels: Uint32Array, rules: WeightRules): Float32Array {
  const ringed = rules.isComplete ? labels : withBackgroundRing(labels, W, H, rules.ringPx)
  const { weight } = targetsOf(ringed, W, H, rules, { ...rules, classWeights: [1, 1, 1] })
  return weight
}

function shown(field: WeightField, rect: Rect): Float32Array {
  const { term, classIndex, rect: stored } = field.state
  return Float32Array.from({ length: rect.w * rect.h }, (_, index) => {
    const at = (rect.y - stored.y + Math.floor(index / rect.w)) * stored.w + rect.x - stored.x + (index % rect.w)
    return classIndex[at] === TEACHES_NOTHING ? 0 : 1 + (classIndex[at] === 0 ? term[at]! : 0)
  })
}

const cutOf = (data: Float32Array, { x, y, w, h }: Rect) =>
  Float32Array.from({ length: w * h }, (_, at) => data[(y + Math.floor(at / w)) * W + x + (at % w)]!)

const PLANE: Rect = { x: 0, y: 0, w: W, h: H }

test('the map shown is the one that training uses', () => {
  for (const rules of [RULES, { ...RULES, carve: false }, { ...RULES, isComplete: true }, { ...RULES, ringPx: 0 }]) {
    const field = WeightField.of(PLANE, painted(), rules)
    expect(shown(field, PLANE)).toEqual(taught(painted(), rules))
  }
})

test('a window of a plane equals that part of the plane', () => {
  const inner = { x: 50, y: 30, w: 60, h: 50 }
  const margin = weightMarginPx(RULES)
  const rect = intersect({ x: 50 - margin, y: 30 - margin, w: 60 + 2 * margin, h: 50 + 2 * margin }, PLANE)
  const labels = painted()
  const part = Uint32Array.from(
    { length: rect.w * rect.h },
    (_, at) => labels[(rect.y + Math.floor(at / rect.w)) * W + rect.x + (at % rect.w)]!,
  )
  expect(shown(WeightField.of(rect, part, RULES), inner)).toEqual(cutOf(taught(painted(), RULES), inner))
})

test.each([RULES, { ...RULES, ringPx: 0 }])(
  'after strokes the map is as computed anew, and elsewhere as it was (ring $ringPx)',
  (rules) => {
    const labels = painted()
    const field = WeightField.of(PLANE, labels.slice(), rules)
    const strokes: [number, number, number, number][] = [
      [120, 90, 12, 20],
      [60, 58, 4, 0],
      [40, 40, 25, 0],
      [90, 70, 9, 16],
      [62, 41, 2, 2],
    ]
    for (const [x, y, r, id] of strokes) {
      const before = shown(field, PLANE)
      disc(labels, x, y, r, id)
      const rect = { x: x - r, y: y - r, w: 2 * r + 1, h: 2 * r + 1 }
      const part = Uint32Array.from(
        { length: rect.w * rect.h },
        (_, at) => labels[(rect.y + Math.floor(at / rect.w)) * W + rect.x + (at % rect.w)] ?? 0,
      )
      const changed = field.update(rect, part)
      const after = shown(field, PLANE)
      expect(after).toEqual(taught(labels, rules))
      for (let at = 0; at < after.length; at++) {
        const isInside = intersect(changed, { x: at % W, y: Math.floor(at / W), w: 1, h: 1 }).w === 1
        if (!isInside) expect(after[at]).toBe(before[at])
      }
    }
  },
)

test('a thin object that a stroke frees at one end is carved along its whole length again', () => {
  const rules = { ...RULES, ringPx: 0 }
  const labels = new Uint32Array(W * H)
  for (let x = 50; x < 90; x++) for (let y = 60; y < 70; y++) labels[y * W + x] = 16
  for (let x = 50; x < 90; x++) labels[70 * W + x] = 30 // touches object 16 everywhere: it keeps all its pixels
  const field = WeightField.of(PLANE, labels.slice(), rules)
  for (let x = 88; x < 92; x++) labels[71 * W + x] = 30 // now it has pixels that do not
  const part = Uint32Array.from({ length: 4 }, () => 30)
  field.update({ x: 88, y: 71, w: 4, h: 1 }, part)
  expect(shown(field, PLANE)).toEqual(taught(labels, rules))
})

/** Answers when it is told to, as a worker does. */
class SlowPost implements WeightsPost {
  answered: ((answer: WeightsAnswer) => void) | null = null
  failed: (() => void) | null = null
  readonly waiting: WeightsRequest[] = []
  ask(request: WeightsRequest): void {
    this.waiting.push(structuredClone(request))
  }
  answerAll(): void {
    for (let request = this.waiting.shift(); request; request = this.waiting.shift()) {
      this.answered?.(answerWeights(request))
    }
  }
  /** As when there is too little memory. */
  failAll(): void {
    this.waiting.length = 0
    this.failed?.()
  }
  dispose(): void {}
}

const source = (labels: Uint32Array, isReady = () => true): LabelSource => ({
  isReady,
  readRegion: ({ x, y, w, h }) => ({
    width: w,
    height: h,
    data: Uint32Array.from({ length: w * h }, (_, at) => labels[(y + Math.floor(at / w)) * W + x + (at % w)] ?? 0),
  }),
})

const weightsOn = (labels: Uint32Array, post: SlowPost, rules = RULES) => {
  const came: boolean[] = []
  const weights = new Weights(post, (_rect, isWhole) => came.push(isWhole))
  weights.open(source(labels), PLANE)
  weights.setRules(rules)
  weights.show(PLANE)
  return { weights, came }
}

function expectTaught(weights: Weights, labels: Uint32Array, rules = RULES): void {
  const wanted = taught(labels, rules)
  for (let at = 0; at < W * H; at++) {
    const { term, classIndex } = weights.at(at % W, Math.floor(at / W))!
    expect(Math.fround(classIndex === null ? 0 : 1 + (classIndex === 0 ? term : 0))).toBe(wanted[at])
  }
}

test('what changes while the worker computes is part of the map that it answers', () => {
  const labels = painted()
  const post = new SlowPost()
  const { weights } = weightsOn(labels, post)
  for (const x of [110, 120, 130]) {
    disc(labels, x, 90, 6, 20)
    weights.labelsChanged({ x: x - 6, y: 84, w: 13, h: 13 })
  }
  expect(post.waiting).toHaveLength(1)
  post.answerAll()
  weights.update()
  expectTaught(weights, labels)
})

test('what a stroke changes is computed without the worker, for all parts of it at once', () => {
  const labels = painted()
  const post = new SlowPost()
  const { weights } = weightsOn(labels, post)
  post.answerAll()
  for (const x of [110, 120]) {
    disc(labels, x, 90, 6, 20)
    weights.labelsChanged({ x: x - 6, y: 84, w: 13, h: 13 })
  }
  const changed = weights.update()!
  expect(changed.x).toBeLessThanOrEqual(104)
  expect(changed.x + changed.w).toBeGreaterThan(126)
  expect(weights.update()).toBeNull()
  expect(post.waiting).toHaveLength(0)
  expectTaught(weights, labels)
})

test('a change that would hold a frame up goes to the worker, and what was shown stays', () => {
  const rules = { ...RULES, sigmaPx: 20 } // reaches over all of the plane
  const side = 400
  const plane = { x: 0, y: 0, w: side, h: side }
  const labels = new Uint32Array(side * side)
  const read: LabelSource = {
    isReady: () => true,
    readRegion: ({ x, y, w, h }) => ({
      width: w,
      height: h,
      data: Uint32Array.from({ length: w * h }, (_, at) => labels[(y + Math.floor(at / w)) * side + x + (at % w)]!),
    }),
  }
  const post = new SlowPost()
  const came: boolean[] = []
  const weights = new Weights(post, (_rect, isWhole) => came.push(isWhole))
  weights.open(read, plane)
  weights.setRules(rules)
  weights.show(plane)
  post.answerAll()
  for (let y = 150; y < 250; y++) for (let x = 150; x < 190; x++) labels[y * side + x] = 16
  weights.labelsChanged({ x: 150, y: 150, w: 40, h: 100 })
  expect(weights.update()).toBeNull()
  expect(post.waiting.map(({ type }) => type)).toEqual(['update'])
  expect(weights.window).toEqual({ rect: plane, field: null })
  post.answerAll()
  expect(came).toEqual([true, false])
  const whole = WeightField.of(plane, labels.slice(), rules)
  expect(weights.window?.field?.classIndex).toEqual(whole.state.classIndex)
  expect(weights.window?.field?.term).toEqual(whole.state.term)
})

test('nothing is computed of labels that have not come, and it is once they have', () => {
  let isReady = false
  const post = new SlowPost()
  const weights = new Weights(post, () => {})
  weights.open(
    source(painted(), () => isReady),
    PLANE,
  )
  weights.setRules(RULES)
  weights.show(PLANE)
  expect(post.waiting).toHaveLength(0)
  isReady = true
  weights.labelsChanged(PLANE)
  expect(post.waiting).toHaveLength(1)
})

test('a worker that fails is told once, and the next change asks another', () => {
  const labels = painted()
  const post = new SlowPost()
  let failures = 0
  const weights = new Weights(
    post,
    () => {},
    () => failures++,
  )
  weights.open(source(labels), PLANE)
  weights.setRules(RULES)
  weights.show(PLANE)
  post.failAll()
  expect([failures, post.waiting.length, weights.window]).toEqual([1, 0, null])
  disc(labels, 110, 90, 6, 20)
  weights.labelsChanged({ x: 104, y: 84, w: 13, h: 13 })
  post.answerAll()
  expect(failures).toBe(1)
  expectTaught(weights, labels)
})

test('an answer about a plane that was left is not shown', () => {
  const post = new SlowPost()
  const weights = new Weights(post, () => {})
  weights.open(source(painted()), PLANE)
  weights.setRules(RULES)
  weights.show(PLANE)
  weights.open(source(new Uint32Array(W * H)), PLANE)
  post.answerAll()
  expect(weights.window).toBeNull()
})
