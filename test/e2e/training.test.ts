/** Train, watch, predict, accept, correct, export; and what remains when the engine dies meanwhile. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { fromArrayBuffer } from 'geotiff'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { errorText } from '../../src-renderer/state/words.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { underBrush } from './brute-force.ts'
import type { Desk, Shell } from './desk.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { inEachShell } from './shells.ts'
import { Bench, type Placement, type Point, planeOf, type WorkWindow } from './workstation.ts'
import { unzipped } from './zip.ts'

/** So small that the cores of a laptop make a step in some 50 ms. */
const SMALL = { Depth: 2, 'Base width': 8, Batch: 2, Patch: 128, 'Learning rate': 0.005, 'Validate at': 50 }
const STEPS = 500

inEachShell('training', training)

function training(shell: Shell): void {
  let bench: Bench
  let desk: Desk
  let window: WorkWindow
  let at: Placement
  /** Of the image that is predicted, and of the one that is painted meanwhile. */
  let [predicted, painted] = [0, 0]
  /** Runs watched so far: a second look has a run of its own. */
  let watched = 0

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
    await window.setNumber('Patch', 100)
    const patch = page.getByRole('textbox', { name: /^Patch, as a number/ })
    expect(await patch.inputValue()).toBe('96') // halved four times at depth 4
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

  test('the prediction of what is held out is seen to grow; a divider parts before and after, by key and by mouse', async () => {
    const { page } = window
    const LAST = 400
    await open(predicted)
    await tab('Learn')
    const name = `Watched ${++watched}`
    const { id } = await desk.ask('training.start', {
      ...{ preset: 'fast', steps: LAST, name, validationShare: 0.2 },
      settings: {
        ...{ 'network.depth': 2, 'network.baseWidth': 8, 'optimization.patchPx': 128 },
        ...{ 'optimization.learningRate': 0.005, 'optimization.validateEvery': 80 },
      },
    })
    await page.getByRole('button', { name }).first().click()
    await page.getByRole('heading', { name: 'Held-out picture' }).scrollIntoViewIfNeeded()
    const picture = page.locator('.swipe [role=img]')
    const stepSeen = async () => Number(await picture.getAttribute('data-step'))
    const canvas = () => picture.locator('canvas')
    const pixels = () =>
      canvas().evaluate((of) => {
        const drawn = of as unknown as PageCanvas
        return [...drawn.getContext('2d').getImageData(0, 0, drawn.width, drawn.height).data]
      })
    await picture.waitFor({ timeout: 60_000 })
    const first = { step: await stepSeen(), pixels: await pixels() }
    expect(first.step).toBeLessThan(LAST) // 25 where the window is as quick as the training
    await expect.poll(stepSeen, { timeout: 60_000 }).toBeGreaterThan(first.step)
    await expect.poll(async () => String(await pixels())).not.toBe(String(first.pixels))

    const divider = page.getByRole('slider', { name: 'Before and after' })
    const share = async () => Number(await divider.getAttribute('aria-valuenow'))
    await divider.focus()
    await page.keyboard.press('Home')
    expect(await share()).toBe(0)
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight')
    expect(await share()).toBe(6)
    await page.keyboard.press('End')
    expect(await share()).toBe(100)
    const box = (await page.locator('.swipe').boundingBox())!
    const at = (part: number) => ({ x: box.x + part * box.width, y: box.y + box.height / 2 })
    await window.drag([at(1), at(0.6), at(0.3)])
    expect(Math.abs((await share()) - 30)).toBeLessThanOrEqual(1)

    await page.getByText(`Finished after ${LAST} steps`).waitFor({ timeout: 90_000 })
    await expect.poll(stepSeen).toBe(LAST)
    const { region } = (await desk.ask('run.previews', { id }))!
    const expected = errorsByHand(
      await desk.data(`preview/${id}/region`),
      await desk.data(`preview/${id}/${LAST}`),
      region.rect.w * region.rect.h,
    )
    const seen = await pixels()
    const kindSeen = Array.from({ length: expected.kinds.length }, (_, pixel) =>
      kindOf(seen.slice(pixel * 4, pixel * 4 + 3)),
    )
    expect(kindSeen).toEqual(expected.kinds)
    expect(await page.locator('[data-error]').textContent()).toContain(errorText(expected.share))

    const enlarge = page.getByRole('button', { name: 'Enlarge over the plane' })
    await enlarge.click()
    const large = page.getByRole('region', { name: 'Held-out picture, large' })
    await large.waitFor()
    expect((await large.boundingBox())!.width).toBeGreaterThan(600)
    await page.keyboard.press('End')
    expect(await share()).toBe(100)
    await page.keyboard.press('Escape')
    await large.waitFor({ state: 'detached' })
    expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Enlarge over the plane')
  })

  test('its prediction of an image is accepted in one step, corrected, and exported as a TIFF that others read', async () => {
    const { page } = window
    await open(predicted)
    await tab('Predict')
    await page.getByRole('button', { name: 'Predict this image' }).click()
    const list = page.getByRole('list', { name: 'Proposed objects by doubt' })
    await list.waitFor({ timeout: 60_000 })
    await rejectAndUndo()
    await open(predicted) // the list has moved the view
    await tab('Predict')
    await list.waitFor()
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

  /** The most doubtful proposal is rejected by a key: background is painted there, and one undo takes all of it back. */
  async function rejectAndUndo(): Promise<void> {
    const { page } = window
    const note = page.getByRole('region', { name: 'Proposed objects' }).locator('.note')
    const proposed = async () => Number.parseInt((await note.textContent())!.replace(/,/g, ''), 10)
    const before = await desk.labels(planeOf(predicted))
    const count = await proposed()
    const { undo } = await desk.ask('plane.view', { plane: planeOf(predicted) })
    await page.getByRole('list', { name: 'Proposed objects by doubt' }).getByRole('button').first().click()
    await page.keyboard.press('Backspace')
    await expect.poll(proposed, { timeout: 20_000 }).toBe(count - 1)
    const rejected = await desk.labels(planeOf(predicted))
    const changed = rejected.labels.filter((label, index) => label !== before.labels[index])
    expect(changed.length).toBeGreaterThan(0)
    expect(new Set(changed)).toEqual(new Set([LABEL.background]))
    expect(await desk.ask('plane.view', { plane: planeOf(predicted) })).toMatchObject({ undo: undo + 1 })
    await page.keyboard.press('Control+z')
    await expect.poll(proposed).toBe(count)
    expect((await desk.labels(planeOf(predicted))).labels).toEqual(before.labels)
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

/** Of a canvas in the page, for a program that does not know its types. */
interface PageCanvas {
  width: number
  height: number
  getContext(kind: '2d'): { getImageData(x: number, y: number, w: number, h: number): { data: Uint8ClampedArray } }
}

type Kind = 'grey' | 'missed' | 'invented'

/** What each pixel of the errors must look like, and the share of wrong ones: two classes, everything painted. */
function errorsByHand(region: Buffer, snapshot: Buffer, size: number): { kinds: Kind[]; share: number } {
  const kinds = Array.from({ length: size }, (_, at): Kind => {
    const isObject = region[size + at] === 1
    const isSeen = snapshot[size + at]! > snapshot[at]!
    return isObject === isSeen ? 'grey' : isObject ? 'missed' : 'invented'
  })
  return { kinds, share: kinds.filter((kind) => kind !== 'grey').length / size }
}

function kindOf([red, , blue]: number[]): Kind {
  if (Math.abs(red! - blue!) < 3) return 'grey'
  return red! > blue! ? 'missed' : 'invented'
}
