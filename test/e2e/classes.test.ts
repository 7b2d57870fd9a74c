/** Objects of several classes: painted with a class, predicted, looked at class by class, accepted, scored. */
import { mkdirSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  CLASSES,
  type ClassesPicture,
  classesPicture,
  SIDE_PX,
  VALUES,
  writePicture,
} from '../drivers/classes-picture.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { Hand } from './hand.ts'
import { Bench, Browsing, planeOf, Serving, type WorkWindow } from './workstation.ts'

const SMALL = {
  ...{ 'network.depth': 3, 'network.baseWidth': 8, 'optimization.patchPx': 96, 'optimization.batch': 4 },
  ...{ 'optimization.learningRate': 0.01, 'optimization.validateEvery': 0 },
}

describe.skipIf(!chromiumPath())(`classes in a browser (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  const pictures = new Map<string, ClassesPicture>()
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow

  beforeAll(async () => {
    mkdirSync(bench.at('train'))
    mkdirSync(bench.at('masks'))
    for (const seed of [1, 2, 3, 4, 5]) {
      const picture = classesPicture(seed)
      const name = ['', 'a', 'b', 'c', 'unseen', 'painted'][seed]!
      pictures.set(name, picture)
      writePicture(bench.at('train', `${name}.tif`), picture.image)
      if (seed <= 3) writePicture(bench.at('masks', `${name}.tif`), picture.mask)
    }
    const classes = ['disc:#e69f00', 'stripes:#56b4e9', 'dots:#009e73'].flatMap((of) => ['--class', of])
    bench.cellbrush('project', 'create', bench.project, ...classes)
    const map = ['background', ...CLASSES].map((name, index) => `${VALUES[index]}=${name}`).join()
    const masks = ['--masks', bench.at('masks'), '--mask-kind', 'classes', '--map', map]
    bench.cellbrush('import', bench.project, bench.at('train'), ...masks)
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    window = await browsing.open(serving.url)
    await window.settled()
  }, 120_000)
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('classes')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  async function open(name: string): Promise<number> {
    const { images } = await serving.ask('project.view', {})
    await window.page
      .getByRole('list', { name: 'Images' })
      .getByRole('button', { name: `${name}, ` })
      .click()
    await window.page.locator('[aria-current="true"]').filter({ hasText: name }).waitFor()
    await window.settled()
    return images.find((image) => image.name === name)!.id
  }

  /** Class names of the stored objects, and the name that the picture has at their middle. */
  async function storedClasses(imageId: number, name: string): Promise<[stored: string, there: string][]> {
    const { classes } = await serving.ask('project.view', {})
    const objects = await serving.ask('plane.objects', { plane: planeOf(imageId) })
    const { mask } = pictures.get(name)!
    return objects.map(({ classId, box }) => {
      const value = mask[Math.floor(box.y + box.h / 2) * SIDE_PX + Math.floor(box.x + box.w / 2)]!
      return [classes.find(({ id }) => id === classId)!.name, CLASSES[VALUES.indexOf(value) - 1] ?? 'background']
    })
  }

  test('what is painted has the class that was chosen', async () => {
    const { page } = window
    const imageId = await open('painted')
    const hand = await Hand.over(window, { width: SIDE_PX, height: SIDE_PX })
    await page.keyboard.press('b')
    await window.setNumber('Size', 12)
    for (const name of ['dots', 'disc']) {
      await page.getByRole('button', { name: 'What is painted' }).click()
      await page.getByRole('button', { name, exact: true }).click()
      const { x, y } = pictures.get('painted')!.centres.find((of) => of.name === name)!
      await hand.draw([
        { x: x - 4, y },
        { x: x + 4, y },
      ])
    }
    expect(await storedClasses(imageId, 'painted')).toEqual([
      ['dots', 'dots'],
      ['disc', 'disc'],
    ])
    await page.keyboard.press('Control+z')
    await page.keyboard.press('Control+z')
    await expect.poll(async () => (await storedClasses(imageId, 'painted')).length).toBe(0)
  })

  test('predicted objects are shown, listed and accepted with their class', async () => {
    const { page } = window
    const started = await serving.ask('training.start', { preset: 'fast', steps: 150, seed: 1, settings: SMALL })
    const run = async () => (await serving.ask('project.view', {})).runs.find(({ id }) => id === started.id)!
    await vi.waitUntil(async () => (await run()).state === 'finished', { timeout: 180_000, interval: 500 })

    const imageId = await open('unseen')
    await page.keyboard.press('3')
    await page.getByRole('button', { name: 'Predict this image' }).click()
    await page.getByRole('list', { name: 'Proposed objects by doubt' }).waitFor({ timeout: 60_000 })

    const shown = page.getByRole('combobox', { name: 'Whose probability is shown' })
    expect(await shown.locator('option').allTextContents()).toEqual(['any object', ...CLASSES])
    const { toScreen } = await window.fitted({ width: SIDE_PX, height: SIDE_PX })
    const { centres } = pictures.get('unseen')!
    const shareOf = async (name: string, at: { x: number; y: number }): Promise<number> => {
      await shown.selectOption({ label: name })
      const { x, y } = toScreen(at)
      await page.mouse.move(x + 1, y)
      await page.mouse.move(x, y)
      const told = async () =>
        /\bp(?:robability)? (\d+) %/.exec((await page.locator('footer').textContent()) ?? '')?.[1]
      await vi.waitUntil(told, { timeout: 5000, interval: 100 })
      return Number(await told())
    }
    const dots = centres.find(({ name }) => name === 'dots')!
    expect(await shareOf('dots', dots)).toBeGreaterThan(50)
    expect(await shareOf('stripes', dots)).toBeLessThan(40)

    await page.getByRole('button', { name: 'Accept all' }).click()
    await vi.waitUntil(async () => (await storedClasses(imageId, 'unseen')).length > 0, { timeout: 20_000 })
    const stored = await storedClasses(imageId, 'unseen')
    expect(new Set(stored.map(([name]) => name))).toEqual(new Set(CLASSES))
    const right = stored.filter(([name, there]) => name === there).length
    expect(right / stored.length).toBeGreaterThan(0.7)
    expect(right / centres.length).toBeGreaterThan(0.7)
  }, 300_000)

  test('scores stand class by class in the colours of the classes', async () => {
    const { page } = window
    await page.keyboard.press('4')
    await page.getByRole('button', { name: 'Score the runs' }).click()
    await page.getByRole('button', { name: 'Score again' }).waitFor({ timeout: 60_000 })
    for (const name of CLASSES) {
      const cells = page
        .getByRole('tabpanel')
        .getByRole('row', { name: new RegExp(`^${name}`) })
        .getByRole('cell')
      // Accepted objects are scored against the prediction they came from.
      expect(Number((await cells.first().textContent())!), name).toBeGreaterThanOrEqual(0.9)
    }
  }, 90_000)
})
