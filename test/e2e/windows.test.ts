/** Other windows, and hands that have no mouse. */
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { Bench, Browsing, planeOf, Serving, type WorkWindow } from './workstation.ts'

describe.skipIf(!chromiumPath())(`windows and keys (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow

  beforeAll(async () => {
    bench.cellbrush('project', 'create', bench.project)
    const images = ['A02_s1', 'B20_s2'].map((name) => `${NUCLEI_IMAGES}/IXMtest_${name}.tif`)
    bench.cellbrush('import', bench.project, ...images, '--masks', NUCLEI_MASKS)
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    window = await browsing.open(serving.url)
    await window.settled()
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('windows')))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  test('a second server on the same project says who has it, shows everything and changes nothing', async () => {
    const second = await Serving.start(bench.project)
    try {
      expect(second.readOnly).toBe(true)
      const other = await browsing.open(second.url)
      await other.page.getByText('Read only: open in', { exact: false }).waitFor()
      await other.page.locator('footer').getByText(`process ${serving.child.pid}`, { exact: false }).waitFor()
      const { images } = await second.ask('project.view', {})
      const before = await serving.labels(planeOf(images[0]!.id))
      expect(before.labels.some((label) => label > 0)).toBe(true)
      expect(await other.page.getByRole('button', { name: 'Brush', exact: true }).isDisabled()).toBe(true)
      const at = await other.fitted(images[0]!)
      await other.drag([at.toScreen({ x: 5, y: 5 }), at.toScreen({ x: 60, y: 60 })])
      expect(await serving.labels(planeOf(images[0]!.id))).toEqual(before)
      expect(other.complaints).toEqual([])
      await other.close()
    } finally {
      await second.stop()
    }
  })

  test('two windows of one server see each other paint', async () => {
    const other = await browsing.open(serving.url)
    await other.settled()
    const { images } = await serving.ask('project.view', {})
    const at = await window.fitted(images[0]!)
    await window.page.keyboard.press('b')
    const note = other.page.getByRole('heading', { name: 'Objects' }).locator('..')
    const before = await note.textContent()
    await window.drag([at.toScreen({ x: 5, y: 5 }), at.toScreen({ x: 8, y: 30 })])
    await window.painted()
    await expect.poll(() => note.textContent(), { timeout: 5000 }).not.toBe(before)
    expect([window.complaints, other.complaints]).toEqual([[], []])
    await other.close()
  })

  test('undo in a field with text is the text’s: what is painted stays', async () => {
    const { page } = window
    const { images } = await serving.ask('project.view', {})
    const plane = planeOf(images[0]!.id)
    const at = await window.fitted(images[0]!)
    await page.keyboard.press('b')
    await window.drag([at.toScreen({ x: 300, y: 5 }), at.toScreen({ x: 304, y: 30 })])
    await window.painted()
    const painted = await serving.labels(plane)
    const { undo } = await serving.ask('plane.view', { plane })
    await page.keyboard.press('Control+f')
    await page.keyboard.type('A02')
    const field = page.getByRole('searchbox', { name: 'Filter images by name or notes' })
    expect(await field.inputValue()).toBe('A02')
    await page.keyboard.press('Control+z')
    await expect.poll(() => field.inputValue()).not.toBe('A02')
    await page.keyboard.press('Control+m')
    await page.keyboard.press('Escape')
    expect(await serving.labels(plane)).toEqual(painted)
    await page.keyboard.press('Control+z')
    await expect.poll(async () => (await serving.ask('plane.view', { plane })).undo).toBe(undo - 1)
  })

  test('a window without WebGL2 says so in the plane, and goes on saying so', async () => {
    const prepare = bench.at('no-webgl2.js')
    writeFileSync(
      prepare,
      `const { getContext } = HTMLCanvasElement.prototype
       HTMLCanvasElement.prototype.getContext = function (kind, options) {
         return kind === 'webgl2' ? null : getContext.call(this, kind, options)
       }`,
    )
    const other = await browsing.open(serving.url, { prepare })
    const plane = other.page.getByRole('region', { name: 'The plane' })
    const sentence = plane.getByText(
      'This window has no WebGL2; switch hardware acceleration on, or update the browser.',
    )
    const stays = async () => {
      await other.page.waitForSelector('section.plane[data-state="failed"]')
      expect(await sentence.isVisible()).toBe(true)
    }
    const opened = () => other.page.locator('[aria-current="true"]').first().textContent()
    await expect.poll(() => opened()).toContain('A02')
    await stays()
    await other.page.keyboard.press('PageDown')
    await expect.poll(() => opened()).toContain('B20')
    await stays()
    expect(other.complaints).toEqual([])
    await other.close()
  })

  test('everything but painting is done without a mouse', async () => {
    const { page } = window
    // Its own name, that of its label, or what stands in it.
    const nameOfFocus =
      "(on => on.getAttribute('aria-label') ?? (on.closest('label') ?? on).textContent.trim())(document.activeElement)"
    const focus = () => page.evaluate<string>(nameOfFocus)
    for (const [key, panel] of Object.entries({ 1: 'Paint', 2: 'Learn', 3: 'Predict', 4: 'Results' })) {
      await page.keyboard.press(key)
      expect(await page.getByRole('tab', { selected: true }).textContent()).toContain(panel)
    }
    await page.getByRole('tab', { name: 'Results' }).focus()
    for (const _ of ['Paint', 'Learn']) await page.keyboard.press('ArrowRight')
    expect(await page.getByRole('tab', { selected: true }).textContent()).toContain('Learn')
    const seen = new Set<string>()
    const panel = page.getByRole('tabpanel')
    // After the last control, on the plane, Tab hides the panels.
    for (let step = 0; step < 40 && (await panel.isVisible()); step++) {
      await page.keyboard.press('Tab')
      seen.add(await focus())
    }
    for (const name of ['Minutes to train', 'All settings', 'Device']) {
      expect(
        [...seen].some((label) => label.includes(name)),
        `${name} is reached with Tab: ${[...seen]}`,
      ).toBe(true)
    }
    await page.keyboard.press('Escape')
    await page.keyboard.press('Control+k')
    await page.keyboard.type('results')
    await expect.poll(() => page.getByRole('combobox', { name: 'Find a command' }).inputValue()).toBe('results')
    await page.keyboard.press('Enter')
    expect(await page.getByRole('tab', { selected: true }).textContent()).toContain('Results')
    const shown = page.locator('[aria-current="true"]').first()
    const before = await shown.textContent()
    await page.keyboard.press('PageDown')
    await expect.poll(() => shown.textContent()).not.toBe(before)
    await page.keyboard.press('?')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    expect(window.complaints).toEqual([])
  })
})
