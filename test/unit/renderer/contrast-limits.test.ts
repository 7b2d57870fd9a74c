import { expect, test } from 'vitest'
import { ContrastLimits } from '../../../src-renderer/state/contrast-limits.svelte.ts'
import type { ImageView } from '../../../src-shared/api.ts'

const image = (sampleType: ImageView['sampleType']) => ({ id: 1, sampleType }) as ImageView
const plane = (z: number) => ({ imageId: 1, layer: 'objects', z, t: 0 })

function answeredByHand() {
  const answers: ((range: [number, number] | null) => void)[] = []
  const asked: unknown[] = []
  const ask = (_method: string, of: unknown) => {
    asked.push(of)
    return new Promise((resolve) => answers.push(resolve))
  }
  return { limits: new ContrastLimits({ ask } as never), answers, asked }
}

test('the sliders of 16 bits reach over what the plane has, as soon as that is known', async () => {
  const { limits, answers, asked } = answeredByHand()
  const found = limits.find(image('uint16'), plane(2), -1, [0, 65535])
  expect(limits.current).toEqual([0, 65535])
  answers[0]!([90, 1200])
  await found
  expect(limits.current).toEqual([90, 1200])
  expect(asked).toEqual([{ id: 1, z: 2, t: 0, channel: 0, low: 0, high: 100 }])
})

test('an answer for the plane before does not count for the one that was opened meanwhile', async () => {
  const { limits, answers } = answeredByHand()
  const first = limits.find(image('uint16'), plane(0), 0, [0, 65535])
  const second = limits.find(image('uint16'), plane(1), 0, [0, 65535])
  answers[1]!([5, 50])
  answers[0]!([90, 1200])
  await Promise.all([first, second])
  expect(limits.current).toEqual([5, 50])
})

test('8 bits are not asked for, and a flat plane keeps the limits it had', async () => {
  const { limits, answers, asked } = answeredByHand()
  await limits.find(image('uint8'), plane(0), 0, [0, 255])
  expect([asked.length, limits.current]).toEqual([0, [0, 255]])
  const flat = limits.find(image('uint16'), plane(0), 0, [0, 65535])
  answers[0]!([7, 7])
  await flat
  expect(limits.current).toEqual([0, 65535])
})
