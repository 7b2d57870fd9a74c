/** `predict --average` against eight pictures turned by hand, predicted one by one and turned back. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { cellbrush, SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

interface Picture {
  width: number
  height: number
  data: Float32Array
}

/** A quarter turn counterclockwise: numpy's rot90. */
function quarterTurn({ width, height, data }: Picture): Picture {
  const turned = { width: height, height: width, data: new Float32Array(data.length) }
  for (let y = 0; y < width; y++)
    for (let x = 0; x < height; x++) turned.data[y * height + x] = data[x * width + (width - 1 - y)]!
  return turned
}

function mirror({ width, height, data }: Picture): Picture {
  const rows = Array.from({ length: height }, (_, y) => data.slice(y * width, (y + 1) * width).reverse())
  return { width, height, data: Float32Array.from(rows.flatMap((row) => [...row])) }
}

const times = (count: number, picture: Picture): Picture =>
  Array.from({ length: count }).reduce<Picture>(quarterTurn, picture)

function write(file: string, { width, height, data }: Picture): void {
  const tiff = TiffWriter.create(file, { width, height, sampleType: 'uint16' })
  tiff.writePlane(Uint16Array.from(data))
  tiff.close()
}

async function probabilityOfObject(folder: string, name: string): Promise<Picture> {
  const { width, height, data } = await readWholePlane(at(folder, `${name}_probabilities.tif`), 0)
  return { width, height, data: Float32Array.from(data.subarray(width * height)) }
}

test('the mean over 8 orientations is that of eight predictions of turned pictures', async () => {
  const project = at('nuclei.cellbrush')
  const image = path.join(SAMPLES, 'nuclei/images/IXMtest_A02_s1.tif')
  await cellbrush(['project', 'create', project])
  await cellbrush(['import', project, image, '--masks', path.join(SAMPLES, 'nuclei/masks'), '--complete'])
  const settings = ['depth=2', 'baseWidth=4', 'patchPx=32', 'batch=1', 'validateEvery=0', 'w0=0', 'learningRate=0.01']
  const changes = settings.flatMap((setting) => ['--set', setting])
  const trained = await cellbrush(['train', project, '--steps', '20', '--seed', '3', ...changes])
  expect(trained.exitCode, trained.stderr).toBe(0)

  // Sides that are multiples of 4: then turned pictures meet the grid of the two poolings as the upright one does.
  const whole = await readWholePlane(image, 0)
  const [width, height] = [96, 68]
  const rows = Array.from({ length: height }, (_, y) => [
    ...whole.data.subarray((y + 40) * whole.width + 30).subarray(0, width),
  ])
  const upright: Picture = { width, height, data: Float32Array.from(rows.flat()) }
  mkdirSync(at('turned'))
  for (const turns of [0, 1, 2, 3]) {
    write(at('turned', `turned${turns}.tif`), times(turns, upright))
    write(at('turned', `mirrored${turns}.tif`), times(turns, mirror(upright)))
  }
  const written = ['--write', 'probabilities']
  const one = await cellbrush(['predict', project, at('turned'), '--out', at('each'), ...written])
  expect(one.exitCode, one.stderr).toBe(0)
  await cellbrush(['predict', project, at('turned', 'turned0.tif'), '--out', at('mean'), '--average', ...written])

  const sum = new Float64Array(width * height)
  for (const turns of [0, 1, 2, 3]) {
    const back = times((4 - turns) % 4, await probabilityOfObject('each', `turned${turns}`))
    const mirrored = mirror(times((4 - turns) % 4, await probabilityOfObject('each', `mirrored${turns}`)))
    for (let at = 0; at < sum.length; at++) sum[at]! += (back.data[at]! + mirrored.data[at]!) / 8
  }
  const mean = await probabilityOfObject('mean', 'turned0')
  const single = await probabilityOfObject('each', 'turned0')
  const furthest = (of: Picture) => of.data.reduce((most, value, at) => Math.max(most, Math.abs(value - sum[at]!)), 0)
  expect(furthest(mean)).toBeLessThan(1e-5)
  expect(furthest(single)).toBeGreaterThan(1e-3) // so the mean is not the upright picture alone
}, 180_000)
