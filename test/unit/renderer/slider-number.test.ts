import { expect, test } from 'vitest'
import { plainNumber, typedNumber } from '../../../src-renderer/components/slider-number.ts'

test('a small learning rate is shown with at least two significant digits', () => {
  const shown = [0.00001, 0.00003, 0.000034, 0.00015, 0.0012, 0.03, 0.1].map((rate) => plainNumber(rate, 0.00001))
  expect(shown).toEqual(['0.00001', '0.00003', '0.000034', '0.00015', '0.0012', '0.03', '0.1'])
})

test('other numbers are shown as fine as their steps, without zeros at the end', () => {
  const shown: [number, number][] = [
    [0, 0.01],
    [0.5, 0.05],
    [0.015, 0.01],
    [9.54321, 0.01],
    [0.999, 0.001],
    [100, 1],
    [17.6, 1],
    [-0.25, 0.05],
  ]
  expect(shown.map(([value, step]) => plainNumber(value, step))).toEqual([
    '0',
    '0.5',
    '0.015',
    '9.54',
    '0.999',
    '100',
    '18',
    '-0.25',
  ])
})

test('a typed number is whole where the steps are', () => {
  expect([typedNumber('3.5', 1), typedNumber('3,4', 4), typedNumber('1,400', 50)]).toEqual([4, 3, 1400])
  expect([typedNumber('0.035', 0.05), typedNumber('0,00003', 0.00001), typedNumber('much', 1)]).toEqual([
    0.035,
    0.00003,
    null,
  ])
})
