/** An export of what is painted, while painting goes on. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { EXPORT_FORMATS, exportFrom, exportLabels } from '../../../src-main/core/export.ts'
import { type Job, quietJob, Stopped } from '../../../src-main/core/job.ts'
import { codeRuns } from '../../../src-main/core/label-sidecar.ts'
import { rowsOf } from '../../../src-main/core/rows.ts'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { type Painted, paintedProject, temporaryFolder } from '../store/project-folder.ts'

const WIDTH = 1100
const HEIGHT = 300
const PLANES = 3

/** Three planes, each with an object over all of its tiles, background over the border of two bands of tiles, and nothing elsewhere. */
async function stack(): Promise<Painted> {
  const painted = await paintedProject({ width: WIDTH, height: HEIGHT, z: PLANES })
  for (let z = 0; z < PLANES; z++) paint(painted, z, 16 + z)
  return painted
}

const valueAt = (at: number, object: number): number => {
  const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)]
  return y >= 250 && y < 262 ? 1 : x % 100 < 30 ? object : x === 50 ? 3 : 0
}

const labelsWith = (object: number) => Uint32Array.from({ length: WIDTH * HEIGHT }, (_, at) => valueAt(at, object))

function paint({ store, plane }: Painted, z: number, object: number): void {
  const map = { width: WIDTH, height: HEIGHT, data: labelsWith(object) }
  store.labels.writeRegion({ ...plane, z }, 0, 0, map, { origin: 'hand' })
}

/** Does something once, when one of the three planes is written and the next is begun. */
function atSecondPlane(act: () => void, signal?: AbortSignal): Job {
  let isDone = false
  const progress: Job['progress'] = ({ done }) => {
    if (isDone || done === 0) return
    isDone = true
    act()
  }
  return { ...quietJob(signal), progress }
}

/** Said in place of two planes, of which nobody reads a comparison. */
function firstDifference(found: ArrayLike<number>, expected: ArrayLike<number>): string | undefined {
  if (found.length !== expected.length) return `${found.length} values instead of ${expected.length}`
  for (let at = 0; at < expected.length; at++) {
    if (found[at] !== expected[at]) return `${found[at]} instead of ${expected[at]} at ${at}`
  }
  return undefined
}

const contents = (folder: string) =>
  readdirSync(folder).map((name) => [
    name,
    createHash('sha1')
      .update(readFileSync(path.join(folder, name)))
      .digest('hex'),
  ])

test('an export is of one moment: what is painted meanwhile is neither in the image nor in the file beside it', async () => {
  const painted = await stack()
  const out = temporaryFolder()
  const request = { format: 'labels-tiff', out, isCompact: false } as const
  const job = atSecondPlane(() => {
    for (let z = 0; z < PLANES; z++) paint(painted, z, 70_000)
    painted.store.labels.setComplete({ ...painted.plane, z: 2 }, true)
  })
  const report = await exportFrom(painted.store, request, job)
  expect(painted.store.objects.list(painted.image.id, 'objects').map(({ id }) => id)).toEqual([70_000])
  expect(report.files.map(({ objects }) => objects)).toEqual([3])
  const [image, sidecar] = report.files[0]!.outputs as [string, string]
  const told = JSON.parse(readFileSync(sidecar, 'utf8'))
  expect(told.objects.map(({ id }: { id: number }) => id)).toEqual([16, 17, 18])
  for (let z = 0; z < PLANES; z++) {
    const { data } = await readWholePlane(image, z)
    const expected = Uint16Array.from(labelsWith(16 + z), (label) => (label >= 16 ? label : 0))
    expect(firstDifference(data, expected)).toBeUndefined()
    expect(told.planes[z]).toEqual({ z, t: 0, isComplete: false, ...codeRuns(labelsWith(16 + z)) })
  }
})

test.each(EXPORT_FORMATS)('%s that is stopped half-way leaves everything as it was', async (format) => {
  const painted = await stack()
  const out = temporaryFolder()
  await exportLabels(painted.folder, { format, out, isCompact: false }, quietJob())
  const before = contents(out)
  paint(painted, 0, 40)
  const stop = new AbortController()
  const request = { format, out, isCompact: true } as const
  const exporting = exportLabels(
    painted.folder,
    request,
    atSecondPlane(() => stop.abort(), stop.signal),
  )
  await expect(exporting).rejects.toThrow(Stopped)
  expect(contents(out)).toEqual(before)
})

test('PNGs of a stack have as many bits as the largest id of all needs', async () => {
  const painted = await stack()
  paint(painted, 2, 300)
  const out = temporaryFolder()
  const report = await exportLabels(painted.folder, { format: 'labels-png', out, isCompact: false }, quietJob())
  const pages = report.files[0]!.outputs.filter((file) => file.endsWith('.png'))
  const depths = pages.map(async (file) => (await readWholePlane(file, 0)).data.constructor.name)
  expect(await Promise.all(depths)).toEqual(['Uint16Array', 'Uint16Array', 'Uint16Array'])
})

test('PNGs are refused with a sentence when ids do not fit', async () => {
  const painted = await stack()
  paint(painted, 2, 65_536)
  const out = temporaryFolder()
  const report = await exportLabels(painted.folder, { format: 'labels-png', out, isCompact: false }, quietJob())
  expect(report.files[0]!.error!.message).toMatch(/object ids up to 65536 .* export labels-tiff instead/)
  expect(readdirSync(out)).toEqual([])
})

test('a plane that is read by rows is read once, in rectangles that a few tiles meet, and stops at any of them', async () => {
  const stop = new AbortController()
  const read: string[] = []
  const labels = labelsWith(16)
  const rows = rowsOf(
    { width: WIDTH, height: HEIGHT },
    ({ x, y, w, h }) => {
      read.push(`${x},${y} ${w}x${h}`)
      return Uint32Array.from({ length: w * h }, (_, at) => labels[(y + Math.floor(at / w)) * WIDTH + x + (at % w)]!)
    },
    quietJob(stop.signal),
  )
  const found: number[] = []
  for await (const some of rows) {
    expect([some.length % WIDTH, some.length <= 65_536]).toEqual([0, true])
    for (const label of some) found.push(label)
  }
  expect(firstDifference(found, labels)).toBeUndefined()
  expect(read).toEqual(['0,0 1024x256', '1024,0 76x256', '0,256 1024x44', '1024,256 76x44'])
  stop.abort()
  const stopped = rowsOf({ width: 1, height: 1 }, () => Uint32Array.of(1), quietJob(stop.signal))
  await expect(stopped.next()).rejects.toThrow(Stopped)
})
