import { expect, test } from 'vitest'
import { ProgressLine } from '../../../src-main/shells/cli/progress-line.ts'

function lineOn(isTTY: boolean) {
  let text = ''
  let now = 0
  const line = new ProgressLine({ isTTY, columns: 120, write: (more) => (text += more) }, () => now)
  return {
    at(ms: number, done: number, detail?: string) {
      now = ms
      line.show({ label: 'Training', done, total: 100, unit: 'steps', detail })
      return this
    },
    line,
    text: () => text,
  }
}

test('a terminal shows a bar with the count and the time left', () => {
  const screen = lineOn(true).at(0, 0).at(1000, 1).at(25_000, 25, 'energy 0.3')
  expect(screen.text()).toContain('Training ██████░░░░░░░░░░░░░░░░░░ 25/100 steps, 1 min 15 s left  energy 0.3')
  expect(screen.text()).not.toContain('\n')
})

test('a pipe gets no bar, and a plain line only when work lasts', () => {
  const pipe = lineOn(false)
  for (let step = 0; step <= 100; step++) pipe.at(step * 100, step)
  expect(pipe.text()).toBe('')
  const long = lineOn(false)
  for (let step = 0; step <= 90; step++) long.at(step * 1000, step)
  expect(long.text()).not.toMatch(/[\r█]/)
  expect(long.text().trim().split('\n')).toEqual([
    'Training: 30/100 steps, 1 min 10 s left',
    'Training: 60/100 steps, 40 s left',
    'Training: 90/100 steps, 10 s left',
  ])
})

test('a line written meanwhile does not stick to the bar', () => {
  const screen = lineOn(true).at(0, 0)
  screen.line.clear()
  expect(screen.text().endsWith('\r\x1b[K')).toBe(true)
  const before = screen.text()
  screen.line.clear()
  expect(screen.text()).toBe(before)
})
