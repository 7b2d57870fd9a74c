import { expect, test } from 'vitest'
import {
  classOf,
  collected,
  oneOf,
  positiveNumber,
  someOf,
  thresholdOf,
  validationOf,
  wholeNumber,
} from '../../../src-main/shells/cli/arguments.ts'

test('numbers are whole, in range, or refused with the range', () => {
  expect(wholeNumber(1)('12')).toBe(12)
  expect(() => wholeNumber(1)('0')).toThrow('Expected a whole number of at least 1.')
  expect(() => wholeNumber(0, 9)('1.5')).toThrow('from 0 to 9')
  expect(() => wholeNumber(0)('')).toThrow('whole number')
  expect(positiveNumber('0.5')).toBe(0.5)
  for (const text of ['0', '-1', 'ten', '', 'Infinity']) expect(() => positiveNumber(text)).toThrow('above 0')
})

test('a threshold is auto or a share', () => {
  expect([thresholdOf('auto'), thresholdOf('0.4'), thresholdOf('0')]).toEqual(['auto', 0.4, 0])
  for (const text of ['1.1', 'half', '']) expect(() => thresholdOf(text)).toThrow('auto or a number from 0 to 1')
})

test('words are taken from a list, singly or several', () => {
  expect(oneOf(['a', 'b', 'c'])('b')).toBe('b')
  expect(() => oneOf(['a', 'b', 'c'])('d')).toThrow('Expected a, b or c.')
  expect(someOf(['labels', 'probabilities'])('probabilities, labels,labels')).toEqual(['probabilities', 'labels'])
  expect(collected(Number)('2', collected(Number)('1', undefined))).toEqual([1, 2])
})

test('a class has a name and perhaps a colour, written as hex or named', () => {
  expect(classOf('cell')).toEqual({ name: 'cell' })
  expect(classOf('Zelle 1:#AABBCC')).toEqual({ name: 'Zelle 1', colour: '#aabbcc' })
  expect(classOf('glia:blue')).toEqual({ name: 'glia', colour: '#56b4e9' })
  expect(() => classOf('cell:mauve')).toThrow('#e69f00')
  expect(() => classOf(':red')).toThrow('NAME')
})

test('validation is a share, or a pattern: whole numbers are names of images', () => {
  expect(validationOf('0.2')).toEqual({ share: 0.2 })
  expect(validationOf('slice-*')).toEqual({ pattern: 'slice-*' })
  expect(validationOf('14')).toEqual({ pattern: '14' })
  expect(() => validationOf('0.9')).toThrow('at most 0.5')
})
