import { readdirSync, renameSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { chosenObjects } from '../../../src-main/core/choose-objects.ts'
import type { Engine } from '../../../src-main/core/engine.ts'
import { writeCheckpoint } from '../../../src-main/engine/checkpoint.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { SEARCH_VERSION } from '../../../src-shared/objects-search.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'
import { tinyPlan } from '../../drivers/run-folder.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

test('objects for an aim are searched once, and again when what is kept was found by an older search', async () => {
  const { network, input, targets } = tinyPlan([])
  const made = { kind: 'model', cellbrush: '0.1.0', run: 'r', preset: 'fast', network, input, targets } as const
  const state = { objects: null, score: null, step: 1, seed: 1, precision: 'float32', device: 'test' } as const
  writeCheckpoint(at('model.cbck'), { header: { ...made, ...state }, tensors: new Map() })
  let searches = 0
  const call = async () => ({ objects: DEFAULT_OBJECTS, score: ++searches })
  const run = { folder: at(), model: at('model.cbck') }
  const ask = () =>
    chosenObjects(
      run,
      { aim: 'balanced', isAveraged: false, device: 'cpu' },
      { call } as unknown as Engine,
      new AbortController().signal,
    )
  expect((await ask()).score).toBe(1)
  expect((await ask()).score).toBe(1)
  const [kept] = readdirSync(at('objects'))
  renameSync(
    at('objects', kept!),
    at('objects', kept!.replace(`-${SEARCH_VERSION}.json`, `-${SEARCH_VERSION - 1}.json`)),
  )
  expect((await ask()).score).toBe(2)
})
