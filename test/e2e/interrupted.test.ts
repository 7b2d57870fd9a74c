/** What is said of a training that stands still, that is out of reach, and that ended with the program. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { Bench, Browsing, Serving, type WorkWindow } from './workstation.ts'

const SETTINGS = { 'network.depth': 2, 'network.baseWidth': 8, 'optimization.patchPx': 128, 'optimization.batch': 2 }

describe.skipIf(!chromiumPath())(`a run that is left (skipped where ${WITHOUT_CHROMIUM})`, () => {
  let bench: Bench
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow

  beforeAll(async () => {
    bench = new Bench()
    const images = ['A02_s1', 'B20_s2'].map((name) => `${NUCLEI_IMAGES}/IXMtest_${name}.tif`)
    bench.cellbrush('project', 'create', bench.project, '--class', 'nucleus:#e69f00')
    bench.cellbrush('import', bench.project, ...images, '--masks', NUCLEI_MASKS, '--complete')
    browsing = await Browsing.start()
    serving = await serve()
    window = await browsing.open(serving.url)
    await window.settled()
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('interrupted')))
  afterEach(() => expect(window.complaintsButOfTheLine).toEqual([]))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  const serve = (port = 0, key = 'key') => Serving.start(bench.project, port, ['--token-file', bench.at(key)])
  const inList = () => window.page.locator('li', { has: window.page.locator('.score') }).textContent()
  const stepShown = async (): Promise<number> => {
    const text = await window.page.locator('dt:has-text("Step") + dd').textContent()
    return Number.parseInt(text!.replace(/,/g, ''), 10)
  }

  test('paused, its panel, the list and the status bar say the same', async () => {
    const { page } = window
    await page.keyboard.press('2')
    expect(await page.getByRole('textbox', { name: 'Name', exact: true }).getAttribute('placeholder')).toBe('run-1')
    const { name } = await serving.ask('training.start', {
      ...{ preset: 'fast', steps: 100_000, validationShare: 0.2 },
      settings: { ...SETTINGS, 'optimization.checkpointEvery': 100_000 },
    })
    expect(name).toBe('run-1')
    await expect.poll(stepShown, { timeout: 60_000 }).toBeGreaterThan(3)
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByText(/^Paused at step/).waitFor()
    const step = await stepShown()
    expect(await page.getByText(/^Paused at step/).textContent()).toContain(`Paused at step ${step}`)
    expect(await inList()).toContain(`paused · step ${step} ·`)
    expect(await page.locator('footer .job').textContent()).toContain(`Training run-1 · paused at step ${step}`)
    expect((await page.locator('footer .engine').textContent())!.trim()).toBe('Engine waits')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect.poll(stepShown, { timeout: 60_000 }).toBeGreaterThan(step + 3)
  })

  test('out of reach, it is not told as if it went on; ended with its program, that is said at every opening', async () => {
    const { page } = window
    await serving.stop('SIGKILL')
    await page.getByText(/^No connection; last heard of at step \d+$/).waitFor()
    expect(await inList()).toMatch(/no connection · step \d+ ·/)
    expect(await page.locator('footer .job').count()).toBe(0)
    expect(await page.getByRole('button', { name: 'Stop and keep what it has learned' }).isDisabled()).toBe(true)

    serving = await serve(serving.port)
    const told = page.getByRole('alert').filter({ hasText: /“run-1” was interrupted at step \d+\./ })
    await told.waitFor({ timeout: 30_000 })
    await page.reload()
    await told.waitFor({ timeout: 30_000 })
    expect(await page.getByRole('tab', { name: /^Learn.*interrupted$/ }).count()).toBe(1)
    // The pause before has kept a checkpoint.
    const [run] = (await serving.ask('project.view', {})).runs
    const { events } = await serving.ask('run.details', { id: run!.id })
    const kept = events.findLast((event) => event.type === 'checkpoint')!.step
    expect(kept).toBeLessThan(run!.step)
    await told.getByRole('button', { name: `Resume from step ${kept}` }).click()
    await page.keyboard.press('2')
    const lastState = async () =>
      (await serving.ask('run.details', { id: run!.id })).events.findLast(({ type }) => type === 'state')
    await expect.poll(lastState, { timeout: 30_000 }).toMatchObject({ state: 'running', step: kept })
    await expect.poll(stepShown, { timeout: 30_000 }).toBeGreaterThan(kept)
  })

  test('under a new key the window says where strokes are that are not on disk', async () => {
    await serving.stop('SIGKILL')
    serving = await serve(serving.port, 'another key')
    await window.page
      .getByText('Strokes that are not on disk yet are kept in this browser')
      .waitFor({ timeout: 30_000 })
  })
})
