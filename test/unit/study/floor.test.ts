import { readFileSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import type { Engine } from '../../../src-main/core/engine.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { readMaps } from '../../../src-main/core/score-files.ts'
import { cellsOf } from '../../../src-main/core/study/cells.ts'
import { readResult } from '../../../src-main/core/study/results.ts'
import { runStudy } from '../../../src-main/core/study/study.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'
import { discs, writeDiscs } from './discs.ts'
import { studyOf } from './studies.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const engine: Engine = { call: () => Promise.reject(new Error('a floor needs no engine')) }
const floor = (isBright: boolean) => ({ kind: 'floor', name: isBright ? 'bright' : 'dark', says: 'floor', isBright })

test('the floor finds noisy discs by a blur and a threshold chosen on annotated images alone', async () => {
  writeDiscs(at('data'), ['a1', 'a2', 'b1'])
  const study = studyOf({ ...discs, arms: [floor(true), floor(false)] })
  const request = { root: at('data'), out: at('out'), device: 'auto' } as const
  const job = { ...quietJob(), kill: new AbortController().signal }
  await runStudy(study, request, engine, job, { cell: () => {}, result: () => {} })
  const [bright, dark] = cellsOf(study).map((cell) => readResult(at('out'), cell)!)
  expect(bright!.predictions.single!.scores['raw.f1AtIou50']).toBeGreaterThan(0.9)
  expect(dark!.predictions.single!.scores['raw.f1AtIou50']).toBeLessThan(0.3)
  expect(bright!.objects!.sigmaPx).toBeGreaterThan(0) // unblurred, the noise would tear the discs apart
  expect(bright).toMatchObject({ isResumed: false, paintedShare: 1, testImages: ['b1.tif'] })
  // The written labels are those that were scored: 16 discs and little else.
  const { planes } = await readMaps(at('out/cells/all/bright/seed-1/predictions/single/b1_labels.tif'))
  expect(bright!.predictions.single!.scores['raw.predictedObjects']).toBe(new Set(planes[0]!).size - 1)
}, 120_000)

test('the predicted image has no part in the choice', async () => {
  const study = studyOf({ ...discs, arms: [floor(true)] })
  writeDiscs(at('other'), ['a1', 'a2', 'b1'])
  writeFileSync(at('other/discs/images/b1.tif'), readFileSync(at('data/discs/images/a2.tif')))
  const job = { ...quietJob(), kill: new AbortController().signal }
  const hears = { cell: () => {}, result: () => {} }
  await runStudy(study, { root: at('other'), out: at('again'), device: 'auto' }, engine, job, hears)
  const chosen = (out: string) => readResult(at(out), cellsOf(study)[0]!)!.objects
  expect(chosen('again')).toEqual(chosen('out'))
}, 120_000)
