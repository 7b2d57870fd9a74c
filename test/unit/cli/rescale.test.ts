/** An image with smaller pixels than the training's: predicted at the training's pixel size, given back on its own grid. */
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { inspect, readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { cellbrush, SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

/** Each pixel becomes `times` x `times` pixels. */
function enlarged(data: ArrayLike<number>, width: number, height: number, times: number): Uint16Array {
  const rows = times * width
  return Uint16Array.from({ length: times * times * width * height }, (_, to) => {
    const [x, y] = [to % rows, Math.floor(to / rows)]
    return data[Math.floor(y / times) * width + Math.floor(x / times)]!
  })
}

function write(file: string, data: Uint16Array, width: number, height: number, pixelUm: number): void {
  const tiff = TiffWriter.create(file, { width, height, sampleType: 'uint16', pixelSizeUm: { x: pixelUm, y: pixelUm } })
  tiff.writePlane(data)
  tiff.close()
}

test('with --rescale an enlarged image is predicted as the image itself; without it the person is warned', async () => {
  const project = at('nuclei.cellbrush')
  const name = 'IXMtest_A02_s1'
  const { width, height, data } = await readWholePlane(path.join(SAMPLES, `nuclei/images/${name}.tif`), 0)
  write(at(`${name}.tif`), Uint16Array.from(data), width, height, 0.5)
  write(at('large.tif'), enlarged(data, width, height, 2), 2 * width, 2 * height, 0.25)
  await cellbrush(['project', 'create', project])
  await cellbrush(['import', project, at(`${name}.tif`), '--masks', path.join(SAMPLES, 'nuclei/masks'), '--complete'])
  const settings = ['depth=2', 'baseWidth=4', 'patchPx=64', 'batch=2', 'validateEvery=0', 'w0=0', 'learningRate=0.01']
  const changes = settings.flatMap((setting) => ['--set', setting])
  const trained = await cellbrush(['train', project, '--steps', '40', '--seed', '3', ...changes])
  expect(trained.exitCode, trained.stderr).toBe(0)

  const kinds = ['--write', 'labels,probabilities']
  const predict = (file: string, out: string, ...more: string[]) =>
    cellbrush(['predict', project, at(file), '--out', at(out), ...kinds, ...more])
  expect((await predict(`${name}.tif`, 'itself', '--rescale')).stderr).not.toContain('µm')
  const asIs = await predict('large.tif', 'as-is')
  expect(asIs.stderr).toMatch(/large.tif has pixels of 0.250 µm .* 0.500 µm; --rescale/)
  const rescaled = await predict('large.tif', 'rescaled', '--rescale')
  expect(rescaled.exitCode, rescaled.stderr).toBe(0)
  expect(rescaled.stderr).not.toContain('µm')

  const info = await inspect(at('rescaled', 'large_labels.tif'))
  expect(info).toMatchObject({ width: 2 * width, height: 2 * height, pixelSizeUm: { x: 0.25, y: 0.25 } })
  const itself = (await readWholePlane(at('itself', `${name}_probabilities.tif`), 0)).data
  /** Mean difference to the prediction of the image itself, pixel by pixel of the enlarged one. */
  async function difference(folder: string): Promise<number> {
    const found = (await readWholePlane(at(folder, 'large_probabilities.tif'), 0)).data
    const size = 4 * width * height
    let [sum, most] = [0, 0]
    for (let to = 0; to < size; to++) {
      const [x, y] = [to % (2 * width), Math.floor(to / (2 * width))]
      sum += Math.abs(found[size + to]! - itself[width * height + (y >> 1) * width + (x >> 1)]!)
      most = Math.max(most, Math.abs(found[to]! + found[size + to]! - 1))
    }
    expect(most).toBeLessThan(1e-5)
    return sum / size
  }
  const [left, without] = [await difference('rescaled'), await difference('as-is')]
  expect(left).toBeLessThan(0.02)
  expect(without).toBeGreaterThan(2 * left)
}, 180_000)

test('an image whose pixel size is absurd is refused in a sentence', async () => {
  write(at('absurd.tif'), new Uint16Array(64 * 64), 64, 64, 5000)
  const { exitCode, stderr } = await cellbrush([
    ...['predict', at('nuclei.cellbrush'), at('absurd.tif')],
    ...['--out', at('refused'), '--rescale'],
  ])
  expect(exitCode).toBe(1)
  expect(stderr).toMatch(/absurd.tif would have 640000 x 640000 pixels at the network's pixel size/)
}, 60_000)
