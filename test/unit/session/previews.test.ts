import { rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { PreviewFiles } from '../../../src-main/engine/preview-files.ts'
import { previewUrl } from '../../../src-shared/data-urls.ts'
import type { PreviewRegion } from '../../../src-shared/previews.ts'
import { gate, openSession, paintSome, until } from '../../drivers/session.ts'

const SETTINGS = { 'network.depth': 2, 'network.baseWidth': 4, 'optimization.patchPx': 32 }
const region: PreviewRegion = {
  ...{ format: 1, imageId: 1, name: 'image-1.png', z: 0, t: 0 },
  ...{ rect: { x: 3, y: 5, w: 7, h: 4 }, classes: 2 },
}
const PIXELS = region.rect.w * region.rect.h
const base = { grey: new Uint8Array(PIXELS).map((_, at) => at), truth: new Uint8Array(PIXELS).fill(1) }
const snapshot = (value: number) => new Uint8Array(2 * PIXELS).fill(255 - value).fill(value, PIXELS)

/** A session in which run-1 learns; its engine writes and tells of snapshots after steps 25 and 50. */
async function learning() {
  const opened = await openSession()
  const learnt = gate()
  opened.engine.whileTraining = async (folder, say) => {
    for (const step of [25, 50]) {
      new PreviewFiles(folder).save(step, region, snapshot(step), () => base)
      say({ type: 'preview', step })
    }
    await learnt.promise
  }
  await paintSome(opened.window, opened.plane)
  await opened.window.ask('training.start', { preset: 'fast', steps: 3, settings: SETTINGS })
  const told = () => opened.window.of('run').filter(({ event }) => event.type === 'preview')
  await until(() => told().length === 2)
  const end = async () => {
    learnt.resolve()
    await until(() => opened.window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  }
  return { ...opened, told, end }
}

test('windows hear of each snapshot, and are answered which there are and where the region lies', async () => {
  const { window, told, end } = await learning()
  expect(told().map(({ run, event }) => [run, event])).toEqual([
    ['run-1', { type: 'preview', step: 25 }],
    ['run-1', { type: 'preview', step: 50 }],
  ])
  expect(await window.ask('run.previews', { id: 'run-1' })).toEqual({ region, steps: [25, 50] })
  await end()
  expect(await window.ask('run.previews', { id: 'run-1' })).toEqual({ region, steps: [25, 50], modelStep: 3 })
})

test('picture, truth and probabilities are served as they were written', async () => {
  const { session, end } = await learning()
  const read = async (part: 'region' | number) => (await session.tiles.read(previewUrl('run-1', part)))!
  expect([...(await read('region')).bytes]).toEqual([...base.grey, ...base.truth])
  expect([...(await read(25)).bytes]).toEqual([...snapshot(25)])
  expect([...(await read(50)).bytes]).toEqual([...snapshot(50)])
  expect((await read(50)).contentType).toBe('application/octet-stream')
  await end()
})

test('a step that a resumed run takes again is other content, and told so', async () => {
  const { session, project, end } = await learning()
  const before = (await session.tiles.read(previewUrl('run-1', 50)))!
  expect((await session.tiles.read(previewUrl('run-1', 50)))!.tag).toBe(before.tag)
  await end()
  const files = new PreviewFiles(path.join(project, 'runs/run-1'))
  files.trim(40)
  expect(await session.tiles.read(previewUrl('run-1', 50))).toBeUndefined()
  await new Promise((resolve) => setTimeout(resolve, 20)) // a file system's clock may be coarse
  files.save(50, region, snapshot(51), () => base)
  const after = (await session.tiles.read(previewUrl('run-1', 50)))!
  expect(after.tag).not.toBe(before.tag)
  expect([...after.bytes]).toEqual([...snapshot(51)])
})

test('other ids, other steps and paths are refused', async () => {
  const { session, window, project, end } = await learning()
  writeFileSync(path.join(project, 'runs/run-1/preview/step-1.txt'), 'secret')
  for (const address of [
    'preview/run-1',
    'preview/run-1/26',
    'preview/run-1/025/0',
    'preview/run-1/-1',
    'preview/run-1/1e1',
    'preview/run-1/region.json',
    'preview/run-1/..%2Fplan',
    'preview/run-1/step-25',
    'preview/run-1/',
  ]) {
    expect([address, await session.tiles.read(address)]).toEqual([address, undefined])
  }
  for (const run of ['run-2', '..', '.', 'run-1%2F..%2Frun-1', '..%2Fruns%2Frun-1', '%2Fetc']) {
    await expect(session.tiles.read(`preview/${run}/region`), run).rejects.toMatchObject({ code: 'run-missing' })
  }
  expect(await window.failure('run.previews', { id: 'run-2' })).toMatchObject({ code: 'run-missing' })
  await end()
})

test('a run without snapshots, or from before there were any, has none to show', async () => {
  const { window, project, end } = await learning()
  await end()
  rmSync(path.join(project, 'runs/run-1/preview'), { recursive: true })
  expect(await window.ask('run.previews', { id: 'run-1' })).toBeNull()
})
