/** A study of images with several classes: learned together, scored class by class. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fromArrayBuffer } from 'geotiff'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { classNamesOf } from '../../../src-main/core/study/study-data.ts'
import { CLASSES, classesPicture, VALUES, writePicture } from '../../drivers/classes-picture.ts'
import { cellbrush, cellbrushJson, temporaryFolder } from '../../drivers/command-line.ts'
import { studyOf, studyText } from './studies.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const plates = {
  images: 'plates/images/*.tif',
  truth: 'plates/classes',
  map: '0=background,40=disc,80=stripes,120=dots,90=ignore',
  kind: 'classes',
  isPublishable: true,
  attribution: 'Drawn.',
}
const TINY = ['depth=1', 'baseWidth=8', 'patchPx=64', 'batch=1', 'validateEvery=0']
const text = {
  ...studyText,
  name: 'three',
  data: { plates },
  splits: [{ name: 'all', data: 'plates', train: 'plate[1-3]*', test: 'plate4*' }],
  arms: [{ kind: 'cellbrush', name: 'small', says: 'eight channels', preset: 'fast', settings: TINY }],
  seeds: [1],
  minutes: undefined,
  steps: 60,
  columns: ['classes.pixelAccuracy', 'iou.disc', 'f1AtIou50.dots'],
}
const words = () => ['study', at('three.json'), '--data', at('data'), '--out', at('out')]
const cell = (...names: string[]) => at('out', 'cells/all/small/seed-1', ...names)

beforeAll(async () => {
  for (const folder of ['images', 'classes']) mkdirSync(at('data/plates', folder), { recursive: true })
  for (const seed of [1, 2, 3, 4]) {
    const { image, mask } = classesPicture(seed)
    writePicture(at(`data/plates/images/plate${seed}.tif`), image)
    writePicture(at(`data/plates/classes/plate${seed}.tif`), mask)
  }
  writeFileSync(at('three.json'), JSON.stringify(text))
  const said = await cellbrush(words())
  expect(said.exitCode, said.stderr).toBe(0)
}, 300_000)

const result = () => JSON.parse(readFileSync(cell('result.json'), 'utf8'))

test('scores of each class are those of counting pixels of its probabilities by hand', async () => {
  const bytes = readFileSync(cell('predictions/single/plate4_probabilities.tif'))
  const tiff = await fromArrayBuffer(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
  const planes: ArrayLike<number>[] = []
  for (let page = 0; page < (await tiff.getImageCount()); page++) {
    planes.push(...((await (await tiff.getImage(page)).readRasters()) as unknown as ArrayLike<number>[]))
  }
  expect(planes).toHaveLength(CLASSES.length + 1)
  const { mask } = classesPicture(4)
  const [both, either, known] = [[0, 0, 0, 0], [0, 0, 0, 0], { right: 0, all: 0 }]
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const truth = VALUES.indexOf(mask[pixel]!)
    if (truth < 0) continue // ignored
    const shares = planes.map((plane) => plane[pixel]!)
    const found = shares.indexOf(Math.max(...shares))
    known.all++
    if (truth === found) known.right++
    for (const index of [0, 1, 2, 3]) {
      if (truth === index && found === index) both[index]!++
      if (truth === index || found === index) either[index]!++
    }
  }
  const { scores } = result().predictions.single
  expect(scores['classes.pixelAccuracy']).toBeCloseTo(known.right / known.all, 9)
  for (const [place, name] of CLASSES.entries()) {
    const iou = both[place + 1]! / either[place + 1]!
    if (Number.isNaN(iou)) expect(scores[`iou.${name}`]).toBeNull()
    else expect(scores[`iou.${name}`]).toBeCloseTo(iou, 9)
  }
})

test('the printed commands name the classes, and score the same', async () => {
  const { commands, predictions } = result() as {
    commands: string[]
    predictions: { single: { scores: Record<string, number> } }
  }
  expect(commands[0]).toMatch(/--class disc --class stripes --class dots$/)
  expect(commands[1]).toContain(`--mask-kind classes --map ${plates.map} --complete`)
  const line = commands.find((one) => one.includes(' evaluate ') && one.includes('--masks'))!
  const args = line.split(' ').slice(1)
  const { total } = await cellbrushJson(args.map((word) => word.replace('$DATA', at('data')).replace('$OUT', cell())))
  expect(total.meanF1AtIou50).toBeCloseTo(predictions.single.scores['classes.meanF1AtIou50']!, 12)
})

test('the report has a column for each class, and a picture in their colours', () => {
  const report = readFileSync(at('out/report.md'), 'utf8')
  expect(report).toContain('| pixels of the right class | disc, IoU | dots, F1 at IoU 0.5 |')
  expect(report).toContain('disc orange, stripes light blue, dots green')
  expect(existsSync(at('out/picture-all-small.png'))).toBe(true)
})

test('classes are those of the map in its order, one called cell where there is no map', () => {
  const { plates: data } = studyOf(text).data
  expect(classNamesOf(data!)).toEqual(CLASSES)
  expect(classNamesOf(studyOf().data.cells!)).toEqual(['cell'])
})

test.each([
  [{ data: { plates: { ...plates, map: undefined } } }, 'data plates: the kind "classes" needs a map'],
  [{ data: { plates: { ...plates, kind: 'instances' } } }, 'data plates: a map needs the kind "classes"'],
  [{ data: { plates: { ...plates, map: '0=background,disc' } } }, 'is not of the form'],
  [
    { splits: [{ ...text.splits[0], annotation: { share: 0.5, by: 'strokes' } }] },
    'data plates: classes are not annotated in part',
  ],
  [{ arms: [studyText.arms[2]] }, 'the arm floor cannot be scored by classes'],
  [
    { arms: [{ ...text.arms[0], predictions: [{ name: 'part', cropPx: 32 }] }] },
    'the arm small cannot be scored by classes',
  ],
])('what classes cannot do in a study is refused: %#', (changes, reason) => {
  expect(() => studyOf({ ...text, ...changes })).toThrow(reason)
})
