import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import { readWindowState, saveWindowState } from '../../../src-main/shells/electron/window-state.ts'
import { BrowserWindow, resetElectron, screen } from '../../drivers/electron-double.ts'
import { newFolder } from './folders.ts'

const folder = newFolder()
const file = join(folder, 'window.json')
const plain = { isMaximized: false, isFullScreen: false }
const save = (state: unknown) => writeFileSync(file, JSON.stringify(state))

beforeEach(() => resetElectron(folder))

test('the first window stands in the middle of the screen', () => {
  expect(readWindowState(join(folder, 'absent.json'))).toEqual({ x: 240, y: 70, width: 1440, height: 900, ...plain })
})

test('the first window fits a small screen', () => {
  screen.areas = [{ x: 0, y: 25, width: 1280, height: 700 }]
  expect(readWindowState(join(folder, 'absent.json'))).toEqual({ x: 0, y: 25, width: 1280, height: 700, ...plain })
})

test('a window comes back where it was, maximised or not', () => {
  const window = new BrowserWindow({ x: 100, y: 50, width: 1200, height: 800 })
  window.maximize()
  saveWindowState(window as never, file)
  expect(readWindowState(file)).toEqual({
    x: 100,
    y: 50,
    width: 1200,
    height: 800,
    isMaximized: true,
    isFullScreen: false,
  })
})

test('a window on a second screen stays there while there is one, and else comes to the first', () => {
  const second = { x: 1920, y: 0, width: 2560, height: 1400 }
  save({ x: 2000, y: 100, width: 1200, height: 800, ...plain })
  screen.areas.push(second)
  expect(readWindowState(file)).toMatchObject({ x: 2000, y: 100 })
  screen.areas.pop()
  expect(readWindowState(file)).toMatchObject({ x: 360, y: 120, width: 1200, height: 800 })
})

test.each([
  ['above the screen', { x: 100, y: -400 }],
  ['with only a sliver to the left', { x: -1150, y: 100 }],
  ['with its title under the lower edge', { x: 100, y: 1030 }],
])('a window %s is brought back', (_where, place) => {
  save({ ...place, width: 1200, height: 800, ...plain })
  expect(readWindowState(file)).toMatchObject({ x: 360, y: 120 })
})

test('a window half outside stays: its title can be taken', () => {
  save({ x: 1700, y: 900, width: 1200, height: 800, ...plain })
  expect(readWindowState(file)).toMatchObject({ x: 1700, y: 900 })
})

test('sizes are held between what is usable and what the screen has', () => {
  save({ x: 0, y: 0, width: 9000, height: 20, ...plain })
  expect(readWindowState(file)).toMatchObject({ width: 1920, height: 600 })
})

test.each([
  '',
  '{',
  '[]',
  '{"x":"left"}',
  '{"x":1.5,"y":0,"width":900,"height":600,"isMaximized":false,"isFullScreen":false}',
])('a file with %j is as good as none', (text) => {
  writeFileSync(file, text)
  expect(readWindowState(file)).toMatchObject({ x: 240, y: 70, width: 1440, height: 900 })
})
