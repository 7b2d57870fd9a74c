import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { exportPredictedClasses, exportPredictedObjects } from '../../../src-main/core/export-predicted.ts'
import { quietJob, Stopped } from '../../../src-main/core/job.ts'
import { writeLabels } from '../../../src-main/core/prediction-files.ts'
import type { PredictedImage } from '../../../src-main/core/project-predictions.ts'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'

const { folder, at, remove } = temporaryFolder()
afterAll(remove)

test('a plane may have more objects than a call takes arguments', async () => {
  const side = 800
  const foreground = Uint8Array.from({ length: side * side }, (_, pixel) =>
    pixel % 2 === 0 && Math.floor(pixel / side) % 2 === 0 ? 255 : 0,
  )
  const file = at('plane.cbpx')
  const plane = PixelFile.create(file, { width: side, height: side, channels: 2, sampleType: 'uint8' })
  const data = Uint8Array.from([...foreground.map((value) => 255 - value), ...foreground])
  plane.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width: side, height: side, channels: 2, data })
  plane.close()
  const how = {
    objects: { ...DEFAULT_OBJECTS, minimumAreaPx: 0, regrowPx: 0, fillHoles: false },
    info: { width: side, height: side, z: 1, t: 1 },
    folder,
    classNames: ['background', 'cell'],
  }
  const rows = await writeLabels(at('many.tif'), [{ z: 0, t: 0, file }], how, quietJob())
  expect(rows).toHaveLength(160_000)
  expect(rows.at(-1)).toEqual({
    ...{ object: 160_000, class: 'cell', z: 0, t: 0, areaPx: 1 },
    centroidPx: { x: side - 2, y: side - 2 },
  })
  expect(readdirSync(folder).sort()).toEqual(['many.tif', 'plane.cbpx'])
})

/** A stack of two pages of four pixels, with one and two objects; `made` hears whose objects are made. */
function twoPages(made: number[] = []): PredictedImage {
  const pages = [
    { labels: [0, 1, 1, 0], classIndex: [0, 2] },
    { labels: [1, 0, 0, 2], classIndex: [0, 1, 2] },
  ]
  return {
    objects: (page) => {
      made.push(page)
      const { labels, classIndex } = pages[page]!
      return { labels: Uint32Array.from(labels), classIndex: Uint8Array.from(classIndex) }
    },
    classes: async function* (page) {
      yield Uint8Array.from(pages[page]!.labels, (id) => pages[page]!.classIndex[id]!)
    },
    classNames: ['background', 'alive', 'dead'],
  }
}

const STACK = { width: 4, height: 1, z: 2, t: 1 }
const pagesIn = async (file: string) =>
  Promise.all([0, 1].map(async (page) => [...(await readWholePlane(file, page)).data]))

test('an export makes the objects of each page once, and counts their ids on', async () => {
  const made: number[] = []
  expect(await exportPredictedObjects(STACK, at('out'), 'tiff', twoPages(made), quietJob())).toEqual({
    outputs: [at('out_labels.tif'), at('out_objects.csv')],
    objects: 3,
  })
  expect(made).toEqual([0, 1])
  expect(await pagesIn(at('out_labels.tif'))).toEqual([
    [0, 1, 1, 0],
    [2, 0, 0, 3],
  ])
  expect(readdirSync(folder).filter((name) => !/^(many|plane|out)/.test(name))).toEqual([])
})

test.each([
  ['of ours', '{"format":"cellbrush-labels 1","image":"again.tif"}', false],
  ["of another program's", '{"shapes":[]}', true],
])('predicted objects remove a file beside them that tells of labels painted earlier: %s', async (_, text, stays) => {
  writeFileSync(at('again_labels.json'), text)
  await exportPredictedObjects(STACK, at('again'), 'tiff', twoPages(), quietJob())
  expect(existsSync(at('again_labels.json'))).toBe(stays)
})

test('an export of pictures is a picture a page', async () => {
  const { outputs } = await exportPredictedObjects(STACK, at('png'), 'png', twoPages(), quietJob())
  expect(outputs).toEqual([at('png_z0_t0_labels.png'), at('png_z1_t0_labels.png'), at('png_objects.csv')])
  expect([...(await readWholePlane(outputs[1]!, 0)).data]).toEqual([2, 0, 0, 3])
})

test('an export of classes makes the objects of each page once, to count them', async () => {
  const made: number[] = []
  expect(await exportPredictedClasses(STACK, at('kinds'), 'tiff', twoPages(made), quietJob())).toEqual({
    outputs: [at('kinds_classes.tif'), at('kinds_classes.json')],
    objects: 3,
  })
  expect(made).toEqual([0, 1])
  expect(await pagesIn(at('kinds_classes.tif'))).toEqual([
    [0, 2, 2, 0],
    [1, 0, 0, 2],
  ])
})

test.each([
  { what: 'objects', write: exportPredictedObjects, format: 'tiff' },
  { what: 'objects', write: exportPredictedObjects, format: 'png' },
  { what: 'classes', write: exportPredictedClasses, format: 'tiff' },
  { what: 'classes', write: exportPredictedClasses, format: 'png' },
] as const)(
  'an export of predicted $what ($format) that is stopped at a page leaves nothing',
  async ({ write, format }) => {
    const stop = new AbortController()
    const of = twoPages()
    const image: PredictedImage = {
      ...of,
      objects: (page) => {
        stop.abort()
        return of.objects(page)
      },
    }
    const before = readdirSync(folder)
    await expect(write(STACK, at('stopped'), format, image, quietJob(stop.signal))).rejects.toThrow(Stopped)
    expect(readdirSync(folder)).toEqual(before)
  },
)
