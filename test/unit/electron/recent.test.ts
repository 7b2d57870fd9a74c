import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, test, vi } from 'vitest'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))

import { readFileSync } from 'node:fs'
import { logFaults } from '../../../src-main/shells/electron/log.ts'
import { projectsAmong } from '../../../src-main/shells/electron/project.ts'
import { projectName, RecentProjects } from '../../../src-main/shells/electron/recent.ts'
import { app, dialog, resetElectron } from '../../drivers/electron-double.ts'
import { newFolder } from './folders.ts'

const folder = newFolder()
const file = join(folder, 'recent.json')
function project(name: string): string {
  const path = join(folder, name)
  mkdirSync(path, { recursive: true })
  writeFileSync(join(path, 'project.db'), '')
  return path
}

beforeEach(() => {
  resetElectron(folder)
  rmSync(file, { force: true })
})

test('the project opened last comes first, once, and ten are kept over a restart', () => {
  const all = Array.from({ length: 12 }, (_, index) => project(`p${index}.cellbrush`))
  for (const path of [...all, all[5]!]) new RecentProjects(file).add(path)
  const expected = [all[5], ...all.toReversed().filter((path) => path !== all[5])].slice(0, 10)
  expect(new RecentProjects(file).list()).toEqual(expected)
  expect(app.recentDocuments.at(-1)).toBe(all[5])
})

test('a project that has gone is not listed, and is again when its disk comes back', () => {
  const recent = new RecentProjects(file)
  const [stays, goes] = [project('stays.cellbrush'), project('goes.cellbrush')]
  recent.add(stays)
  recent.add(goes)
  rmSync(goes, { recursive: true })
  expect(recent.list()).toEqual([stays])
  project('goes.cellbrush')
  expect(recent.list()).toEqual([goes, stays])
  recent.clear()
  expect([recent.list(), app.recentDocuments]).toEqual([[], []])
})

test.each(['', '{', '{}', '[1]', 'null'])('a list with %j in it is as good as none', (text) => {
  writeFileSync(file, text)
  expect(new RecentProjects(file).list()).toEqual([])
})

test('a project is called by its folder without the ending', () => {
  expect([projectName('/data/My cells.cellbrush'), projectName('/data/plain')]).toEqual(['My cells', 'plain'])
})

test('among arguments, projects are folders with a database, named like one, or the database itself', () => {
  const plain = project('plain')
  const named = project('named.cellbrush')
  const given = ['--flag', '', '.', 'plain', 'named.cellbrush/project.db', 'gone.cellbrush', 'a.tif', '/nowhere']
  expect(projectsAmong(given, folder)).toEqual([plain, named, join(folder, 'gone.cellbrush')])
})

test('a fault is written to the log with its stack, told once in a sentence, and the program goes on', () => {
  const log = join(folder, 'logs', 'cellbrush.log')
  const [warn, error] = [console.warn, console.error]
  console.warn = console.error = () => {}
  const before = process.listeners('uncaughtException')
  app.becomeReady()
  logFaults(log)
  const fault = process.listeners('uncaughtException').find((listener) => !before.includes(listener))!
  fault(new Error('first fault'), 'uncaughtException')
  fault(new Error('second fault'), 'uncaughtException')
  app.emit('child-process-gone', {}, { type: 'GPU', reason: 'crashed', exitCode: 9 })
  process.off('uncaughtException', fault)
  process.off('unhandledRejection', fault as (reason: unknown) => void)
  Object.assign(console, { warn, error })
  const text = readFileSync(log, 'utf8')
  expect(text).toMatch(
    /error: Error: first fault\n +at [\s\S]*second fault[\s\S]*warn: GPU process ended: crashed, exit code 9/,
  )
  expect(dialog.asked).toMatchObject([{ kind: 'message', options: { detail: expect.stringContaining(log) } }])
})
