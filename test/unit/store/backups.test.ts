import { rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { brush, type Painted, paintedProject } from './project-folder.ts'

vi.mock(import('node:fs'), async (original) => {
  const fs = await original()
  return { ...fs, statfsSync: vi.fn(fs.statfsSync) as unknown as typeof fs.statfsSync }
})

const DAY_MS = 24 * 3600 * 1000

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.UTC(2026, 0, 1, 10) })
  onTestFinished(() => void vi.useRealTimers())
})

const dayLater = () => vi.setSystemTime(Date.now() + DAY_MS)

let strokes = 0
/** Some time after whatever was done before, and before what is done next. */
function paint({ store, plane }: Painted): void {
  vi.setSystemTime(Date.now() + 1000)
  store.labels.apply(plane, brush('new', [[40 * (strokes++ % 10), 40]]))
  vi.setSystemTime(Date.now() + 1000)
}
const reasons = ({ store }: Painted) => store.backups().map((name) => /Z-(.*)\.db$/.exec(name)![1])

test('what is painted is copied once a day, and only where something has been painted since', async () => {
  const painted = await paintedProject()
  const { store, folder } = painted
  await store.backUpDaily()
  expect(reasons(painted)).toEqual([])
  paint(painted)
  rmSync(join(folder, 'backups'), { recursive: true }) // it was empty, which some ways of copying a project leave out
  await store.backUpDaily()
  await store.backUpDaily()
  expect(store.backups()).toEqual(['project-20260101T100002000Z-daily.db'])
  dayLater()
  await store.backUpDaily()
  expect(reasons(painted), 'nothing new').toEqual(['daily'])
  paint(painted)
  await store.backUpDaily()
  expect(reasons(painted)).toEqual(['daily', 'daily'])
  const copy = new Database(join(folder, 'backups', store.backups()[0]!), { readonly: true })
  expect(copy.prepare('SELECT count(*) AS n FROM object').get()).toEqual({ n: 2 })
  copy.close()
})

test('three daily copies stay, and push out none that was made before a migration or on demand', async () => {
  const painted = await paintedProject()
  const { store } = painted
  await store.backup('before-format-2')
  for (let day = 0; day < 5; day++) {
    paint(painted)
    dayLater()
    await store.backUpDaily()
  }
  await store.backup('on-demand')
  expect(reasons(painted)).toEqual(['on-demand', 'daily', 'daily', 'daily', 'before-format-2'])
})

test('a copy that would fill the disk is not begun', async () => {
  const painted = await paintedProject()
  paint(painted)
  const one = statfsSync(painted.folder)
  vi.mocked(statfsSync).mockReturnValueOnce({ ...one, bsize: 1, bavail: 100_000 })
  await painted.store.backUpDaily()
  expect(reasons(painted)).toEqual([])
})

test('a copy that is given up leaves nothing', async () => {
  const painted = await paintedProject()
  paint(painted)
  const stop = new AbortController()
  const copying = painted.store.backUpDaily(stop.signal)
  stop.abort(new Error('closing'))
  await expect(copying).rejects.toThrow('closing')
  expect(painted.store.backups()).toEqual([])
})

test('a damaged project is told with the copy to restore, or that there is none', async () => {
  const painted = await paintedProject()
  const { store, folder } = painted
  const message = async () => {
    writeFileSync(join(folder, 'project.db'), 'not a database any more, but long enough to be read as one'.repeat(100))
    truncateSync(join(folder, 'project.db-wal'), 0)
    const failure = await ProjectStore.open(folder).catch((error: Error) => error)
    return (failure as Error).message
  }
  store.close()
  writeFileSync(join(folder, 'project.db-wal'), '')
  expect(await message()).toMatch(/there is no copy of it in its backups folder/)
  writeFileSync(join(folder, 'backups', 'project-20260101T100000000Z-daily.db'), '')
  expect(await message()).toMatch(/put project-20260101T100000000Z-daily\.db of its backups folder in the place of/)
})
