import { expect, test } from 'vitest'
import { blocksHeldOutBefore, hasLearnedWhatJudges } from '../../../src-main/core/held-out-before.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { PlanItem } from '../../../src-shared/run-plan.ts'
import { tinyPlan } from '../../drivers/run-folder.ts'

type Plane = Parameters<typeof blocksHeldOutBefore>[0][number]

const plane = (imageId: number, role: Plane['role'] = 'train', z = 0): Plane => ({
  ...{ width: 100, height: 80, role },
  key: { imageId, layer: 'objects', z, t: 0 },
})

/** A run that was taught, or judged by, these planes. */
function runOf(items: Pick<PlanItem, 'imageId' | 'role' | 'heldOut'>[], hasSeenHeldOut?: boolean) {
  const rest = { name: '', z: 0, t: 0, pixels: '', labels: '', isComplete: true, objectClasses: {}, range: [] }
  const plan = tinyPlan(items.map((item) => ({ ...rest, ...item })))
  return { model: '/model.cbck', plan: hasSeenHeldOut ? { ...plan, hasSeenHeldOut } : plan }
}

const block: Rect = { x: 16, y: 16, w: 48, h: 48 }

test('blocks are kept for the same plane where it still teaches, as far as they lie inside it', () => {
  const run = runOf([
    { imageId: 1, role: 'train', heldOut: [block] },
    { imageId: 2, role: 'train', heldOut: [block] },
    {
      imageId: 3,
      role: 'train',
      heldOut: [
        { ...block, x: 80 },
        { ...block, x: 100 },
      ],
    },
    { imageId: 4, role: 'validation', heldOut: [] },
  ])
  const planes = [plane(3), plane(2, 'validation'), plane(1, 'train', 5), plane(1), plane(4), plane(9)]
  expect(blocksHeldOutBefore(planes, run)).toEqual([[{ ...block, x: 80, w: 20 }], [], [], [block], [], []])
})

test('weights have learned what their run taught outside its blocks, and what those before them had seen', () => {
  const items = [
    { imageId: 1, role: 'train', heldOut: [block] },
    { imageId: 2, role: 'validation', heldOut: [] },
  ] as const
  const run = runOf(items.map((item) => ({ ...item, heldOut: [...item.heldOut] })))
  const learned = (planes: Plane[], heldOut: Rect[][], of = run) => hasLearnedWhatJudges(planes, heldOut, of)
  expect(learned([plane(1)], [[block]])).toBe(false)
  expect(learned([plane(1)], [[{ ...block, w: 32 }]])).toBe(false)
  expect(learned([plane(1)], [[{ ...block, x: 17 }]])).toBe(true)
  expect(learned([plane(1)], [[]])).toBe(false)
  expect(learned([plane(1, 'validation')], [[]])).toBe(true)
  expect(learned([plane(2, 'validation'), plane(2), plane(3)], [[], [block], [block]])).toBe(false)
  const later = runOf([{ imageId: 1, role: 'train', heldOut: [block] }], true)
  expect(learned([plane(1)], [[block]], later)).toBe(true)
  expect(learned([plane(3)], [[block]], later)).toBe(false)
})
