/** A few nuclei painted and nothing else: the background ring makes a network that finds the nuclei nobody painted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { nativeStatus } from '../../../src-main/native-location.ts'
import { cellbrush, cellbrushJson, temporaryFolder } from '../../drivers/command-line.ts'

const sample = (part: string) =>
  new URL(`../../../resources/samples/nuclei-sparse/${part}/17P1_POS0013_D_1UL.tif`, import.meta.url).pathname

const status = nativeStatus()

describe.skipIf(!status.isReady)(`sparse painting (${status.reason ?? 'native TensorFlow'})`, () => {
  const { at, remove } = temporaryFolder()
  const project = at('sparse.cellbrush')
  let truth: Uint32Array
  let width = 0
  /** Painted nuclei that training never sees. */
  let hidden: number[]

  beforeAll(async () => {
    const mask = await readWholePlane(sample('sparse_labels'), 0)
    width = mask.width
    truth = Uint32Array.from(mask.data as Int32Array)
    const ids = [...new Set(truth)].filter((id) => id > 0).sort((a, b) => a - b)
    hidden = ids.filter((_, index) => index % 2 === 1)
    const shown = truth.map((id) => (hidden.includes(id) ? 0 : id))
    const writer = TiffWriter.create(at('17P1_POS0013_D_1UL_labels.tif'), {
      width,
      height: mask.height,
      sampleType: 'uint16',
    })
    writer.writePlane(Uint16Array.from(shown))
    writer.close()
    await cellbrush(['project', 'create', project])
    const { stderr, exitCode } = await cellbrush([
      'import',
      project,
      sample('images'),
      '--masks',
      at('17P1_POS0013_D_1UL_labels.tif'),
      '--mask-kind',
      'instances',
    ])
    expect(exitCode, stderr).toBe(0)
  })
  afterAll(remove)

  test('without the ring training refuses to start and says what to paint', async () => {
    const { exitCode, stderr } = await cellbrush(['train', project, '--steps', '2'])
    expect(exitCode).toBe(3)
    expect(stderr).toMatch(/background/)
    expect(stderr).toMatch(/ring/)
  })

  test('with the ring the network finds nuclei that nobody painted, and does not call everything a nucleus', async () => {
    const small = ['baseWidth=8', 'depth=3', 'patchPx=96', 'batch=4', 'scale=0.2'].flatMap((value) => ['--set', value])
    const trained = await cellbrush([
      'train',
      project,
      '--steps',
      '150',
      '--seed',
      '1',
      '--device',
      'tensorflow',
      '--set',
      'ringPx=8',
      ...small,
    ])
    expect(trained.exitCode, trained.stderr).toBe(0)
    const out = at('out')
    const report = await cellbrushJson(['predict', project, sample('images'), '--out', out, '--write', 'labels'])
    expect(report.exitCode).toBe(0)
    const labels = (await readWholePlane(`${out}/17P1_POS0013_D_1UL_labels.tif`, 0)).data as Uint16Array
    const found = hidden.filter((id) => bestIou(truth, labels, id) >= 0.4)
    expect(found.length / hidden.length).toBeGreaterThanOrEqual(0.75)
    const foreground = labels.reduce((count, label) => count + (label > 0 ? 1 : 0), 0)
    expect(foreground / labels.length).toBeLessThan(0.5)
  })
})

/** Largest intersection over union of a true object with any object of a label map. */
function bestIou(truth: Uint32Array, labels: Uint16Array, id: number): number {
  const overlap = new Map<number, number>()
  const area = new Map<number, number>()
  let size = 0
  for (let i = 0; i < truth.length; i++) {
    const label = labels[i]!
    area.set(label, (area.get(label) ?? 0) + 1)
    if (truth[i] !== id) continue
    size++
    overlap.set(label, (overlap.get(label) ?? 0) + 1)
  }
  let best = 0
  for (const [label, both] of overlap) if (label > 0) best = Math.max(best, both / (size + area.get(label)! - both))
  return best
}
