/** `evaluate` on files as they lie in folders: what is known, what belongs together, and what is printed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { cellbrush, cellbrushJson, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

/** A label image; each page is rows of digits, each the value of a pixel. */
function writeLabels(file: string, ...pages: string[][]): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const size = { width: pages[0]![0]!.length, height: pages[0]!.length }
  const tiff = TiffWriter.create(file, { ...size, sampleType: 'uint8', z: pages.length })
  for (const rows of pages) tiff.writePlane(Uint8Array.from(rows.join(''), Number))
  tiff.close()
}

/** The same as probabilities of foreground: each digit is a tenth. */
function writeProbabilities(file: string, rows: string[]): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const size = { width: rows[0]!.length, height: rows.length }
  const tiff = TiffWriter.create(file, { ...size, sampleType: 'float32', z: 1 })
  tiff.writePlane(Float32Array.from(rows.join(''), (digit) => Number(digit) / 10))
  tiff.close()
}

test('warping errors are printed with six decimals, shares with four', async () => {
  const cells = ['9999999', '9999999', '0000000', '9999999', '9999999']
  writeLabels(
    at('warped/truth/a.tif'),
    cells.map((row) => row.replaceAll('9', '1')),
  )
  writeProbabilities(
    at('warped/out/a_probabilities.tif'),
    cells.map((row) => `${row.slice(0, 3)}9${row.slice(4)}`),
  )
  const words = ['--kind', 'membranes', '--truth', at('warped/truth'), '--probabilities', at('warped/out')]
  const { stdout } = await cellbrush(['evaluate', ...words])
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'thinned scores',
    'image  vRand   vRandThreshold  vInfo   pixelError  warpingError  warpingErrorAtVRand',
    'a      0.6667  0.0000          0.0000  0.0286      0.028571      0.028571',
  ])
})

describe('an exported truth', () => {
  const PREDICTED = ['11022', '00000', '34567', '00000']
  /** Two cells and a row of background are painted, the last pixel is to be ignored. */
  function writeTruth(folder: string, { isComplete }: { isComplete: boolean }): void {
    writeLabels(at(folder, 'truth/a_labels.tif'), ['11022', '00000', '00000', '00000'])
    writeLabels(at(folder, 'out/a_labels.tif'), PREDICTED)
    const object = (value: number, id: number) => ({ value, id, class: 'cell', origin: 'hand', state: 'accepted' })
    const sidecar = {
      ...{ format: 'cellbrush-labels 1', image: 'a', layer: 'cells', width: 5, height: 4, z: 1, t: 1 },
      objects: [object(1, 16), object(2, 40)],
      planes: [{ z: 0, t: 0, isComplete, background: [2, 1, 5, 5], boundary: [], ignore: [14, 1] }],
    }
    writeFileSync(at(folder, 'truth/a_labels.json'), JSON.stringify(sidecar))
  }
  const scored = async (folder: string, ...more: string[]) => {
    const { mean } = await cellbrushJson(['evaluate', '--truth', at(folder, 'truth'), ...more])
    return { ...mean.raw, ...mean.pixels, ...mean.thinned }
  }

  test('says nothing about pixels that nobody has painted', async () => {
    writeTruth('sparse', { isComplete: false })
    const raw = await scored('sparse', '--masks', at('sparse/out'))
    expect(raw).toMatchObject({ f1AtIou50: 1, truthObjects: 2, predictedObjects: 2, invented: 0, pixelError: 0 })
    const membranes = ['--kind', 'membranes']
    const cells = await scored('sparse', ...membranes, '--masks', at('sparse/out'))
    expect(cells).toMatchObject({ vRand: 1, truthObjects: 2, pixelError: 0 })
    const binary = await scored('sparse', '--foreground', '1', '--masks', at('sparse/out'))
    expect(binary).toMatchObject({ f1AtIou50: 2 / 3, truthObjects: 1, pixelError: 2 / 10 })
    const rows = PREDICTED.map((row) => row.replace(/[1-9]/g, '9'))
    writeProbabilities(at('sparse/maps/a_probabilities.tif'), rows)
    const thinned = await scored('sparse', ...membranes, '--probabilities', at('sparse/maps'))
    expect(thinned).toMatchObject({ pixelError: 0, warpingError: 0 })
  })

  test('counts unpainted pixels of a complete plane as background, ignored ones never', async () => {
    writeTruth('whole', { isComplete: true })
    const raw = await scored('whole', '--masks', at('whole/out'))
    expect(raw).toMatchObject({
      f1AtIou50: 4 / 8,
      truthObjects: 2,
      predictedObjects: 6,
      invented: 4,
      pixelError: 4 / 19,
    })
  })
})

describe('a stack', () => {
  const PAGES = [
    ['00000', '00000'],
    ['50005', '00000'],
    ['11220', '00000'],
  ]
  test('of instances has instances on the pages with one object, too', async () => {
    writeLabels(at('stack/truth/a.tif'), ...PAGES)
    writeLabels(at('stack/out/a_labels.tif'), ...PAGES)
    const { planes } = await cellbrushJson(['evaluate', '--truth', at('stack/truth'), '--masks', at('stack/out')])
    // biome-ignore lint/suspicious/noExplicitAny: JSON
    const counts = planes.map(({ raw }: any) => [raw.objects.truthObjects, raw.objects.predictedObjects])
    expect(counts).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ])
  })

  test('of one value on all pages is binary: each piece is an object', async () => {
    const pages = PAGES.map((rows) => rows.map((row) => row.replace(/[1-9]/g, '5')))
    writeLabels(at('binary/truth/a.tif'), ...pages)
    writeLabels(at('binary/out/a_labels.tif'), ...pages)
    const { planes } = await cellbrushJson(['evaluate', '--truth', at('binary/truth'), '--masks', at('binary/out')])
    // biome-ignore lint/suspicious/noExplicitAny: JSON
    const counts = planes.map(({ raw }: any) => [raw.objects.truthObjects, raw.objects.predictedObjects])
    expect(counts).toEqual([
      [0, 0],
      [2, 2],
      [1, 1],
    ])
  })

  test('of one object a page, each with a value of its own, has instances', async () => {
    const pages = [['50005'], ['60006']]
    writeLabels(at('apart/truth/a.tif'), ...pages)
    writeLabels(at('apart/out/a_labels.tif'), ...pages)
    const { mean } = await cellbrushJson(['evaluate', '--truth', at('apart/truth'), '--masks', at('apart/out')])
    expect([mean.raw.truthObjects, mean.raw.predictedObjects]).toEqual([1, 1])
  })
})

describe('of files that have one truth', () => {
  const CELLS = ['11022', '00000']
  const PICTURE = ['98765', '43210']
  // biome-ignore lint/suspicious/noExplicitAny: JSON
  const scoredFiles = ({ files }: any) =>
    files.map(({ predicted }: Record<string, string>) => path.basename(predicted!))

  test.each([
    ['instances', 'a_cp_masks.tif'],
    ['classes', 'a_cp_masks.tif'],
  ])('that which is called a mask is scored, the picture beside it is not (%s)', async (kind, mask) => {
    const folder = `picture-${kind}`
    writeLabels(at(folder, 'truth/a.tif'), CELLS)
    writeLabels(at(folder, 'out/a.tif'), PICTURE)
    writeLabels(at(folder, 'out', mask), CELLS)
    const words = ['--kind', kind, '--truth', at(folder, 'truth'), '--masks', at(folder, 'out')]
    const report = await cellbrushJson(['evaluate', ...words])
    expect([scoredFiles(report), report.unmatched, report.exitCode]).toEqual([[mask], [], 0])
  })

  test('those that are called probabilities are scored, where there are any', async () => {
    writeLabels(at('maps/truth/a.tif'), CELLS)
    writeProbabilities(at('maps/out/a.tif'), PICTURE)
    writeProbabilities(at('maps/out/a_probabilities.tif'), CELLS)
    writeProbabilities(at('maps/bare/a.tif'), CELLS)
    for (const [folder, file] of [
      ['maps/out', 'a_probabilities.tif'],
      ['maps/bare', 'a.tif'],
    ] as const) {
      const report = await cellbrushJson(['evaluate', '--truth', at('maps/truth'), '--probabilities', at(folder)])
      expect([scoredFiles(report), report.exitCode]).toEqual([[file], 0])
    }
  })

  test('none is scored where both are called masks, and each names the other', async () => {
    for (const [name, rows] of [
      ['truth/a.tif', CELLS],
      ['truth/b.tif', CELLS],
      ['out/one/a_labels.tif', CELLS],
      ['out/two/a_labels.tif', CELLS],
      ['out/b_labels.tif', CELLS],
    ] as const) {
      writeLabels(at('twice', name), rows)
    }
    const { stdout, stderr, exitCode } = await cellbrush([
      ...['evaluate', '--truth', at('twice/truth'), '--masks', at('twice/out')],
    ])
    const [one, two] = [at('twice/out/one/a_labels.tif'), at('twice/out/two/a_labels.tif')]
    expect(stdout.split('\n').map((line) => line.split(' ')[0])).toEqual(['raw', 'image', 'b', 'mean', ''])
    expect(stderr).toContain(`${one} cannot be used (${two} is a prediction of ${at('twice/truth/a.tif')} as well`)
    expect(stderr).toContain(`${two} cannot be used (${one} is a prediction of ${at('twice/truth/a.tif')} as well`)
    expect(exitCode).toBe(1)
  })
})
