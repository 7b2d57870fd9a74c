/** `predict` with an engine that does as it is told: which objects are made, and what is never written over. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { quietJob } from '../../../src-main/core/job.ts'
import { type PredictRequest, predict } from '../../../src-main/core/prediction.ts'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { DEFAULT_OBJECTS } from '../../../src-shared/objects.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { tinyPlan } from '../../drivers/run-folder.ts'
import { EngineDouble, temporaryFolder, writeModel } from '../../drivers/session.ts'

const [WIDTH, HEIGHT] = [96, 64]

function writeImage(file: string, pixelUm: number): void {
  const size = { width: WIDTH, height: HEIGHT, sampleType: 'uint16' } as const
  const tiff = TiffWriter.create(file, { ...size, pixelSizeUm: { x: pixelUm, y: pixelUm } })
  tiff.writePlane(Uint16Array.from({ length: WIDTH * HEIGHT }, (_, at) => at))
  tiff.close()
}

/** A folder with a model that learned pixels of 0.5 µm, and an image a.tif. */
function prepared({ objects = null, pixelUm = 0.5 }: { objects?: ObjectsPlan | null; pixelUm?: number } = {}) {
  const folder = temporaryFolder()
  const plan = tinyPlan([])
  const input = { ...plan.input, pixelSizeUm: { x: 0.5, y: 0.5 } }
  writeFileSync(path.join(folder, 'plan.json'), JSON.stringify({ ...plan, input }))
  writeModel(folder, { objects })
  const scans = path.join(folder, 'scans')
  mkdirSync(scans)
  writeImage(path.join(scans, 'a.tif'), pixelUm)
  const engine = new EngineDouble()
  const request: PredictRequest = {
    ...{ source: path.join(folder, 'model.cbck'), inputs: [scans], out: path.join(folder, 'out') },
    ...{ isAveraged: false, threshold: 'auto', device: 'auto' },
  }
  const ask = (change: Partial<PredictRequest> = {}) => predict({ ...request, ...change }, engine, quietJob())
  return { folder, scans, engine, ask }
}

test('a threshold below the chosen one does not switch seeds on; one above them takes them along', async () => {
  const plain = prepared({ objects: DEFAULT_OBJECTS })
  const objectsAt = async ({ ask }: typeof plain, threshold: number) => (await ask({ threshold })).objects
  expect(await objectsAt(plain, 0.3)).toEqual({ ...DEFAULT_OBJECTS, threshold: 0.3, seedThreshold: 0.3 })
  expect(await objectsAt(plain, 0.7)).toEqual({ ...DEFAULT_OBJECTS, threshold: 0.7, seedThreshold: 0.7 })
  const seeds = { ...DEFAULT_OBJECTS, seedThreshold: 0.8 }
  const parting = prepared({ objects: seeds })
  expect(await objectsAt(parting, 0.3)).toEqual({ ...seeds, threshold: 0.3 })
  expect(await objectsAt(parting, 0.9)).toEqual({ ...seeds, threshold: 0.9, seedThreshold: 0.9 })
})

test('of an image with smaller pixels the smallest area and the regrowth are those of the network, on its own grid', async () => {
  const objects = { ...DEFAULT_OBJECTS, minimumAreaPx: 20, regrowPx: 1 }
  const { folder, engine, ask } = prepared({ objects, pixelUm: 0.25 })
  // What the network sees: a cell of 6 x 6, and a speck of 4 x 4 that is too small.
  const isIn = (x: number, y: number, from: number, side: number) =>
    x >= from && x < from + side && y >= from && y < from + side
  engine.probabilityAt = (x, y) => (isIn(x, y, 4, 6) || isIn(x, y, 20, 4) ? 1 : 0)
  const report = await ask({ isRescaled: true })
  expect(report.objects).toEqual(objects)
  const { data } = await readWholePlane(path.join(folder, 'out', 'a_labels.tif'), 0)
  const columns = new Set<number>()
  for (const [at, label] of data.entries()) if (label !== 0) columns.add(at % WIDTH)
  // Columns 8 to 19 of the image, and 2 px, one of the network's, on either side.
  expect([...columns].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, index) => 6 + index))
  expect(new Set(data)).toEqual(new Set([0, 1]))
  await ask({ isRescaled: false, out: path.join(folder, 'as-is') })
  expect(new Set((await readWholePlane(path.join(folder, 'as-is', 'a_labels.tif'), 0)).data)).toEqual(new Set([0, 1]))
})

test('a result never replaces an input: a mask made by hand stays, and nothing is predicted', async () => {
  const { folder, scans, engine, ask } = prepared()
  const mask = path.join(scans, 'a_labels.tif')
  writeImage(mask, 0.5)
  const made = readFileSync(mask)
  const out = path.join(folder, 'scans', '..', 'scans')
  await expect(ask({ out })).rejects.toMatchObject({
    code: 'usage',
    message: `The result ${path.join(out, 'a_labels.tif')} would replace an input; write to another folder with --out, or leave that file out.`,
  })
  expect([readFileSync(mask).equals(made), engine.calls]).toEqual([true, []])
  // A result that is not an input may lie beside them.
  await ask({ out, write: ['probabilities'] })
  expect(existsSync(path.join(scans, 'a_probabilities.tif'))).toBe(true)
})

test('files beside labels that are predicted anew are removed where they tell of the labels before', async () => {
  const { folder, ask } = prepared()
  const left = async (request: Partial<PredictRequest>) => {
    const out = path.join(folder, 'out')
    mkdirSync(out, { recursive: true })
    writeFileSync(path.join(out, 'a_labels.json'), '{"format":"cellbrush-labels 1","image":"a.tif"}')
    writeFileSync(
      path.join(out, 'a_objects.csv'),
      'object,class,z,t,area_px,centroid_x_px,centroid_y_px\n7,old,0,0,1,1,1\n',
    )
    await ask(request)
    return readdirSync(out).sort()
  }
  expect(await left({ write: ['labels'] })).toEqual(['a_labels.tif'])
  expect(await left({ write: ['labels', 'objects'] })).toEqual(['a_labels.tif', 'a_objects.csv'])
  expect(readFileSync(path.join(folder, 'out/a_objects.csv'), 'utf8')).not.toContain('old')
  const others = ['a_labels.json', 'a_labels.tif', 'a_objects.csv', 'a_probabilities.tif']
  expect(await left({ write: ['probabilities'] })).toEqual(others)
})
