/** The commands of what cannot be shown here: nobody runs them, so they are held against files of the same names. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { matchByName } from '../../../src-main/core/names.ts'
import { readStudy } from '../../../src-main/core/study/study-file.ts'
import { cellbrush, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const commands = readStudy('not-reproduced').claims.flatMap(({ notReproduced }) => notReproduced?.commands ?? [])

test('frames of PhC-U373 and their masks get the same names, and frames without a mask stay out', () => {
  const names = { '': ['t000.tif', 't001.tif', 't015.tif'], '_GT/SEG': ['man_seg001.tif', 'man_seg015.tif'] }
  for (const sequence of ['01', '02']) {
    for (const [kind, files] of Object.entries(names)) {
      mkdirSync(at(`PhC-C2DH-U373/${sequence}${kind}`), { recursive: true })
      for (const file of files) writeFileSync(at(`PhC-C2DH-U373/${sequence}${kind}`, file), `${sequence}${file}`)
    }
  }
  const lines = commands.filter((line) => !line.startsWith('cellbrush'))
  execFileSync('bash', ['-e', '-c', lines.join('\n')], { cwd: at() })
  for (const sequence of ['01', '02']) {
    const [frames, masks] = [sequence, `${sequence}-masks`].map((folder) =>
      readdirSync(at('u373', folder)).map((file) => path.join(folder, file)),
    )
    expect(frames!.map((file) => path.basename(file))).toEqual(['t001.tif', 't015.tif'])
    expect(matchByName(frames!, masks!)).toEqual(frames!.map((file) => file.replace(sequence, `${sequence}-masks`)))
  }
})

test('every option of these commands is one that the command has', async () => {
  const lines = commands.filter((line) => line.startsWith('cellbrush')).map((line) => line.split(' ').slice(1))
  const named = lines.map((words) => (words[0] === 'project' ? words.slice(0, 2) : words.slice(0, 1)))
  for (const [index, words] of named.entries()) {
    const { stdout } = await cellbrush([...words, '--help'])
    for (const option of lines[index]!.filter((word) => word.startsWith('--'))) {
      expect(stdout, `${words.join(' ')} ${option}`).toMatch(new RegExp(`^ *(-.*)?${option}\\b`, 'm'))
    }
  }
}, 120_000)
