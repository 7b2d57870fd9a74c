import { describe, expect, test } from 'vitest'
import { ACTIONS, actionOf, keyMap, keysOf } from '../../../src-renderer/state/actions.ts'
import { ariaKey, isControlKey, isTextKey, keycaps, keyOf, keyText } from '../../../src-renderer/state/keys.ts'

const press = (
  key: string,
  held: Partial<Record<'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey', boolean>> = {},
  code = '',
) => ({
  key,
  code,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
})

describe('keys', () => {
  test('letters are upper case, with Shift named', () => {
    expect(keyOf(press('b'), false)).toBe('B')
    expect(keyOf(press('W', { shiftKey: true }), false)).toBe('Shift+W')
    expect(keyOf(press('z', { ctrlKey: true }), false)).toBe('Mod+Z')
    expect(keyOf(press('Z', { ctrlKey: true, shiftKey: true }), false)).toBe('Mod+Shift+Z')
  })

  test('signs are what they show, however the layout makes them', () => {
    expect(keyOf(press('?', { shiftKey: true }), false)).toBe('?')
    expect(keyOf(press('[', { altKey: false }), false)).toBe('[')
    expect(keyOf(press('+', { shiftKey: true }), false)).toBe('+')
  })

  test('Command stands for Ctrl on a Mac', () => {
    expect(keyOf(press('k', { metaKey: true }), true)).toBe('Mod+K')
    expect(keyOf(press('k', { ctrlKey: true }), true)).toBe('Ctrl+K')
    expect(keyOf(press('k', { metaKey: true }), false)).toBe('K')
  })

  test('Alt counts by the physical key', () => {
    expect(keyOf(press('ß', { altKey: true }, 'KeyS'), true)).toBe('Alt+S')
  })

  test('modifiers alone are no key', () => {
    for (const key of ['Shift', 'Control', 'Alt', 'Meta', 'Dead']) expect(keyOf(press(key), false)).toBeUndefined()
  })

  test('are shown as on the keyboard', () => {
    expect(keycaps('Mod+Shift+Z', false)).toEqual(['Ctrl', 'Shift', 'Z'])
    expect(keycaps('Mod+Shift+Z', true)).toEqual(['⌘', '⇧', 'Z'])
    expect(keycaps('+', false)).toEqual(['+'])
    expect(keycaps('Mod++', false)).toEqual(['Ctrl', '+'])
    expect(keyText('Mod+K', false)).toBe('Ctrl+K')
    expect(ariaKey('Mod+K', false)).toBe('Control+K')
  })
})

test('a control keeps the keys that do something in it; the window has those that do not', () => {
  const keys = ['Enter', 'Shift+Enter', 'Space', 'PageDown', 'Tab', 'B']
  const kept = (inputType: string) => keys.filter((key) => isControlKey(inputType, key))
  expect(kept('')).toEqual(['Enter', 'Shift+Enter', 'Space', 'PageDown', 'Tab'])
  expect(kept('radio')).toEqual(['Space', 'Tab'])
  expect(kept('checkbox')).toEqual(['Space', 'Tab'])
  expect(kept('range')).toEqual(['Space', 'PageDown', 'Tab'])
  expect(kept('text')).toEqual(kept(''))
})

test('while somebody writes, the keys of a text field and all that paints are not the window’s', () => {
  const keys = [...keyMap({ 'tool.brush': ['Mod+B'], 'view.fit': ['Mod+A'] })].filter(([key]) => key.startsWith('Mod+'))
  const left = keys.filter(([key, { group }]) => !isTextKey(key, group)).map(([key, { id }]) => [key, id])
  expect(Object.fromEntries(left)).toEqual({
    'Mod+1': 'view.actual',
    'Mod+F': 'go.filter',
    'Mod+I': 'project.import',
    'Mod+E': 'project.export',
    'Mod+K': 'project.palette',
  })
})

describe('actions', () => {
  test('have ids of their own and no key twice', () => {
    const ids = ACTIONS.map(({ id }) => id)
    expect(new Set(ids).size).toBe(ids.length)
    const keys = ACTIONS.flatMap((action) => action.keys)
    expect(keys.filter((key, at) => keys.indexOf(key) !== at)).toEqual([])
  })

  test('have the keys that the handbook promises', () => {
    const promised: Record<string, string> = {
      B: 'tool.brush',
      E: 'tool.eraser',
      D: 'tool.boundary',
      F: 'tool.fill',
      G: 'tool.polygon',
      W: 'tool.wand',
      V: 'tool.pick',
      M: 'tool.merge',
      S: 'tool.split',
      X: 'tool.delete',
      U: 'tool.unknown',
      '[': 'brush.smaller',
      ']': 'brush.larger',
      '0': 'view.fit',
      'Mod+1': 'view.actual',
      H: 'view.hide',
      C: 'view.contrast',
      N: 'go.nextObject',
      ',': 'go.previousPlane',
      '.': 'go.nextPlane',
      PageUp: 'go.previousImage',
      PageDown: 'go.nextImage',
      'Mod+Z': 'edit.undo',
      'Mod+Shift+Z': 'edit.redo',
      Enter: 'proposal.accept',
      Backspace: 'proposal.reject',
      Q: 'go.uncertain',
      T: 'learn.start',
      P: 'predict.start',
      '?': 'project.keys',
      'Mod+K': 'project.palette',
      'Mod+E': 'project.export',
      'Mod+I': 'project.import',
      Tab: 'view.panels',
      '1': 'moment.paint',
      '2': 'moment.learn',
      '3': 'moment.predict',
      '4': 'moment.results',
    }
    const map = keyMap({})
    expect(Object.fromEntries(Object.keys(promised).map((key) => [key, map.get(key)?.id]))).toEqual(promised)
    // The desktop's own, for another project.
    expect(['Mod+N', 'Mod+O'].map((key) => map.get(key))).toEqual([undefined, undefined])
  })

  test('a key that a person has given to an action leaves the one it belonged to', () => {
    const own = { 'tool.brush': ['E'] }
    expect(keyMap(own).get('E')?.id).toBe('tool.brush')
    expect(keyMap(own).get('B')).toBeUndefined()
    expect(keysOf('tool.brush', own)).toEqual(['E'])
    expect(keysOf('tool.brush', {})).toEqual(['B'])
  })

  test('an unknown id is a bug', () => {
    expect(() => actionOf('tool.spoon')).toThrow('tool.spoon')
  })
})
