/** One folder, one length. Cells are floors where the seed draws the images, so that no engine is needed. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { Engine } from '../../../src-main/core/engine.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { cellsOf } from '../../../src-main/core/study/cells.ts'
import {
  keepLength,
  lengthIn,
  lengthOfCell,
  rememberSteps,
  requireLength,
} from '../../../src-main/core/study/lengths.ts'
import { writeReport } from '../../../src-main/core/study/report.ts'
import { runStudy } from '../../../src-main/core/study/study.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'
import { discs, writeDiscs } from './discs.ts'
import { studyOf } from './studies.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

writeDiscs(at('data'), ['a1', 'a2', 'b1'])
const study = studyOf({
  ...discs,
  splits: [{ ...discs.splits[0], count: 1 }],
  arms: [{ kind: 'floor', name: 'blur', says: 'no learning', isBright: true }],
  seeds: [1, 2],
})
const engine: Engine = { call: () => Promise.reject(new Error('a floor needs no engine')) }
const job = { ...quietJob(), kill: new AbortController().signal }
const run = (out: string, more: { seeds?: number[]; steps?: number }) =>
  runStudy(study, { root: at('data'), out: at(out), device: 'auto', ...more }, engine, job, {
    cell: () => {},
    result: () => {},
  })

test('after a short trial with another seed the study itself is refused in the same folder', async () => {
  await run('trial', { seeds: [9], steps: 60 })
  await expect(run('trial', {})).rejects.toThrow(
    'was made with other settings or another length (all/blur/seed-9); give the same --steps or --minutes again',
  )
}, 60_000)

test('a short trial in the folder of a finished study is refused, and the report has all results as before', async () => {
  await run('whole', {})
  await expect(run('whole', { seeds: [9], steps: 60 })).rejects.toThrow('another length (all/blur/seed-1)')
  const { state } = await writeReport(study, at('whole'), { root: at('data') })
  expect(state).toBe('Complete: 2 of 2 cells, seeds 1, 2; 5 minutes each.')
}, 60_000)

test('a folder in which nothing was begun takes another length, and forgets the steps planned for the first', () => {
  mkdirSync(at('empty'))
  writeFileSync(at('empty/length.json'), '{"steps":60}\n')
  writeFileSync(at('empty/planned-steps.json'), '{"one":60}\n')
  requireLength(at('empty'), { minutes: 5 })
  keepLength(at('empty'), { minutes: 5 })
  expect(readdirSync(at('empty'))).toEqual(['length.json'])
  expect(lengthIn(at('empty'))).toEqual({ minutes: 5 })
})

test.each([
  ['cell', [{ steps: 123 }, { minutes: 5 }, { minutes: 5 }]],
  ['arm', [{ steps: 123 }, { minutes: 5 }, { steps: 123 }]],
  ['study', [{ steps: 123 }, { steps: 123 }, { steps: 123 }]],
] as const)('minutes become the same steps for all that share them: by %s', (stepsPlannedPer, expected) => {
  const shared = studyOf({ stepsPlannedPer, seeds: [1, 2] })
  const [one, other, floor, next] = cellsOf(shared)
  const out = at(`by-${stepsPlannedPer}`)
  mkdirSync(out)
  rememberSteps(shared, out, one!, 123)
  expect([one!, other!, next!].map((cell) => lengthOfCell(shared, out, cell, { minutes: 5 }))).toEqual(expected)
  expect(lengthOfCell(shared, out, floor!, { minutes: 5 })).toEqual({ minutes: 5 })
  expect(lengthOfCell(shared, out, one!, { steps: 7 })).toEqual({ steps: 7 })
})
