import { copyFileSync, existsSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cellbrush, SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

test('an original that is only linked stays where it is, is not copied, and is named by the check once it has gone', async () => {
  const project = at('linked.cellbrush')
  const original = at('moved-later.tif')
  copyFileSync(path.join(SAMPLES, 'nuclei/images/IXMtest_A02_s1.tif'), original)
  await cellbrush(['project', 'create', project])
  await cellbrush(['import', project, original, '--link'])
  expect(existsSync(original)).toBe(true)
  expect(readdirSync(path.join(project, 'images')).filter((name) => name.endsWith('.tif'))).toEqual([])
  expect((await cellbrush(['project', 'check', project])).exitCode).toBe(0)
  rmSync(original)
  const { exitCode, stdout } = await cellbrush(['project', 'check', project])
  expect(exitCode).not.toBe(0)
  expect(stdout).toContain('moved-later.tif is gone')
})
