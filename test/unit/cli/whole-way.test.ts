/** The whole way through the real engine, with a network so small that any device trains it in seconds. */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { checksumOf } from '../../../src-main/core/model-file.ts'
import { inspect, readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { ProjectStore } from '../../../src-main/store/index.ts'
import {
  cellbrush,
  cellbrushJson,
  cellbrushProcess,
  MAIN,
  SAMPLES,
  temporaryFolder,
} from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const project = at('nuclei.cellbrush')
const image = (name: string) => path.join(SAMPLES, 'nuclei/images', `IXMtest_${name}.tif`)
const TINY = [
  'depth=1',
  'baseWidth=4',
  'patchPx=32',
  'batch=1',
  'validateEvery=0',
  'checkpointEvery=2',
  'w0=0',
].flatMap((setting) => ['--set', setting])

/** The last line of what a command with --json has said. */
const lastOf = (stdout: string) => JSON.parse(stdout.trim().split('\n').at(-1)!)

beforeAll(async () => {
  await cellbrush(['project', 'create', project])
  const masks = path.join(SAMPLES, 'nuclei/masks')
  await cellbrush(['import', project, image('A02_s1'), image('B20_s2'), '--masks', masks, '--complete'])
  const { exitCode, stdout, stderr } = await cellbrush([
    'train',
    project,
    '--steps',
    '12',
    '--seed',
    '3',
    ...TINY,
    '--json',
  ])
  expect(stderr).toContain('12 steps planned')
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(events[0]).toMatchObject({ type: 'run', run: 'run-1' })
  expect(events.at(-1)).toMatchObject({ type: 'result', run: 'run-1', state: 'finished', step: 12 })
  expect(events.filter(({ type }) => type === 'step')).toHaveLength(12)
  expect(exitCode).toBe(0)
}, 120_000)

test('predicted labels and probabilities have the size, pages and pixel size of their image', async () => {
  const pixelSizeUm = { x: 0.25, y: 0.25, z: 1 }
  const tiff = TiffWriter.create(at('stack.tif'), { width: 70, height: 50, sampleType: 'uint16', z: 3, pixelSizeUm })
  for (let z = 0; z < 3; z++) tiff.writePlane(Uint16Array.from({ length: 70 * 50 }, (_, i) => ((i % 70) * z) % 900))
  tiff.close()
  const report = await cellbrushJson([
    'predict',
    project,
    at('stack.tif'),
    image('F03_s5'),
    '--out',
    at('out'),
    '--write',
    'labels,probabilities',
  ])
  expect(report.exitCode).toBe(0)
  expect(readdirSync(at('out')).sort()).toEqual([
    'IXMtest_F03_s5_labels.tif',
    'IXMtest_F03_s5_probabilities.tif',
    'stack_labels.tif',
    'stack_probabilities.tif',
  ])
  const labels = await inspect(at('out', 'stack_labels.tif'))
  expect(labels).toMatchObject({ width: 70, height: 50, z: 3, channels: 1, sampleType: 'uint16' })
  expect(labels.pixelSizeUm).toMatchObject({ x: 0.25, y: 0.25 })
  const probabilities = await inspect(at('out', 'IXMtest_F03_s5_probabilities.tif'))
  expect(probabilities).toMatchObject({ width: 320, height: 320, channels: 2, sampleType: 'float32', axes: 'CYX' })
  const { data } = await readWholePlane(at('out', 'IXMtest_F03_s5_probabilities.tif'), 0)
  for (let at = 0; at < 320 * 320; at += 997) expect(data[at]! + data[320 * 320 + at]!).toBeCloseTo(1, 5)
}, 120_000)

test('evaluate scores what predict wrote, labels as raw and probabilities as pixels', async () => {
  const truth = path.join(SAMPLES, 'nuclei/masks')
  const out = at('scored')
  await cellbrush(['predict', project, image('A02_s1'), '--out', out, '--write', 'labels,probabilities'])
  const raw = await cellbrushJson(['evaluate', '--truth', truth, '--masks', out])
  expect(raw.planes.map(({ name }: { name: string }) => name)).toEqual(['IXMtest_A02_s1'])
  expect(raw.mean.raw.vRand).toBeGreaterThanOrEqual(0)
  expect(raw.mean.thinned).toBeUndefined()
  const pixels = await cellbrushJson(['evaluate', '--truth', truth, '--probabilities', out])
  expect(pixels.mean.raw).toBeUndefined()
  expect(pixels.mean.pixels.pixelError).toBeLessThan(1)
  const same = await cellbrushJson(['evaluate', '--truth', truth, '--masks', truth])
  expect([same.mean.raw.f1AtIou50, same.mean.raw.vRand]).toEqual([1, 1])
}, 120_000)

test('a file that fails is named, the others go on, and the exit code is 1', async () => {
  writeFileSync(at('broken.tif'), 'II*\0')
  const { exitCode, stdout, stderr } = await cellbrush([
    'predict',
    project,
    at('broken.tif'),
    at('gone.tif'),
    image('A02_s1'),
    '--out',
    at('some'),
  ])
  expect(exitCode).toBe(1)
  expect(stdout).toContain('1 image predicted')
  expect(stderr).toMatch(/broken.tif cannot be read/)
  expect(stderr).toMatch(/There is no file at .*gone.tif/)
  expect(readdirSync(at('some'))).toEqual(['IXMtest_A02_s1_labels.tif'])
}, 120_000)

test('two inputs of one name are both kept', async () => {
  for (const folder of ['a', 'b']) {
    mkdirSync(at(folder))
    copyFileSync(image('A02_s1'), at(folder, 'cell.tif'))
  }
  const { stderr } = await cellbrush(['predict', project, at('a'), at('b'), '--out', at('both')])
  expect(readdirSync(at('both')).sort()).toEqual(['a_cell_labels.tif', 'b_cell_labels.tif'])
  expect(stderr).toContain('Several inputs are called cell')
}, 120_000)

test('a model file predicts without its project, the same', async () => {
  const model = at('moved.cbck')
  copyFileSync(path.join(project, 'runs/run-1/model.cbck'), model)
  await cellbrush(['predict', model, image('A02_s1'), '--out', at('moved')])
  await cellbrush(['predict', project, image('A02_s1'), '--out', at('here'), '--run', 'run-1'])
  const file = 'IXMtest_A02_s1_labels.tif'
  expect(readFileSync(at('moved', file)).equals(readFileSync(at('here', file)))).toBe(true)
}, 120_000)

test('the prediction of a project’s images is exported like its annotation', async () => {
  const report = await cellbrushJson([
    'export',
    project,
    '--format',
    'labels-tiff',
    '--source',
    'prediction',
    '--out',
    at('exported'),
  ])
  expect(report.exitCode).toBe(0)
  const model = checksumOf(path.join(project, 'runs/run-1/model.cbck')).slice(0, 16)
  expect(readdirSync(path.join(project, 'predictions')).map((id) => id.split('-')[0])).toEqual([model, model])
  await cellbrush(['predict', project, image('A02_s1'), '--out', at('direct')])
  const labels = async (folder: string) => (await readWholePlane(at(folder, 'IXMtest_A02_s1_labels.tif'), 0)).data
  const [exported, direct] = [await labels('exported'), await labels('direct')]
  const differing = exported.filter((id, at) => (id === 0) !== (direct[at] === 0)).length // kept probabilities have 16 bits
  expect(differing).toBeLessThan(0.001 * 320 * 320)
  expect(report.files.map(({ image }: { image: string }) => image)).toEqual(['IXMtest_A02_s1', 'IXMtest_B20_s2'])
}, 120_000)

test('a patch that the network cannot answer is refused in one sentence, and no run is made', async () => {
  const runs = readdirSync(path.join(project, 'runs'))
  const { exitCode, stderr } = await cellbrush(['train', project, '--steps', '1', '--set', 'patchPx=100'])
  expect(stderr).toContain('The setting patchPx cannot be 100; expected a multiple of 16 at depth 4.')
  expect(exitCode).toBe(2)
  expect(readdirSync(path.join(project, 'runs'))).toEqual(runs)
}, 120_000)

test('SIGINT ends training with its weights, and the run goes on from there', async () => {
  const { child, ended, says } = cellbrushProcess(['train', project, '--steps', '50000', ...TINY, '--json'])
  await says('"type":"checkpoint"')
  child.kill('SIGINT')
  const { exitCode, stdout, stderr } = await ended
  expect(exitCode).toBe(0)
  const last = lastOf(stdout)
  expect(last).toMatchObject({ type: 'result', state: 'stopped' })
  expect(existsSync(last.model)).toBe(true)
  expect(stderr).toContain('Stopping; what is done will be kept.')
  const { runs } = await cellbrushJson(['project', 'info', project])
  expect(runs.at(-1)).toMatchObject({ id: last.run, state: 'stopped', step: last.step })
  const again = cellbrushProcess(['train', project, '--resume', last.run, '--json'])
  await again.says(`"step":${last.step + 3},`)
  again.child.kill('SIGTERM')
  const resumed = await again.ended
  const steps = resumed.stdout
    .split('\n')
    .flatMap((line) => (line.includes('"type":"step"') ? [JSON.parse(line).step] : []))
  expect(steps[0]).toBe(last.step + 1)
  expect(resumed.exitCode).toBe(0)
}, 180_000)

test('a training goes on when nobody reads its remarks, and when a terminal ends that it does not have', async () => {
  const { child, ended, says } = cellbrushProcess(['train', project, '--steps', '50000', ...TINY, '--json'])
  child.stderr.destroy()
  await says('"type":"checkpoint"')
  child.kill('SIGHUP')
  await says('"step":300,')
  child.kill('SIGTERM')
  const { exitCode, stdout } = await ended
  expect([exitCode, lastOf(stdout)]).toMatchObject([0, { type: 'result', state: 'stopped' }])
}, 180_000)

describe.skipIf(!existsSync('/usr/bin/script') || process.platform !== 'linux')('a training in a terminal', () => {
  const said = () => (existsSync(at('said')) ? readFileSync(at('said'), 'utf8') : '')
  const hangUp = () => process.kill(Number(readFileSync(at('pid'), 'utf8')), 'SIGHUP')
  /** Its result goes to a file, and whatever else is `redirected`. */
  const trainInTerminal = (redirected = '') => {
    rmSync(at('said'), { force: true })
    const args = ['train', project, '--steps', '50000', ...TINY, '--json']
    const command = [process.execPath, MAIN, ...args].map((part) => `'${part}'`).join(' ')
    const inTerminal = `echo $$ > '${at('pid')}'; exec ${command} > '${at('said')}' ${redirected}`
    return spawn('script', ['-qec', inTerminal, '/dev/null'], { stdio: 'ignore' })
  }

  test('ends with its weights when that ends', async () => {
    const terminal = trainInTerminal()
    await vi.waitFor(() => expect(said()).toContain('"type":"checkpoint"'), 60_000)
    hangUp() // as the shell says it; the system does, too
    terminal.kill('SIGKILL')
    await vi.waitFor(() => expect(lastOf(said())).toMatchObject({ type: 'result', state: 'stopped' }), 60_000)
    expect(existsSync(lastOf(said()).model)).toBe(true)
  }, 180_000)

  test('goes on when that ends where it only has its stdin, as under the nohup of macOS', async () => {
    const terminal = trainInTerminal('2> /dev/null')
    await vi.waitFor(() => expect(said()).toContain('"type":"checkpoint"'), 60_000)
    hangUp()
    terminal.kill('SIGKILL')
    await vi.waitFor(() => expect(said()).toContain('"step":300,'), 60_000)
    process.kill(Number(readFileSync(at('pid'), 'utf8')), 'SIGTERM')
    await vi.waitFor(() => expect(lastOf(said())).toMatchObject({ type: 'result', state: 'stopped' }), 60_000)
  }, 180_000)
})

test('a command that writes names the program that has the project open, and its exit code is 3', async () => {
  const holder = await ProjectStore.open(project, { program: 'Cellbrush workstation' })
  try {
    const { ended } = cellbrushProcess(['import', project, image('D04_s9')])
    const { exitCode, stderr } = await ended
    expect(stderr).toMatch(/is open in another program \(Cellbrush workstation, process \d+/)
    expect(exitCode).toBe(3)
    expect((await cellbrush(['project', 'info', project])).exitCode).toBe(0) // reading needs no lock
  } finally {
    holder.close()
  }
}, 60_000)

test.skipIf(process.platform === 'win32')(
  'a full disk is said in one sentence, and the project stays as it was',
  async () => {
    const other = at('full.cellbrush')
    await cellbrush(['project', 'create', other])
    // A limit on the size of files: writing fails in the middle of one, as it does on a full disk.
    const { ended } = cellbrushProcess(['import', other, image('A02_s1')], { prefix: 'ulimit -f 64; ' })
    const { exitCode, stderr } = await ended
    expect(stderr).toMatch(/The disk that holds .* is full/)
    expect(stderr).not.toMatch(/^ {4}at /m)
    expect(exitCode).toBe(1)
    expect((await cellbrushJson(['project', 'info', other])).images).toEqual([])
    expect(readdirSync(path.join(other, 'images'))).toEqual([])
    expect((await cellbrush(['import', other, image('A02_s1')])).exitCode).toBe(0)
  },
  60_000,
)
