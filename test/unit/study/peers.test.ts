/** Where a Python environment with the peers exists (CELLBRUSH_PEERS, or made before): both learn discs. */
import { afterAll, expect, test } from 'vitest'
import type { Engine } from '../../../src-main/core/engine.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { cellsOf } from '../../../src-main/core/study/cells.ts'
import { peerPython } from '../../../src-main/core/study/peer-environment.ts'
import { Peer } from '../../../src-main/core/study/peer-process.ts'
import { readResult } from '../../../src-main/core/study/results.ts'
import { runStudy } from '../../../src-main/core/study/study.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'
import { discs, writeDiscs } from './discs.ts'
import { studyOf } from './studies.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

async function hasPeers(): Promise<boolean> {
  const python = await peerPython(false, () => {}).catch(() => null)
  if (python === null) return false
  const peer = new Peer(python)
  try {
    await peer.ask({ ask: 'versions', also: ['scikit-learn', 'scikit-image'] })
    return true
  } catch {
    return false
  } finally {
    peer.close()
  }
}

const engine: Engine = { call: () => Promise.reject(new Error('peers need no engine')) }
const job = { ...quietJob(), kill: new AbortController().signal }
const hears = { cell: () => {}, result: () => {} }
const peer = (name: string, more: object) => ({ kind: 'peer', name, says: name, ...more })
const study = studyOf({
  ...discs,
  arms: [
    peer('forest', { peer: 'forest' }),
    peer('unet', {
      peer: 'unet',
      isNormalised: true,
      predictions: [{ name: 'single' }, { name: 'averaged', average: true }],
    }),
  ],
  seeds: [1],
})
writeDiscs(at('data'), ['a1', 'a2', 'b1'])
const request = { root: at('data'), out: at('out'), device: 'auto', steps: 15 } as const

test.skipIf(!(await hasPeers()))(
  'a forest and a U-Net learn the same discs, and are scored as the program is',
  async () => {
    await runStudy(study, request, engine, job, hears)
    const [forest, unet] = cellsOf(study).map((cell) => readResult(at('out'), cell)!)
    expect(forest!.predictions.single!.scores['raw.f1AtIou50']).toBeGreaterThan(0.9)
    expect(unet!.predictions.averaged!.scores['raw.dice']).toBeGreaterThan(0.6)
    expect(unet).toMatchObject({ steps: 15 })
    expect(Object.keys(forest!.versions)).toEqual(expect.arrayContaining(['cellbrush', 'torch', 'scikit-learn']))
    expect(forest!.commands[2]).toBe(
      'cellbrush study tiny --data $DATA --out $STUDY --only forest --splits all --seeds 1 --steps 15',
    )
  },
  900_000,
)

test.skipIf(!(await hasPeers()))(
  'a U-Net in PyTorch learns until its minutes are over, however many steps that is',
  async () => {
    const minutes = 0.2
    const { steps: _, ...byMinutes } = request
    await runStudy(study, { ...byMinutes, minutes, out: at('minutes'), only: ['unet'] }, engine, job, hears)
    const [, cell] = cellsOf(study)
    const learnt = readResult(at('minutes'), cell!)!
    expect(learnt.trainSeconds).toBeGreaterThanOrEqual(minutes * 60)
    expect(learnt.steps).toBeGreaterThan(0)
    expect(learnt.plannedSteps).toBeUndefined()
  },
  900_000,
)

test('a Python that is not there is said with the way out, before anything is learned', async () => {
  const mixed = studyOf({
    ...discs,
    arms: [{ kind: 'floor', name: 'blur', says: 'no learning', isBright: true }, peer('forest', { peer: 'forest' })],
  })
  const begun: string[] = []
  const before = process.env.CELLBRUSH_PEERS
  process.env.CELLBRUSH_PEERS = at('no-python')
  try {
    await expect(
      runStudy(mixed, { ...request, out: at('none') }, engine, job, {
        ...hears,
        cell: ({ arm }) => begun.push(arm.name),
      }),
    ).rejects.toThrow(
      /^The Python environment of the peers cannot be used \(CELLBRUSH_PEERS names .*no-python, but there is no such file.*or leave the peers out with --only\.$/,
    )
    expect(begun).toEqual([])
  } finally {
    if (before === undefined) delete process.env.CELLBRUSH_PEERS
    else process.env.CELLBRUSH_PEERS = before
  }
})
