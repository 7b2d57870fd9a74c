import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Journal } from '../../../src-main/store/journal.ts'
import { LabelStore } from '../../../src-main/store/labels.ts'
import { ObjectStore } from '../../../src-main/store/objects.ts'
import { PlaneStore } from '../../../src-main/store/planes.ts'
import { openToWrite } from '../../../src-main/store/project-files.ts'
import { TileStore } from '../../../src-main/store/tiles.ts'
import { brush, measured, paintedProject } from './project-folder.ts'

test('on a full disk a stroke is refused as a whole, what was there stays, and painting goes on with space', async () => {
  const painted = await paintedProject()
  const { folder, plane } = painted
  painted.store.close()
  const database = await openToWrite(folder, folder)
  const tiles = new TileStore(database)
  const planes = new PlaneStore(database)
  const objects = new ObjectStore(database, planes)
  const journal = new Journal(database, tiles, objects)
  const labels = new LabelStore({ database, tiles, planes, objects, journal, firstClassId: () => 1 })
  labels.apply(plane, brush('new', [[100, 100]], 40))
  const [before, state] = [labels.areas(plane), labels.state(plane)]

  database.raw.pragma(`max_page_count = ${database.raw.pragma('page_count', { simple: true })}`)
  const strokes = Array.from({ length: 40 }, (_, index) =>
    brush(
      'new',
      [
        [20, index * 12],
        [580, index * 12 + 5],
      ],
      4.3,
    ),
  )
  let applied = 0
  const paintAll = () => {
    for (; applied < strokes.length; applied++) labels.apply(plane, strokes[applied]!)
  }
  expect(paintAll).toThrow(expect.objectContaining({ code: 'disk-full' }))
  const objectsLeft = objects.list(plane.imageId, plane.layer).length
  expect(objectsLeft).toBe(1 + applied)
  if (applied === 0) expect([labels.areas(plane), labels.state(plane)]).toEqual([before, state])

  database.raw.pragma('max_page_count = 1000000')
  paintAll()
  expect(labels.history(plane.imageId, plane.layer).undo).toBe(41)
  database.close()
  const store = await painted.reopen()
  expect((await store.check({ deep: true })).findings).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  'a stroke that the system will not write is refused as one to be sent again, and what was answered is there',
  async () => {
    const painted = await paintedProject({ height: 4000 })
    const { store, folder, image } = painted
    store.close()
    // A file system that takes no more of a file than this answers as a failing disk does.
    const limited = 'trap "" XFSZ; ulimit -f 600; exec "$@"'
    const painter = [process.execPath, join(import.meta.dirname, 'painter.ts'), folder, String(image.id), '0']
    const said = execFileSync('bash', ['-c', limited, 'bash', ...painter], { encoding: 'utf8' })
    const [open, ...answers] = said.trim().split('\n')
    expect([open, answers.pop(), answers.length > 0]).toEqual(['open', 'not-writable', true])
    const after = await painted.reopen()
    expect(measured(after, image)).toHaveLength(answers.length)
    expect((await after.check({ deep: true })).findings).toEqual([])
  },
)
