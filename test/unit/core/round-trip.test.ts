import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { annotate } from '../../../src-main/core/annotation.ts'
import { exportLabels } from '../../../src-main/core/export.ts'
import { importImages } from '../../../src-main/core/import.ts'
import { quietJob } from '../../../src-main/core/job.ts'
import { createProject, summarizeProject } from '../../../src-main/core/projects.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const job = quietJob()
const NUCLEI = path.join(SAMPLES, 'nuclei')
const A02 = path.join(NUCLEI, 'images/IXMtest_A02_s1.tif')

/** A grey stack of 300 x 280 pixels, three slices, and strokes on two of them. */
beforeAll(() => {
  mkdirSync(at('stack'))
  const tiff = TiffWriter.create(at('stack', 'Zelle Ü.tif'), { width: 300, height: 280, sampleType: 'uint16', z: 3 })
  for (let z = 0; z < 3; z++) tiff.writePlane(Uint16Array.from({ length: 300 * 280 }, (_, i) => (i * 7 + z) % 4096))
  tiff.close()
  const strokes = [
    {
      tool: 'brush',
      label: 'new',
      path: [
        [30, 30],
        [90, 30],
      ],
      radiusPx: 12,
    },
    {
      tool: 'brush',
      label: 'background',
      path: [
        [10, 100],
        [280, 100],
      ],
      radiusPx: 9,
    },
    {
      tool: 'boundary',
      path: [
        [60, 10],
        [60, 50],
      ],
      radiusPx: 2,
    },
    { tool: 'brush', label: 'ignore', path: [[200, 200]], radiusPx: 20 },
    {
      tool: 'polygon',
      label: 'new',
      class: 'glia',
      path: [
        [250, 5],
        [290, 60],
        [210, 60],
      ],
      z: 2,
    },
    { tool: 'complete', isComplete: true, z: 2 },
  ]
  writeFileSync(at('strokes.jsonl'), strokes.map((stroke) => JSON.stringify(stroke)).join('\n'))
})

async function paintedStack(name: string): Promise<string> {
  const project = at(name)
  await createProject(project, { classes: [{ name: 'cell' }, { name: 'glia' }] })
  await importImages(project, { inputs: [at('stack')], isComplete: false }, job)
  const request = { image: 'Zelle Ü', strokesFile: at('strokes.jsonl'), layer: 'objects', z: 0, t: 0 }
  const report = await annotate(project, request, job)
  expect(report).toMatchObject({ strokes: 6, changed: 6, image: 'Zelle Ü' })
  return project
}

/** Everything that is painted in a project, image by image. */
async function painting(project: string) {
  const store = await ProjectStore.open(project, { readOnly: true })
  try {
    const classes = new Map(store.classes.list().map(({ id, name }) => [id, name]))
    return store.images.list().map((image) => ({
      name: image.name,
      objects: store.objects.list(image.id, 'objects').map(({ id, classId }) => [id, classes.get(classId)]),
      planes: Array.from({ length: image.z }, (_, z) => {
        const key = { imageId: image.id, layer: 'objects', z, t: 0 }
        const { data } = store.labels.readRegion(key, { x: 0, y: 0, w: image.width, h: image.height })
        return { isComplete: store.labels.state(key).isComplete, data }
      }),
    }))
  } finally {
    store.close()
  }
}

test.each(['labels-tiff', 'labels-png'] as const)(
  '%s and back gives the same label map, classes and marks',
  async (format) => {
    const project = await paintedStack(`${format}.cellbrush`)
    const out = at(`${format}-out`)
    const report = await exportLabels(project, { format, out, isCompact: false }, job)
    expect(report.failed).toBe(0)
    const second = at(`${format}-again.cellbrush`)
    await createProject(second, { classes: [{ name: 'cell' }] })
    const imported = await importImages(second, { inputs: [at('stack')], masks: out, isComplete: false }, job)
    expect(imported.files.map(({ status, mask, objects }) => [status, mask, objects])).toEqual([
      ['imported', 'exported', 3],
    ])
    expect(await painting(second)).toEqual(await painting(project))
  },
)

test('classes and back leave unpainted what nobody has painted, and unknown what was painted so', async () => {
  const project = await paintedStack('classes.cellbrush')
  const out = at('classes-out')
  await exportLabels(project, { format: 'classes-tiff', out, isCompact: false }, job)
  const second = at('classes-again.cellbrush')
  await createProject(second, { classes: [{ name: 'cell' }, { name: 'glia' }] })
  await importImages(second, { inputs: [at('stack')], masks: out, isComplete: false }, job)
  const [before, after] = [(await painting(project))[0]!.planes, (await painting(second))[0]!.planes]
  const count = (z: number, planes: typeof before, label: number) =>
    planes[z]!.data.reduce((sum, value) => sum + (value === label ? 1 : 0), 0)
  for (const label of [LABEL.unpainted, LABEL.ignore]) {
    expect([0, 1].map((z) => count(z, after, label))).toEqual([0, 1].map((z) => count(z, before, label)))
  }
  expect([count(0, before, LABEL.ignore) > 0, count(2, after, LABEL.unpainted)]).toEqual([true, 0])
})

test('files of an export that are chosen one by one, tables too, come back like their folder', async () => {
  const project = await paintedStack('chosen.cellbrush')
  const out = at('chosen-out')
  await exportLabels(project, { format: 'labels-tiff', out, isCompact: false }, job)
  writeFileSync(at('chosen-out', 'Zelle Ü_objects.csv'), 'object,class\n16,cell\n')
  const masks = readdirSync(out).map((name) => path.join(out, name))
  const second = at('chosen-again.cellbrush')
  await createProject(second)
  const report = await importImages(second, { inputs: [at('stack')], masks, isComplete: false }, job)
  expect([masks.length, report.failed, report.unmatchedMasks]).toEqual([3, 0, []])
  expect(await painting(second)).toEqual(await painting(project))
})

test('labels that are exported as painted remove a table of predicted objects beside them, and no other', async () => {
  const project = await paintedStack('tables.cellbrush')
  const out = at('tables-out')
  const table = path.join(out, 'Zelle Ü_objects.csv')
  mkdirSync(out)
  for (const [head, stays] of [
    ['object,class,z,t,area_px,centroid_x_px,centroid_y_px', false],
    ['object,class,remark', true],
  ] as const) {
    writeFileSync(table, `${head}\n`)
    await exportLabels(project, { format: 'labels-tiff', out, isCompact: false }, job)
    expect([head, existsSync(table)]).toEqual([head, stays])
  }
})

test('compact numbers are 1, 2, 3 and still lead back to the same label map', async () => {
  const project = await paintedStack('compact.cellbrush')
  const out = at('compact-out')
  await exportLabels(project, { format: 'labels-png', out, isCompact: true }, job)
  const { objects } = JSON.parse(readFileSync(at('compact-out', 'Zelle Ü_labels.json'), 'utf8'))
  expect(objects.map(({ value }: { value: number }) => value)).toEqual([1, 2, 3])
  const second = at('compact-again.cellbrush')
  await createProject(second)
  await importImages(second, { inputs: [at('stack')], masks: out, isComplete: false }, job)
  expect(await painting(second)).toEqual(await painting(project))
})

test('labels that come in bring their mark of completeness: a plane they do not call complete is not complete any more', async () => {
  const project = await paintedStack('marks.cellbrush')
  await exportLabels(project, { format: 'labels-tiff', out: at('marks-out'), isCompact: false }, job)
  const marks = async () => (await painting(project))[0]!.planes.map(({ isComplete }) => isComplete)
  const strokesFile = marksFile([0, 1])
  await annotate(project, { image: 'Zelle Ü', strokesFile, layer: 'objects', z: 0, t: 0 }, job)
  expect(await marks()).toEqual([true, true, true])
  await importImages(project, { inputs: [at('stack')], masks: at('marks-out'), isComplete: true }, job)
  expect(await marks()).toEqual([false, false, true]) // as the export says, whatever is asked for
  mkdirSync(at('foreign'))
  copyFileSync(at('marks-out', 'Zelle Ü_labels.tif'), at('foreign', 'Zelle Ü_labels.tif'))
  const foreign = { inputs: [at('stack')], masks: at('foreign') }
  await importImages(project, { ...foreign, isComplete: true }, job)
  expect(await marks()).toEqual([true, true, true])
  await importImages(project, { ...foreign, isComplete: false }, job)
  expect(await marks()).toEqual([false, false, false])
})

/** A file of strokes that mark planes as complete. */
function marksFile(planes: readonly number[]): string {
  const lines = planes.map((z) => JSON.stringify({ tool: 'complete', isComplete: true, z }))
  writeFileSync(at('marks.jsonl'), lines.join('\n'))
  return at('marks.jsonl')
}

test('undo takes back whole strokes and redo does them again', async () => {
  const project = await paintedStack('undo.cellbrush')
  const before = await painting(project)
  const request = { image: 'Zelle Ü.tif', layer: 'objects', z: 0, t: 0 }
  expect(await annotate(project, { ...request, undo: 99 }, job)).toMatchObject({ undone: 6, objects: 0 })
  expect((await painting(project))[0]!.planes[0]!.data.every((label) => label === 0)).toBe(true)
  expect(await annotate(project, { ...request, redo: 99 }, job)).toMatchObject({ redone: 6, objects: 3 })
  expect(await painting(project)).toEqual(before)
})

test('one bad line leaves the whole file of strokes unpainted and is named', async () => {
  const project = at('bad-strokes.cellbrush')
  await createProject(project)
  await importImages(project, { inputs: [at('stack')], isComplete: false }, job)
  const good = { tool: 'brush', label: 'new', path: [[30, 30]], radiusPx: 12 }
  const apply = async (bad: object) => {
    writeFileSync(at('bad.jsonl'), `${JSON.stringify(good)}\n\n${JSON.stringify(bad)}\n`)
    await annotate(project, { image: '1', strokesFile: at('bad.jsonl'), layer: 'objects', z: 0, t: 0 }, job)
  }
  await expect(apply({ ...good, radiusPx: -1 })).rejects.toThrow(/^Line 3 of .*bad.jsonl is not a stroke \(radiusPx/)
  await expect(apply({ ...good, class: 'dragon' })).rejects.toThrow('there is no class "dragon"')
  await expect(apply({ ...good, z: 3 })).rejects.toThrow('has no plane z 3')
  expect((await painting(project))[0]!.objects).toEqual([])
})

test('a mask of another size is refused by name and nothing of its image stays', async () => {
  const project = at('size.cellbrush')
  await createProject(project)
  mkdirSync(at('masks'))
  const mask = path.join(SAMPLES, 'nuclei-sparse/sparse_labels/17P1_POS0013_D_1UL.tif') // 340 x 340
  copyFileSync(mask, at('masks', 'IXMtest_A02_s1.tif'))
  const report = await importImages(project, { inputs: [A02], masks: at('masks'), isComplete: true }, job)
  expect(report.files[0]).toMatchObject({ status: 'failed', error: { code: 'mask-size' } })
  expect(report.files[0]!.error!.message).toMatch(/340 x 340 but its image .*IXMtest_A02_s1.tif is 320 x 320/)
  expect(readdirSync(at('size.cellbrush', 'images'))).toEqual([])
  expect((await summarizeProject(project)).images).toEqual([])
})

test('masks by colour, by file per object, by class and sparse instances are told apart and imported', async () => {
  const project = at('kinds.cellbrush')
  await createProject(project)
  const from = async (inputs: string[], masks: string, more: object = {}) => {
    const report = await importImages(
      project,
      { inputs: inputs.map(sample), masks: sample(masks), isComplete: false, ...more },
      job,
    )
    expect(report.failed).toBe(0)
    return report.files.map(({ mask, objects }) => [mask, objects])
  }
  const sample = (name: string) => path.join(SAMPLES, name)
  const perObject = sample('nuclei-per-object/d32ea6d3/masks')
  expect(await from(['nuclei/images/IXMtest_J15_s9.tif'], 'nuclei/masks')).toEqual([['colours', expect.any(Number)]])
  expect(await from(['nuclei-per-object/d32ea6d3'], 'nuclei-per-object')).toEqual([
    ['per-object', readdirSync(perObject).length],
  ])
  expect(await from(['nuclei-sparse/images'], 'nuclei-sparse/sparse_labels')).toEqual([['instances', 8]])
  const map = new Map([
    ...[0, 32, 64, 96].map((value) => [value, 'boundary'] as const),
    [191, 'mitochondria'],
    [255, 'cell'],
  ])
  expect(await from(['em/raw'], 'em/labels', { map })).toEqual([['classes', expect.any(Number)]])
  const { classes } = await summarizeProject(project)
  expect(classes.map(({ name }) => name)).toEqual(['cell', 'mitochondria'])
})

test('importing the same file and mask again changes nothing', async () => {
  const project = at('again.cellbrush')
  await createProject(project)
  const request = { inputs: [A02], masks: path.join(NUCLEI, 'masks'), isComplete: true }
  await importImages(project, request, job)
  const before = await painting(project)
  const report = await importImages(project, request, job)
  expect(report).toMatchObject({ imported: 0, existing: 1, failed: 0 })
  expect(await painting(project)).toEqual(before)
})

test('masks that belong to no image are refused before anything is imported', async () => {
  const project = at('unmatched.cellbrush')
  await createProject(project)
  mkdirSync(at('other'))
  for (const name of ['x.png', 'y.png']) copyFileSync(path.join(NUCLEI, 'masks/IXMtest_B20_s2.png'), at('other', name))
  const images = [A02, path.join(NUCLEI, 'images/IXMtest_D04_s9.tif')]
  await expect(importImages(project, { inputs: images, masks: at('other'), isComplete: true }, job)).rejects.toThrow(
    'No mask was found',
  )
  expect(existsSync(at('unmatched.cellbrush', 'images')) && readdirSync(at('unmatched.cellbrush', 'images'))).toEqual(
    [],
  )
})
