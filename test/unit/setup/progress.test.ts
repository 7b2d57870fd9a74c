import { expect, test } from 'vitest'
import { bytesText, progressLine, secondsText } from '../../../scripts/progress.mjs'
import { Recorder } from './driver.ts'

test('a download shows amount, share, speed and time left', () => {
  const line = progressLine({ what: 'Downloading TensorFlow', done: 137e6, total: 274e6, seconds: 4 })
  expect(line).toBe('Downloading TensorFlow: 137 MB of 274 MB (50 %), 34.3 MB/s, 4 s left')
})

test('things are counted without a speed', () => {
  const line = progressLine({ what: 'Installing', done: 20, total: 80, seconds: 3, unit: 'packages' })
  expect(line).toBe('Installing: 20 of 80 packages (25 %), 3 s')
})

test('without a total only what is known is told', () => {
  expect(progressLine({ what: 'Compiling', done: 0, seconds: 9 })).toBe('Compiling: 0 kB')
})

test.each([
  [999, '1 kB'],
  [1_234_567, '1.2 MB'],
  [273_829_956, '274 MB'],
  [3_300_000_000, '3.3 GB'],
])('%d bytes read as %s', (bytes, text) => expect(bytesText(bytes)).toBe(text))

test('minutes appear when there are any', () => {
  expect([secondsText(59.4), secondsText(200)]).toEqual(['59 s', '3 min 20 s'])
})

test('a pipe gets few lines', async () => {
  const recorder = new Recorder()
  await recorder.progress.during({ what: 'Downloading', total: 100e6 }, async (show) => {
    for (let second = 1; second <= 25; second++) {
      recorder.seconds = second
      show(second * 4e6)
    }
  })
  expect(recorder.lines).toEqual([
    'Downloading (100 MB) …',
    'Downloading: 40.0 MB of 100 MB (40 %), 4.0 MB/s, 15 s left',
    'Downloading: 80.0 MB of 100 MB (80 %), 4.0 MB/s, 5 s left',
    'Downloading: 100 MB, 25 s',
  ])
})

test('a terminal gets one line, rewritten in place and never wider than the window', async () => {
  const recorder = new Recorder({ isTTY: true, columns: 30 })
  await recorder.progress.during({ what: 'Downloading', total: 100e6 }, async (show) => {
    for (let second = 1; second <= 25; second++) {
      recorder.seconds = second
      show(second * 4e6)
    }
  })
  expect(recorder.text.match(/\n/g)).toHaveLength(1)
  const drawn = recorder.text.split('\r\u001b[K').filter(Boolean)
  expect(drawn).toHaveLength(26)
  for (const line of drawn) expect(line.trimEnd().length).toBeLessThan(30)
})

test('a step that fails leaves no summary that looks like success', async () => {
  const recorder = new Recorder()
  await expect(
    recorder.progress.during({ what: 'Downloading' }, () => Promise.reject(new Error('no'))),
  ).rejects.toThrow()
  expect(recorder.lines).toEqual(['Downloading …'])
})
