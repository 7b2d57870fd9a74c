import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Windows } from '../../../src-main/core/session/windows.ts'

const HOUR_MS = 3_600_000
const gone: string[] = []
let windows: Windows

beforeEach(() => {
  vi.useFakeTimers()
  gone.length = 0
  windows = new Windows((client) => gone.push(client))
})
afterEach(() => void vi.useRealTimers())

test('a window has gone when its last line has been away for an hour', () => {
  windows.arrive('one')
  windows.arrive('one') // the new line is there before the old one is noticed to be dead
  windows.leave('one')
  vi.advanceTimersByTime(2 * HOUR_MS)
  expect(gone).toEqual([])
  windows.leave('one')
  vi.advanceTimersByTime(HOUR_MS - 1)
  expect(gone).toEqual([])
  vi.advanceTimersByTime(1)
  expect(gone).toEqual(['one'])
})

test('a window that comes back has not gone', () => {
  windows.arrive('one')
  windows.leave('one')
  vi.advanceTimersByTime(HOUR_MS / 2)
  windows.arrive('one')
  vi.advanceTimersByTime(2 * HOUR_MS)
  expect(gone).toEqual([])
})

test('at the end of the session nobody is told of', () => {
  windows.arrive('one')
  windows.leave('one')
  windows.close()
  vi.advanceTimersByTime(2 * HOUR_MS)
  expect(gone).toEqual([])
})
