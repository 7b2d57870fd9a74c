import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cellsOf } from '../../../src-main/core/study/cells.ts'
import { dataRoot, drawn, imagesOf, requireData } from '../../../src-main/core/study/study-data.ts'
import { readStudy, studyNames } from '../../../src-main/core/study/study-file.ts'
import { SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'
import { discs, writeDiscs } from './discs.ts'
import { studyOf, studyText } from './studies.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const split = { name: 'all', data: 'cells', train: '*_A02_*,*_B20_*', test: '*_F03_*' }
const names = (files: string[]) => files.map((file) => path.basename(file))
const imagesIn = (changes: object, seed = 1) => {
  const study = studyOf({ splits: [{ ...split, ...changes }] })
  return imagesOf(study, SAMPLES, { split: study.splits[0]!, seed }, at('out'))
}

test('patterns divide the images into annotated and predicted ones', () => {
  const { train, test: predicted, truth } = imagesIn({})
  expect(names(train)).toEqual(['IXMtest_A02_s1.tif', 'IXMtest_B20_s2.tif'])
  expect(names(predicted)).toEqual(['IXMtest_F03_s5.tif'])
  expect(truth).toBe(path.join(SAMPLES, 'nuclei/masks'))
})

test.each([
  [{ train: '*_Z99_*' }, 'split all annotates no image'],
  [{ test: '*_Z99_*' }, 'split all predicts no image'],
  [{ test: '*' }, 'split all both annotates and predicts IXMtest_A02_s1.tif'],
  [{ count: 3 }, 'split all wants 3 annotated images and has 2'],
])('a split that cannot be is refused: %#', (changes, reason) => {
  expect(() => imagesIn(changes)).toThrow(reason)
})

test('a seed draws which images are annotated; more of them contain the fewer', () => {
  const files = Array.from({ length: 12 }, (_, i) => `${i}.png`)
  const few = drawn(files, 3, 7)
  expect(few).toHaveLength(3)
  expect(drawn(files, 3, 7)).toEqual(few)
  expect(drawn(files, 8, 7)).toEqual(expect.arrayContaining(few))
  expect(drawn(files, 12, 7)).toEqual(files)
  const seen = new Set(Array.from({ length: 60 }, (_, seed) => drawn(files, 1, seed)[0]))
  expect(seen.size).toBeGreaterThan(9)
})

test('missing data are said with the folder and the way out', () => {
  const study = studyOf()
  expect(() => requireData(study, at('nowhere'), cellsOf(study), at('out'))).toThrow(
    `Images or true masks of the study tiny are not at ${at('nowhere', 'nuclei/images/*.tif')}; name the folder that holds them with --data or CELLBRUSH_DATA`,
  )
})

test.each(['a2', 'b2'])('an image without a true mask is named before anything is run: %s', (bare) => {
  const root = at(`bare-${bare}`)
  writeDiscs(root, ['a1', 'a2', 'b1', 'b2'])
  rmSync(path.join(root, 'discs/masks', `${bare}.tif`))
  const study = studyOf({ ...discs, splits: [{ ...discs.splits[0], count: 1 }] })
  expect(() => requireData(study, root, cellsOf(study, { seeds: [1] }), at('out'))).toThrow(
    `Images or true masks of the study tiny are not at ${path.join(root, 'discs/masks', `${bare}.*`)}; name the folder`,
  )
})

test('true masks that each have a folder are copied under the names of their images', () => {
  const image = path.join(SAMPLES, 'nuclei/images/IXMtest_A02_s1.tif')
  for (const name of ['a', 'b']) {
    mkdirSync(at('each', name, 'images'), { recursive: true })
    copyFileSync(image, at('each', name, 'images', `${name}.tif`))
    copyFileSync(image, at('each', name, 'labels.tif'))
  }
  const data = { cells: { ...studyText.data.cells, images: '*/images/*.tif', truth: '{name}/labels.tif' } }
  const study = studyOf({ data, splits: [{ ...split, train: 'a', test: 'b' }] })
  const { truth } = imagesOf(study, at('each'), { split: study.splits[0]!, seed: 1 }, at('staged'))
  expect(readdirSync(truth).sort()).toEqual(['a.tif', 'b.tif'])
})

test('the data root is the one that was named, else the environment’s', () => {
  const before = process.env.CELLBRUSH_DATA
  process.env.CELLBRUSH_DATA = '/elsewhere'
  try {
    expect([dataRoot('here'), dataRoot(undefined)]).toEqual(['here', '/elsewhere'])
    delete process.env.CELLBRUSH_DATA
    expect(dataRoot(undefined)).toBe(path.join('..', 'shared', 'data'))
  } finally {
    if (before !== undefined) process.env.CELLBRUSH_DATA = before
  }
})

const root = path.join('..', 'shared', 'data')
test.skipIf(!existsSync(root)).each(studyNames())('%s finds all its images and masks', (name) => {
  const study = readStudy(name)
  expect(() => requireData(study, root, cellsOf(study), at('all'))).not.toThrow()
})
