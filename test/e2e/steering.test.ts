/** Hands on what is under way: a training is paused, sliders move over proposals, keys are given to other actions. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ImageView } from '../../src-shared/api.ts'
import { predictionTileUrl } from '../../src-shared/data-urls.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { partsOf } from './brute-force.ts'
import type { Desk, Shell } from './desk.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { inEachShell } from './shells.ts'
import { Bench, type WorkWindow } from './workstation.ts'

const SETTINGS = {
  'network.depth': 2,
  'network.baseWidth': 8,
  'optimization.patchPx': 128,
  'optimization.batch': 2,
  'optimization.learningRate': 0.005,
}

inEachShell('steering', steering)

function steering(shell: Shell): void {
  let bench: Bench
  let desk: Desk
  let window: WorkWindow

  beforeAll(async () => {
    bench = new Bench()
    bench.cellbrush('project', 'create', bench.project, '--class', 'nucleus:#e69f00')
    const images = ['A02_s1', 'B20_s2'].map((name) => `${NUCLEI_IMAGES}/IXMtest_${name}.tif`)
    bench.cellbrush('import', bench.project, ...images, '--masks', NUCLEI_MASKS, '--complete')
    bench.cellbrush('import', bench.project, `${NUCLEI_IMAGES}/IXMtest_F03_s5.tif`)
    const settings = Object.entries(SETTINGS).flatMap(([name, value]) => ['--set', `${name}=${value}`])
    bench.cellbrush('train', bench.project, '--steps', '80', '--name', 'First', ...settings)
    desk = await shell.open(bench.project)
    window = desk.window
    await window.settled()
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('steering')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await desk?.close()
    bench.remove()
  })

  test('a training that is paused stands still, goes on from there, and is stopped with what it has learned', async () => {
    const { page } = window
    const { id } = await desk.ask('training.start', {
      preset: 'fast',
      steps: 100_000,
      name: 'Long',
      settings: SETTINGS,
    })
    const run = async () => (await desk.ask('project.view', {})).runs.find((of) => of.id === id)!
    await page.keyboard.press('2')
    const shown = async (): Promise<number> => {
      const text = await page.locator('dt:has-text("Step") + dd').textContent()
      return Number.parseInt(text!.replace(/,/g, ''), 10)
    }
    await expect.poll(shown, { timeout: 60_000 }).toBeGreaterThan(3)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Continue' }).waitFor()
    expect((await run()).state).toBe('paused')
    const still = (await desk.ask('run.details', { id })).events.length
    await page.waitForTimeout(1500)
    expect((await desk.ask('run.details', { id })).events.length).toBe(still)
    const before = await shown()
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect.poll(shown, { timeout: 60_000 }).toBeGreaterThan(before + 3)
    await page.getByRole('button', { name: 'Stop and keep what it has learned' }).click()
    await expect.poll(run, { timeout: 60_000 }).toMatchObject({ state: 'stopped', hasModel: true })
  })

  test('a threshold that moves changes the proposals shown: as many as the probabilities have parts above it', async () => {
    const { page } = window
    const image = await unpainted()
    await open(image)
    await page.keyboard.press('3')
    await page.getByRole('button', { name: 'Predict this image' }).click()
    const list = page.getByRole('list', { name: 'Proposed objects by doubt' })
    await list.waitFor({ timeout: 60_000 })
    const asChosen = await proposed()
    const { predictions } = await desk.ask('project.view', {})
    const id = predictions.find(({ planes }) => planes.some(({ imageId }) => imageId === image.id))!.id
    const probabilities = await bytesOf(id, image)

    await page.getByText('Seeds, least area, regrow, holes').click()
    // Then an object is nothing but a 4-connected part above the threshold.
    for (const [name, value] of Object.entries({ 'Least area': 0, Regrow: 0 })) {
      await window.setNumber(name, value)
    }
    const holes = page.getByRole('switch', { name: 'Fill holes' })
    if (await holes.isChecked()) await holes.click()
    const counts: number[] = []
    for (const threshold of [0.3, 0.5, 0.7]) {
      await window.setNumber('Threshold', threshold)
      await window.setNumber('Seeds', threshold)
      const labels = Uint32Array.from(probabilities, (byte) => Number(Math.fround(1 - byte / 255) >= threshold))
      const parts = partsOf({ width: image.width, height: image.height, labels }, 1)
      await expect.poll(proposed).toBe(parts)
      counts.push(parts)
    }
    expect(new Set(counts).size).toBeGreaterThan(1)
    // Between two steps of one hundredth, where training looks for the best: the number and the thumb are where it is.
    await window.setNumber('Threshold', 0.125)
    const numbers = [page.getByRole('textbox', { name: 'Threshold' }), page.getByRole('slider', { name: 'Threshold' })]
    expect(await Promise.all(numbers.map((number) => number.inputValue()))).toEqual(['0.125', '0.125'])
    await page.getByRole('button', { name: 'As training chose' }).click()
    await expect.poll(proposed).toBe(asChosen)
  })

  test('what is rejected stays rejected after a look at another image and a reload; a clicked segment leaves Enter to it', async () => {
    const { page } = window
    const image = await unpainted()
    const other = (await desk.ask('project.view', {})).images.find(({ id }) => id !== image.id)!
    const plane = { imageId: image.id, layer: 'objects', z: 0, t: 0 }
    const list = page.getByRole('list', { name: 'Proposed objects by doubt' })
    await list.waitFor()
    const count = await proposed()
    for (const left of [count - 1, count - 2]) {
      await page.keyboard.press('q')
      await page.keyboard.press('Backspace')
      await expect.poll(proposed).toBe(left)
    }
    const { labels } = await desk.labels(plane)
    expect(new Set(labels)).toEqual(new Set([LABEL.unpainted, LABEL.background]))

    await open(other)
    await page.getByText('Not predicted yet').waitFor()
    await open(image)
    await list.waitFor()
    expect(await proposed()).toBe(count - 2)
    await page.reload()
    await window.settled()
    await open(image)
    await page.keyboard.press('3')
    await list.waitFor()
    expect(await proposed()).toBe(count - 2)

    const which = page.getByRole('radiogroup', { name: 'Which images' })
    await which.getByText('All', { exact: true }).click()
    await which.getByText('This image').click()
    await page.keyboard.press('q')
    await page.keyboard.press('Enter')
    await expect.poll(proposed).toBe(count - 3)
    expect(await desk.ask('plane.objects', { plane })).toHaveLength(1)

    // A row that was clicked keeps the focus: where nothing is chosen, Enter chooses what has come to stand there.
    const row = list.getByRole('button').first()
    await row.click()
    await page.keyboard.press('Backspace')
    await expect.poll(proposed).toBe(count - 4)
    await expect.poll(() => row.getAttribute('aria-pressed')).toBe('false')
    await page.keyboard.press('Enter')
    await expect.poll(() => row.getAttribute('aria-pressed')).toBe('true')
    expect(await proposed()).toBe(count - 4)
  })

  test('images that are predicted while another is open are counted, opened one after another, and marked in the list', async () => {
    const { page } = window
    const predicted = page.getByRole('list', { name: 'Images' }).getByRole('button', { name: ', predicted' })
    expect(await predicted.count()).toBe(1)
    const isOpen = await unpainted()
    const others = (await desk.ask('project.view', {})).images.filter(({ id }) => id !== isOpen.id)
    for (const image of others) await row(image).click({ modifiers: ['Control'] })
    await page.getByRole('radiogroup', { name: 'Which images' }).getByText('Chosen').click()
    await page.getByRole('button', { name: 'Predict 2 images', exact: true }).click()
    await page.getByText('2 images predicted').waitFor({ timeout: 60_000 })
    await page.getByRole('button', { name: 'Predict 2 images again' }).waitFor()
    expect(await predicted.count()).toBe(3)
    for (const [index, step] of ['Open the first', 'Open the next'].entries()) {
      await page.getByRole('button', { name: step }).click()
      await current(others[index]!).waitFor()
    }
    await page.getByText('This plane is marked “Painted completely”').waitFor()
    expect(await page.getByRole('button', { name: 'Open the next' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Choose none' }).click()
  })

  test('a key that is given to another action has it after a reload, too', async () => {
    const { page } = window
    await page.keyboard.press('1')
    await page.keyboard.press('?')
    const sheet = page.getByRole('dialog', { name: 'Keys' })
    await sheet.getByRole('button', { name: 'Change the key of Eraser' }).click()
    await page.keyboard.press('y')
    await sheet.getByText('Y now is “Eraser”').waitFor()
    await page.keyboard.press('Escape')
    await page.reload()
    await window.settled()
    const isOn = (name: string) => page.getByRole('button', { name, exact: true }).getAttribute('aria-pressed')
    await page.keyboard.press('b')
    await expect.poll(() => isOn('Brush')).toBe('true')
    await page.keyboard.press('e')
    expect(await isOn('Brush')).toBe('true')
    await page.keyboard.press('y')
    await expect.poll(() => isOn('Eraser')).toBe('true')
    await page.keyboard.press('?')
    await sheet.getByRole('button', { name: 'Reset all keys' }).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('b')
    await page.keyboard.press('e')
    await expect.poll(() => isOn('Eraser')).toBe('true')
  })

  /** The image that came without masks. */
  async function unpainted(): Promise<ImageView> {
    return (await desk.ask('project.view', {})).images.find(({ complete }) => complete === 0)!
  }
  const row = ({ name }: ImageView) => window.page.getByRole('button', { name: `${name}, ` }).first()
  const current = ({ name }: ImageView) =>
    window.page.locator('[aria-current="true"]').filter({ hasText: name.slice(-5) })
  async function open(image: ImageView): Promise<void> {
    await row(image).click()
    await current(image).waitFor()
  }
  /** How many objects the list says are proposed. */
  async function proposed(): Promise<number> {
    return numberIn(await window.page.getByRole('heading', { name: 'Proposed objects' }).locator('..').textContent())
  }

  /** How likely background is, a byte for each pixel of the plane. */
  async function bytesOf(id: string, image: { id: number; width: number; height: number }): Promise<Uint8Array> {
    const { width, height } = image
    const bytes = new Uint8Array(width * height)
    for (let ty = 0; ty * 256 < height; ty++) {
      for (let tx = 0; tx * 256 < width; tx++) {
        const tile = await desk.data(predictionTileUrl(id, image.id, 0, 0, { level: 0, tx, ty }))
        for (let y = 0; y < Math.min(256, height - ty * 256); y++) {
          const columns = Math.min(256, width - tx * 256)
          bytes.set(tile.subarray(y * 256, y * 256 + columns), (ty * 256 + y) * width + tx * 256)
        }
      }
    }
    return bytes
  }
}

/** The first number of a text with thousands separators. */
const numberIn = (text: string | null): number => Number(/[\d,]+/.exec(text ?? '')?.[0].replace(/,/g, ''))
