import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Trial } from '../../drivers/annotator-trial.ts'

/** The first ones, and those that have shown a fault once. */
const SEEDS = [...Array.from({ length: 40 }, (_, index) => index + 1), 416, 490, 1215, 1415]
const STEPS = 16

/** Nothing waits for the clock: what is due later is due with the next turn. */
beforeEach(() => {
  let now = 1e12
  vi.spyOn(Date, 'now').mockImplementation(() => now)
  vi.stubGlobal('setTimeout', (act: () => void) =>
    setImmediate(() => {
      now += 20_000
      act()
    }),
  )
  vi.stubGlobal('clearTimeout', clearImmediate)
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

test('whatever interrupts it, once everything is answered window and host hold the same labels and history', async () => {
  for (const seed of SEEDS) {
    const trial = new Trial(seed)
    const steps: string[] = []
    while (steps.length < STEPS) steps.push(await trial.step())
    const { found, wanted } = await trial.end()
    expect(found, `seed ${seed}: ${steps.join(', ')}`).toEqual(wanted)
  }
})
