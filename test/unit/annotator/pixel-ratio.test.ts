import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { onPixelRatio } from '../../../src-renderer/annotator/pixel-ratio.ts'

const queries = new Map<string, EventTarget>()

beforeEach(() => {
  queries.clear()
  vi.stubGlobal('devicePixelRatio', 1)
  vi.stubGlobal('matchMedia', (query: string) => {
    const list = queries.get(query) ?? new EventTarget()
    queries.set(query, list)
    return list
  })
})
afterEach(() => void vi.unstubAllGlobals())

/** The window is moved to a screen of this scale. */
function moveTo(ratio: number) {
  const left = queries.get(`(resolution: ${devicePixelRatio}dppx)`)
  vi.stubGlobal('devicePixelRatio', ratio)
  left?.dispatchEvent(new Event('change'))
}

test('every move to a screen of another scale is told, until nobody listens', () => {
  const told: number[] = []
  const stop = onPixelRatio(() => told.push(devicePixelRatio))
  for (const ratio of [2, 1.5, 2, 1]) moveTo(ratio)
  stop()
  moveTo(2)
  expect(told).toEqual([2, 1.5, 2, 1])
})
