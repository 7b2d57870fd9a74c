import { existsSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { reasonFor } from '../../../scripts/count-tests.mjs'
import { cellbrush, temporaryFolder } from '../../drivers/command-line.ts'
import { electronLaunch, electronObstacle, electronShell } from '../../e2e/electron.ts'

vi.mock('electron', () => import('../../drivers/electron-double.ts'))
afterEach(() => vi.unstubAllEnvs())

const { at, remove } = temporaryFolder()
afterAll(remove)

test('Electron is driven as it is started: the built main file, then the project, which is all the shell opens', async () => {
  const project = at('driven.cellbrush')
  await cellbrush(['project', 'create', project])
  vi.stubEnv('ELECTRON_RUN_AS_NODE', '1')
  vi.stubEnv('NODE_OPTIONS', '--no-warnings')
  const { executablePath, args, env } = electronLaunch('/opt/electron', project, at('profile'))
  const { projectsAmong } = await import('../../../src-main/shells/electron/project.ts')
  expect(executablePath).toBe('/opt/electron')
  expect(projectsAmong(args, '/')).toEqual([project])
  expect(args).toContain(`--user-data-dir=${at('profile')}`)
  expect(args).not.toContain('--no-sandbox')
  const main = args.at(-2)!
  expect(path.relative(path.resolve(import.meta.dirname, '../../..'), main)).toBe(
    path.join('dist', 'src-main', 'shells', 'electron', 'main.js'),
  )
  const source = main.replace(`${path.sep}dist${path.sep}`, path.sep).replace(/\.js$/, '.ts')
  expect(existsSync(source)).toBe(true)
  expect([env.ELECTRON_RUN_AS_NODE, env.NODE_OPTIONS]).toEqual([undefined, undefined])
})

test('where Electron cannot be driven the walks are skipped by name, with the reason', () => {
  const obstacle = electronObstacle()
  expect(electronShell.isAbsent).toBe(obstacle !== undefined)
  if (obstacle === undefined) return
  expect(electronShell.title).toBe(`in Electron (skipped: ${obstacle})`)
  expect(reasonFor(`painting ${electronShell.title}`, '')).toBe('')
})
