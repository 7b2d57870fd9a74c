/** Three kinds of objects in one picture, the whole way: class masks in, three classes learned, found, scored, exported. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { nativeStatus } from '../../../src-main/native-location.ts'
import { CLASSES, classesPicture, SIDE_PX, VALUES, writePicture } from '../../drivers/classes-picture.ts'
import { cellbrush, cellbrushJson, temporaryFolder } from '../../drivers/command-line.ts'

const MAP = '0=background,40=disc,80=stripes,120=dots,90=ignore'

const { at, remove } = temporaryFolder()
afterAll(remove)

beforeAll(() => {
  for (const folder of ['train', 'masks', 'test', 'truth']) mkdirSync(at(folder))
  for (const seed of [1, 2, 3, 4]) {
    const { image, mask } = classesPicture(seed)
    const isTest = seed === 4
    writePicture(at(isTest ? 'test' : 'train', `plate${seed}.tif`), image)
    writePicture(at(isTest ? 'truth' : 'masks', `plate${seed}.tif`), mask)
  }
})

const project = at('three.cellbrush')

test('a mask of classes brings its classes along, in a project that had no object yet', async () => {
  await cellbrush(['project', 'create', project])
  const masks = ['--masks', at('masks'), '--mask-kind', 'classes', '--map', MAP]
  const { exitCode, stderr } = await cellbrush(['import', project, at('train'), ...masks])
  expect(exitCode, stderr).toBe(0)
  const { classes } = await cellbrushJson(['project', 'info', project])
  expect(classes.map(({ name }: { name: string }) => name)).toEqual(CLASSES)
})

test('painted classes are exported as one number a class and come back the same', async () => {
  const report = await cellbrushJson(['export', project, '--format', 'classes-tiff', '--out', at('classes')])
  expect(report.exitCode).toBe(0)
  const { data } = await readWholePlane(at('classes', 'plate1_classes.tif'), 0)
  const { mask } = classesPicture(1)
  expect([...data]).toEqual([...mask].map((value) => VALUES.indexOf(value)))
  const again = at('again.cellbrush')
  await cellbrush(['project', 'create', again])
  await cellbrush(['import', again, at('train'), '--masks', at('classes')])
  await cellbrush(['export', again, '--format', 'classes-tiff', '--out', at('classes-again')])
  expect([...(await readWholePlane(at('classes-again', 'plate1_classes.tif'), 0)).data]).toEqual([...data])
})

test('classes scored against themselves are right, by values and by the classes of objects', async () => {
  await cellbrush(['export', project, '--format', 'labels-tiff', '--out', at('labels')])
  for (const masks of ['labels', 'classes']) {
    const scored = ['evaluate', '--kind', 'classes', '--truth', at('masks'), '--map', MAP, '--masks', at(masks)]
    const { total, exitCode } = await cellbrushJson(scored)
    expect(exitCode).toBe(0)
    expect(total.classes.map(({ name, dice }: { name: string; dice: number }) => [name, dice])).toEqual(
      ['background', ...CLASSES].map((name) => [name, 1]),
    )
    expect([total.pixelAccuracy, total.meanF1AtIou50, total.meanApAtIou50]).toEqual([1, 1, 1])
  }
  const unasked = await cellbrush(['evaluate', '--truth', at('masks'), '--masks', at('masks'), '--map', MAP])
  expect([unasked.exitCode, unasked.stderr]).toEqual([2, expect.stringContaining('--kind classes')])
})

const status = nativeStatus()

describe.skipIf(!status.isReady)(`learned classes (${status.reason ?? 'native TensorFlow'})`, () => {
  beforeAll(async () => {
    const settings = ['depth=3', 'baseWidth=8', 'patchPx=96', 'batch=4', 'validateEvery=0', 'learningRate=0.01']
    const changes = settings.flatMap((setting) => ['--set', setting])
    const train = ['train', project, '--steps', '160', '--seed', '1', '--device', 'tensorflow', ...changes]
    const trained = await cellbrush(train)
    expect(trained.exitCode, trained.stderr).toBe(0)
    const kinds = ['--write', 'labels,objects,classes,probabilities']
    const predicted = await cellbrush(['predict', project, at('test'), '--out', at('out'), ...kinds])
    expect(predicted.exitCode, predicted.stderr).toBe(0)
  }, 300_000)

  const evaluate = (folder: string, option = '--masks') =>
    cellbrushJson(['evaluate', '--kind', 'classes', '--truth', at('truth'), '--map', MAP, option, at(folder)])

  test('each class is found in a picture that was never seen, far above chance', async () => {
    const { total } = await evaluate('out')
    for (const { name, dice, objects } of total.classes.slice(1)) {
      expect(dice, name).toBeGreaterThan(0.7)
      expect(objects.f1AtIou50, name).toBeGreaterThan(0.6)
    }
    const byPixels = await evaluate('out', '--probabilities')
    expect(byPixels.total.pixelAccuracy).toBeGreaterThan(0.9)
  })

  test('probabilities are written with the names of their channels, and without them are refused, not misread', async () => {
    await cellbrush(['predict', project, at('test'), '--out', at('bare'), '--write', 'labels,probabilities'])
    const [whole, bare] = [await evaluate('out', '--probabilities'), await evaluate('bare', '--probabilities')]
    expect(bare.total).toEqual(whole.total)
    rmSync(at('bare/plate4_classes.json'))
    for (const option of ['--probabilities', '--masks']) {
      const words = ['evaluate', '--kind', 'classes', '--truth', at('truth'), '--map', MAP, option, at('bare')]
      const said = await cellbrush(words)
      expect(said.exitCode).not.toBe(0)
      expect(said.stderr).toMatch(/nothing says which class its value \d+ is; name it in --map/)
    }
  })

  test('the table tells the class, area and place of each object, as they are in the label image', async () => {
    const { data } = await readWholePlane(at('out', 'plate4_labels.tif'), 0)
    const [head, ...lines] = readFileSync(at('out', 'plate4_objects.csv'), 'utf8').trim().split('\n')
    expect(head).toBe('object,class,z,t,area_px,centroid_x_px,centroid_y_px')
    const ids = [...new Set(data)].filter((id) => id > 0).sort((a, b) => a - b)
    expect(lines.map((line) => Number(line.split(',')[0]))).toEqual(ids)
    const { mask } = classesPicture(4)
    let right = 0
    for (const line of lines) {
      const [object, name, , , area, x, y] = line.split(',')
      const pixels = [...data.keys()].filter((at) => data[at] === Number(object))
      expect(pixels.length).toBe(Number(area))
      expect(pixels.reduce((sum, at) => sum + (at % SIDE_PX), 0) / pixels.length).toBeCloseTo(Number(x), 3)
      expect(pixels.reduce((sum, at) => sum + Math.floor(at / SIDE_PX), 0) / pixels.length).toBeCloseTo(Number(y), 3)
      const value = mask[Math.round(Number(y)) * SIDE_PX + Math.round(Number(x))]!
      if (CLASSES[VALUES.indexOf(value) - 1] === name) right++
    }
    expect(right / lines.length).toBeGreaterThan(0.7)
  })

  test('predicted objects come into a project with their classes', async () => {
    const other = at('predicted.cellbrush')
    await cellbrush(['project', 'create', other])
    await cellbrush(['import', other, at('test'), '--masks', at('out', 'plate4_labels.tif')])
    await cellbrush(['export', other, '--format', 'labels-tiff', '--out', at('round')])
    const sidecar = JSON.parse(readFileSync(at('round', 'plate4_labels.json'), 'utf8'))
    const table = readFileSync(at('out', 'plate4_objects.csv'), 'utf8').trim().split('\n').slice(1)
    expect(sidecar.objects.map((object: { class: string }) => object.class)).toEqual(
      table.map((line) => line.split(',')[1]),
    )
  })

  test('the image of classes is the likeliest class of the probabilities, and an export of the project has the same', async () => {
    const { data: probabilities } = await readWholePlane(at('out', 'plate4_probabilities.tif'), 0)
    const { data: classes } = await readWholePlane(at('out', 'plate4_classes.tif'), 0)
    const size = SIDE_PX ** 2
    for (let pixel = 0; pixel < size; pixel++) {
      const most = Math.max(...[0, 1, 2, 3].map((index) => probabilities[index * size + pixel]!))
      expect(probabilities[classes[pixel]! * size + pixel]).toBe(most)
    }
    await cellbrush(['import', project, at('test'), '--role', 'test'])
    const exported = ['--source', 'prediction', '--images', 'plate4.tif', '--out', at('exported')]
    const report = await cellbrushJson(['export', project, '--format', 'classes-png', ...exported])
    expect(report.exitCode).toBe(0)
    const { data } = await readWholePlane(at('exported', 'plate4_classes.png'), 0)
    expect(data.filter((value, at) => value !== classes[at]).length).toBeLessThan(0.001 * size)
  })
})
