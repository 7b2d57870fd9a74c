/** Train, watch, predict, accept, correct, export; and what remains when the engine dies meanwhile. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fromArrayBuffer } from 'geotiff'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { LABEL } from '../../src-shared/labels.ts'
import { underBrush } from './brute-force.ts'
import type { Desk, Shell } from './desk.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { inEachShell } from './shells.ts'
import { Bench, type Placement, type Point, planeOf, type WorkWindow } from './workstation.ts'
import { unzipped } from './zip.ts'

/** So small that the cores of a laptop make a step in some 50 ms. */
const SMALL = { Depth: 2, 'Base width': 8, Batch: 2, Patch: 128, 'Learning rate': 0.005, 'Validate every': 50 }
const STEPS = 500

inEachShell('training', training)

function training(shell: Shell): void {
  let bench: Bench
  let desk: Desk
  let window: WorkWindow
  let at: Placement
  /** Of the image that is predicted, and of the one that is painted meanwhile. */
  let [predicted, painted] = [0, 0]

  const open = async (imageId: number) => {
    const { images } = await desk.ask('project.view', {})
    const image = images.find(({ id }) => id === imageId)!
    await window.page
      .getByRole('button', { name: `${image.name}, ` })
      .first()
      .click()
    await window.page.locator('[aria-current="true"]').filter({ hasText: image.name }).waitFor()
    await window.settled()
    at = await window.fitted(image)
  }
  const tab = (name: string) => window.page.getByRole('tab', { name }).click()
  const stepShown = async (): Promise<number> => {
    const text = await window.page.locator('dt:has-text("Step") + dd').textContent()
    return Number.parseInt(text!.replace(/,/g, ''), 10)
  }
  const drag = async (points: readonly Point[]): Promise<Point[]> => {
    const path = points.map(at.toScreen).map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }))
    await window.drag(path, { steps: 1 })
    await window.painted()
    return path.map(at.toPlane).map(({ x, y }) => ({ x: Math.round(x * 64) / 64, y: Math.round(y * 64) / 64 }))
  }

  beforeAll(async () => {
    bench = new Bench()
    bench.cellbrush('project', 'create', bench.project, '--name', 'Nuclei', '--class', 'nucleus:#e69f00')
    const taught = ['IXMtest_A02_s1', 'IXMtest_B20_s2', 'IXMtest_D04_s9'].map((name) => `${NUCLEI_IMAGES}/${name}.tif`)
    bench.cellbrush('import', bench.project, ...taught, '--masks', NUCLEI_MASKS, '--complete')
    bench.cellbrush(
      'import',
      bench.project,
      `${NUCLEI_IMAGES}/IXMtest_F03_s5.tif`,
      `${NUCLEI_IMAGES}/IXMtest_G13_s9.tif`,
    )
    desk = await shell.open(bench.project)
    window = desk.window
    const { images } = await desk.ask('project.view', {})
    const unpainted = images.filter((image) => image.painted === 0).map(({ id }) => id)
    ;[predicted, painted] = [unpainted[0]!, unpainted[1]!]
    await window.settled()
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('training')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await desk?.close()
    bench.remove()
  })

  test('a small network is trained: the curve moves, and what is painted meanwhile is stored as ever', async () => {
    const { page } = window
    await open(painted)
    await tab('Learn')
    await page.getByText('Steps', { exact: true }).click()
    await page.getByRole('spinbutton', { name: 'Steps to train' }).fill(String(STEPS))
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Small')
    await page.getByRole('button', { name: 'All settings' }).click()
    for (const [name, value] of Object.entries(SMALL)) await window.setNumber(name, value)
    await page.getByRole('button', { name: 'Train', exact: true }).click()

    await page.locator('.uplot canvas').waitFor({ timeout: 60_000 })
    const curve = () =>
      page.locator('.uplot canvas').evaluate((of) => (of as unknown as { toDataURL(): string }).toDataURL())
    const early = { step: await stepShown(), curve: await curve() }
    await page.keyboard.press('b')
    await window.setNumber('Size', 21)
    const path = await drag([
      { x: 60, y: 60 },
      { x: 110, y: 90 },
      { x: 70, y: 140 },
    ])
    const map = await desk.labels(planeOf(painted))
    const wrong = underBrush(map, path, 10.5).filter(
      (isIn, index) => isIn !== undefined && isIn !== map.labels[index]! > 0,
    )
    expect(wrong).toHaveLength(0)
    await expect.poll(stepShown, { timeout: 60_000 }).toBeGreaterThan(early.step + 10)
    expect(await curve()).not.toBe(early.curve)

    await page.getByText(`Finished after ${STEPS} steps`).waitFor({ timeout: 90_000 })
    const [run] = (await desk.ask('project.view', {})).runs
    expect(run).toMatchObject({ name: 'Small', state: 'finished', step: STEPS, hasModel: true })
    expect(run!.score).toBeGreaterThan(0.2)
  })

  test('its prediction of an image is accepted in one step, corrected, and exported as a TIFF that others read', async () => {
    const { page } = window
    await open(predicted)
    await tab('Predict')
    await page.getByRole('button', { name: 'Predict this image' }).click()
    const list = page.getByRole('list', { name: 'Proposed objects by doubt' })
    await list.waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Accept all' }).click()
    await expect.poll(() => objectsOf(predicted), { timeout: 20_000 }).not.toEqual([])
    const accepted = await objectsOf(predicted)
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(() => objectsOf(predicted)).toEqual([])
    await page.getByRole('button', { name: 'Redo' }).click()
    await expect.poll(() => objectsOf(predicted)).toEqual(accepted)

    const before = await desk.labels(planeOf(predicted))
    const hit = before.labels.indexOf(accepted[0]!)
    const place = { x: (hit % before.width) + 0.5, y: Math.floor(hit / before.width) + 0.5 }
    await tab('Paint')
    await page.keyboard.press('e')
    await window.setNumber('Size', 9)
    const path = await drag([place, { x: place.x + 12, y: place.y + 8 }])
    const corrected = await desk.labels(planeOf(predicted))
    for (const [index, isErased] of underBrush(corrected, path, 4.5).entries()) {
      if (isErased !== undefined) expect(corrected.labels[index]).toBe(isErased ? 0 : before.labels[index])
    }

    await page.keyboard.press('Control+e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.getByText('This one').click()
    await dialog.getByRole('button', { name: 'Export 1 image' }).click()
    const files = unzipped(await desk.saved(() => dialog.getByRole('button', { name: 'Save' }).click()))
    const [, tiff] = [...files].find(([name]) => name.endsWith('.tif'))!
    const expected = Uint32Array.from(corrected.labels, (label) => (label >= LABEL.firstObject ? label : 0))
    expect(await labelsByGeotiff(tiff)).toEqual(expected)
    const file = bench.at('exported.tif')
    writeFileSync(file, tiff)
    if (process.env.CELLBRUSH_PYTHON) expect(labelsByTifffile(file)).toEqual(expected)
    await page.keyboard.press('Escape')
  })

  test('an engine that is killed while it trains is told in one sentence with a way to resume; nothing painted is lost', async () => {
    const { page } = window
    await open(painted)
    await tab('Learn')
    const before = await desk.labels(planeOf(painted))
    const settings = { 'network.depth': 2, 'network.baseWidth': 8, 'optimization.patchPx': 128 }
    await desk.ask('training.start', {
      preset: 'fast',
      steps: 400,
      name: 'Killed',
      settings: { ...settings, 'optimization.checkpointEvery': 10 },
    })
    await page.getByRole('button', { name: 'Killed' }).first().click()
    await page.getByRole('heading', { name: 'Killed' }).waitFor()
    await expect.poll(stepShown, { timeout: 60_000 }).toBeGreaterThan(20)
    const engine = desk.engines
    expect(engine).toHaveLength(1)
    process.kill(engine[0]!, 'SIGKILL')

    const sentence = page.getByText('“Killed” was interrupted', { exact: false }).first()
    await sentence.waitFor()
    expect(await desk.labels(planeOf(painted))).toEqual(before)
    await page.keyboard.press('b')
    await drag([
      { x: 200, y: 200 },
      { x: 220, y: 220 },
    ])
    expect((await desk.labels(planeOf(painted))).labels).not.toEqual(before.labels)

    await page
      .getByRole('button', { name: /^Resume/ })
      .first()
      .click()
    await expect.poll(killedRun, { timeout: 60_000 }).toMatchObject({ state: 'running' })
    await expect.poll(stepShown, { timeout: 60_000 }).toBeGreaterThan(30)
    await page.getByRole('button', { name: 'Stop and keep what it has learned' }).click()
    await expect.poll(killedRun, { timeout: 30_000 }).toMatchObject({ state: 'stopped', hasModel: true })
  })

  async function killedRun() {
    return (await desk.ask('project.view', {})).runs.find(({ name }) => name === 'Killed')
  }

  async function objectsOf(imageId: number): Promise<number[]> {
    const { labels } = await desk.labels(planeOf(imageId))
    return [...new Set(labels)].filter((label) => label >= LABEL.firstObject).sort((a, b) => a - b)
  }
}

async function labelsByGeotiff(tiff: Buffer): Promise<Uint32Array> {
  const image = await (await fromArrayBuffer(new Uint8Array(tiff).buffer)).getImage()
  const [values] = await image.readRasters()
  return Uint32Array.from(values as ArrayLike<number>)
}

function labelsByTifffile(file: string): Uint32Array {
  const program =
    'import sys, tifffile, numpy; sys.stdout.buffer.write(tifffile.imread(sys.argv[1]).astype("<u4").tobytes())'
  const bytes = execFileSync(process.env.CELLBRUSH_PYTHON!, ['-c', program, file], { maxBuffer: 1 << 28 })
  return new Uint32Array(new Uint8Array(bytes).buffer)
}
