import { readdirSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { importInto } from '../../../src-main/core/import.ts'
import { type Job, quietJob, Stopped } from '../../../src-main/core/job.ts'
import { withReadyMaps } from '../../../src-main/core/mask-import.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { type Painted, paintedProject, temporaryFolder } from '../store/project-folder.ts'

const [WIDTH, HEIGHT, PLANES] = [1100, 520, 8]

/** Values that take their time to be stored, so that it is done in several turns. */
const noisy = (z: number) =>
  Uint16Array.from({ length: WIDTH * HEIGHT }, (_, at) => ((Math.imul(at + z * 7919, 2654435761) >>> 9) % 60) + 1)

function writeStack(file: string): void {
  const tiff = TiffWriter.create(file, { width: WIDTH, height: HEIGHT, sampleType: 'uint16', z: PLANES })
  for (let z = 0; z < PLANES; z++) tiff.writePlane(noisy(z))
  tiff.close()
}

const tilesIn = async ({ store }: Painted) => (await store.check({ deep: true })).checked.tiles

/** Does something once others may work after the masks have begun to be made ready. */
function whenReadying({ store }: Painted, act: () => void): void {
  const readyMaps = store.labels.readyMaps.bind(store.labels)
  store.labels.readyMaps = (maps) => {
    setImmediate(act)
    return readyMaps(maps)
  }
}

const stoppable = (): { job: Job; stop: AbortController } => {
  const stop = new AbortController()
  return { job: quietJob(stop.signal), stop }
}

test('a stroke is answered while the masks of a stack are made ready', async () => {
  const painted = await paintedProject()
  const done: string[] = []
  whenReadying(painted, () => {
    painted.store.labels.writeRegion(
      painted.plane,
      0,
      0,
      { width: 1, height: 1, data: Uint32Array.of(1) },
      { origin: 'hand' },
    )
    done.push('stroke')
  })
  const folder = temporaryFolder()
  writeStack(path.join(folder, 'stack.tif'))
  writeStack(path.join(folder, 'mask.tif'))
  const request = {
    inputs: [path.join(folder, 'stack.tif')],
    masks: [path.join(folder, 'mask.tif')],
    isComplete: false,
  }
  const report = await importInto(painted.store, request, quietJob())
  done.push('import')
  expect(done).toEqual(['stroke', 'import'])
  expect(report.files.map(({ status, objects }) => [status, objects])).toEqual([['imported', 60]])
})

test('an import that is stopped while masks are made ready leaves nothing of the image', async () => {
  const painted = await paintedProject()
  const { job, stop } = stoppable()
  whenReadying(painted, () => stop.abort())
  const folder = temporaryFolder()
  writeStack(path.join(folder, 'stack.tif'))
  writeStack(path.join(folder, 'mask.tif'))
  const images = () => readdirSync(path.join(painted.folder, 'images'))
  const before = { list: painted.store.images.list(), files: images() }
  const request = {
    inputs: [path.join(folder, 'stack.tif')],
    masks: [path.join(folder, 'mask.tif')],
    isComplete: false,
  }
  await expect(importInto(painted.store, request, job)).rejects.toThrow(Stopped)
  expect({ list: painted.store.images.list(), files: images() }).toEqual(before)
  expect(await tilesIn(painted)).toBe(0)
})

test('masks that cannot be put in place leave no tile behind', async () => {
  const painted = await paintedProject()
  const maps = [{ width: WIDTH, height: HEIGHT, data: Uint32Array.from(noisy(0), (value) => value + 15) }]
  const writing = withReadyMaps(painted.store, maps, quietJob(), () => {
    throw new Error('the disk is full, say')
  })
  await expect(writing).rejects.toThrow('the disk is full, say')
  expect(await tilesIn(painted)).toBe(0)
})

test('masks with more classes than a network can tell apart are refused, and nothing is left of the image', async () => {
  const { store, folder: project } = await paintedProject()
  const folder = temporaryFolder()
  for (const name of ['cells.tif', 'mask.tif']) {
    const tiff = TiffWriter.create(path.join(folder, name), { width: 60, height: 2, sampleType: 'uint8' })
    tiff.writePlane(Uint8Array.from({ length: 120 }, (_, at) => (at < 60 && at % 2 === 0 ? 1 + at / 2 : 0)))
    tiff.close()
  }
  const before = {
    classes: store.classes.list(),
    images: store.images.list(),
    files: readdirSync(path.join(project, 'images')),
  }
  const named = (count: number) =>
    new Map(Array.from({ length: count }, (_, index) => [index + 1, `class ${index + 1}`]))
  const request = {
    inputs: [path.join(folder, 'cells.tif')],
    masks: [path.join(folder, 'mask.tif')],
    kind: 'classes' as const,
    isComplete: false,
  }
  const refused = await importInto(store, { ...request, map: named(30) }, quietJob())
  expect(refused.files.map(({ status, error }) => [status, error?.code, error?.message])).toEqual([
    [
      'failed',
      'too-many-classes',
      'The project would have 32 classes and a network can tell 31 apart; give several of them one name.',
    ],
  ])
  const after = {
    classes: store.classes.list(),
    images: store.images.list(),
    files: readdirSync(path.join(project, 'images')),
  }
  expect(after).toEqual(before)
  const taken = await importInto(store, { ...request, map: named(29) }, quietJob())
  expect([taken.files.map(({ status }) => status), store.classes.list().length]).toEqual([['imported'], 31])
})
