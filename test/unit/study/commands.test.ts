import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { expect, test } from 'vitest'
import { cellsOf } from '../../../src-main/core/study/cells.ts'
import { Commands } from '../../../src-main/core/study/commands.ts'
import { studyOf } from './studies.ts'

test('paths below the known folders are written by their variables, so that a command can be copied elsewhere', () => {
  const commands = new Commands({ root: '/data', out: '/study', folder: '/study/cells/a' })
  commands.add('predict', '/study/cells/a/p.cellbrush', '/data/em/0.png', '--out', '/study/cells/a/out', '--tile', 64)
  expect(commands.lines).toEqual(['cellbrush predict $OUT/p.cellbrush $DATA/em/0.png --out $OUT/out --tile 64'])
  expect(commands.word('/data')).toBe('$DATA')
  expect(commands.word('/study/truth/em')).toBe('$STUDY/truth/em')
  expect(commands.word('/database/x.png')).toBe('/database/x.png')
})

test('what only a study can do is the study itself, of one cell', () => {
  const commands = new Commands({ root: 'data', out: 'out', folder: 'out/cells/a' })
  const study = studyOf()
  const [cell] = cellsOf(study, { only: ['other'], seeds: [4] })
  commands.study(study, cell!, { minutes: 2 })
  expect(commands.lines).toEqual([
    'cellbrush study tiny --data $DATA --out $STUDY --only other --splits all --seeds 4 --minutes 2',
  ])
})

test('a shell reads every word as it was meant', () => {
  const commands = new Commands({ root: '/data with space', out: '/study', folder: '/out' })
  const words = [
    '/data with space/a "b" $c.png',
    '/out/it’s here',
    'elastic*',
    "it's",
    'w0=10',
    '[0-9]',
    '/out/plain.tif',
  ]
  const line = words.map((word) => commands.word(word)).join(' ')
  const read = execFileSync('sh', ['-c', `printf '%s\\n' ${line}`], {
    env: { DATA: '/data with space', OUT: '/out' },
  })
  expect(read.toString().trimEnd().split('\n')).toEqual(
    words.map((word) => (word.startsWith('/') ? path.resolve(word) : word)),
  )
})
