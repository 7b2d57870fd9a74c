import type { MenuItemConstructorOptions } from 'electron'
import { expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import { type MenuActions, menuTemplate } from '../../../src-main/shells/electron/menu.ts'

const done: unknown[][] = []
const note =
  (name: string) =>
  (...given: unknown[]) =>
    void done.push([name, ...given.slice(0, 1)])
const actions: MenuActions = {
  newProject: note('new'),
  openProject: note('open project'),
  openSample: note('sample'),
  open: (folder) => void done.push(['open', folder]),
  clearRecent: note('clear'),
  showLog: note('log'),
  send: (command) => void done.push(['send', command]),
}

/** Every item, with those of submenus. */
const all = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
  items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? all(item.submenu) : [])])
const items = (platform: NodeJS.Platform, recent: string[] = []) => all(menuTemplate(recent, actions, platform))
const click = (item: MenuItemConstructorOptions | undefined) => item!.click!({} as never, undefined, {} as never)

test('what the page does is sent to it', () => {
  for (const label of ['Undo', 'Redo', 'Import images …', 'Export …', 'Keys …', 'Actual size']) {
    click(items('linux').find((item) => item.label === label))
  }
  const commands = ['undo', 'redo', 'import', 'export', 'shortcuts', 'actual-size']
  expect(done.splice(0)).toEqual(commands.map((command) => ['send', command]))
})

test('keys that the page rebinds are shown and not taken; none is a letter that one could want to type', () => {
  for (const item of items('linux')) {
    if (item.accelerator) expect(item.accelerator).toMatch(/^CmdOrCtrl\+/)
  }
  const shown = items('linux').filter(({ registerAccelerator }) => registerAccelerator === false)
  expect(shown.flatMap(({ accelerator }) => accelerator ?? [])).toContain('CmdOrCtrl+Z')
  const keys = items('linux').flatMap(({ accelerator }) => accelerator ?? [])
  expect(new Set(keys).size).toBe(keys.length)
})

test('its keys are those that the page has for the same', () => {
  const found = items('linux').flatMap(({ label, accelerator }) => (accelerator ? [[label, accelerator]] : []))
  expect(Object.fromEntries(found)).toEqual({
    'New project …': 'CmdOrCtrl+N',
    'Open project …': 'CmdOrCtrl+O',
    'Import images …': 'CmdOrCtrl+I',
    'Export …': 'CmdOrCtrl+E',
    Undo: 'CmdOrCtrl+Z',
    Redo: 'CmdOrCtrl+Shift+Z',
    'Actual size': 'CmdOrCtrl+1',
    'All actions …': 'CmdOrCtrl+K',
  })
})

test('recent projects are opened by their folder', () => {
  const recent = ['/data/a.cellbrush', '/other/a.cellbrush']
  const found = items('linux', recent).filter(({ label }) => label === 'a')
  expect(found.map(({ toolTip }) => toolTip)).toEqual(recent)
  click(found[1])
  expect(done.splice(0)).toEqual([['open', '/other/a.cellbrush']])
  expect(items('linux').find(({ label }) => label === 'None yet')).toMatchObject({ enabled: false })
})

test('a Mac has its own menu, and the others a way to quit', () => {
  const roles = (platform: NodeJS.Platform) => items(platform).flatMap(({ role }) => role ?? [])
  expect(roles('darwin')).toEqual(expect.arrayContaining(['appMenu', 'close']))
  expect(roles('darwin')).not.toContain('quit')
  expect(roles('win32')).toContain('quit')
  expect(roles('win32')).not.toContain('appMenu')
})
