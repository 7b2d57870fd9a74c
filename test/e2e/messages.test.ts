/** Messages and tooltips: where they are, that nothing they speak of lies under them, and that they can be reached. */
import type { Locator } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { STACK, writeStack } from './stack.ts'
import { Bench, Browsing, Serving, type WorkWindow } from './workstation.ts'

/** More words than a line of a dialog has room for. */
const LONG = 'A02_s1_w1051DAA7C-7042-435F-99F0-1E847D9B42CB, stained twice and then fixed for the second time overnight'
const SIZES = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
]

describe.skipIf(!chromiumPath())(`messages (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow

  beforeAll(async () => {
    writeStack(bench.at(`${LONG}.tif`))
    bench.cellbrush('project', 'create', bench.project)
    bench.cellbrush('import', bench.project, bench.at(`${LONG}.tif`))
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('messages')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  const cannotStart = () => window.page.getByRole('alert').filter({ hasText: 'Training cannot start' })
  const tip = () => window.page.locator('.tip')

  async function paint(): Promise<void> {
    const at = await window.fitted(STACK)
    await window.page.keyboard.press('b')
    await window.drag([at.toScreen({ x: 20, y: 20 }), at.toScreen({ x: 30, y: 20 })])
    await window.painted()
  }

  /** Two at once: what an undo did on another plane, and why no training starts. */
  async function two(): Promise<Locator[]> {
    const { page } = window
    await paint()
    await page.keyboard.press('.')
    await window.settled()
    await page.keyboard.press('Control+z')
    const takenBack = page.getByRole('status').filter({ hasText: 'Taken back on plane 1.' })
    await takenBack.waitFor()
    await page.keyboard.press('t')
    await cannotStart().waitFor()
    return [takenBack, cannotStart()]
  }

  for (const size of SIZES) {
    test(`stand above the slider of the plane and inside its column, ${size.width} x ${size.height}`, async () => {
      window = await browsing.open(serving.url, size)
      await window.settled()
      const boxOf = async (of: Locator) => {
        const { x, y, width, height } = (await of.boundingBox())!
        return { left: x, top: y, right: x + width, bottom: y + height }
      }
      const messages = await Promise.all((await two()).map(boxOf))
      const plane = await boxOf(window.page.getByRole('region', { name: 'The plane' }))
      const slider = await boxOf(window.page.getByRole('slider', { name: 'Plane', exact: true }))
      const places = messages.map(({ left, right, bottom }) => ({
        isInColumn: left >= plane.left && right <= plane.right,
        isAboveSlider: bottom <= slider.top,
      }))
      expect(places).toEqual(messages.map(() => ({ isInColumn: true, isAboveSlider: true })))
    })
  }

  test('can be reached while a dialog is open, and stay when it closes', async () => {
    window = await browsing.open(serving.url)
    await window.settled()
    const { page } = window
    await page.keyboard.press('t')
    await cannotStart().waitFor()
    await page.keyboard.press('Control+i')
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await dialog.getByText('Training cannot start').waitFor()
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.getByRole('region', { name: 'The plane' }).getByText('Training cannot start').count()).toBe(1)

    await page.keyboard.press('Control+i')
    await dialog.getByRole('button', { name: 'Dismiss' }).click()
    await cannotStart().waitFor({ state: 'detached' })
    expect(await dialog.isVisible()).toBe(true)
  })

  test('a tooltip goes when its button is pressed, and comes again when the pointer has been elsewhere', async () => {
    window = await browsing.open(serving.url)
    await window.settled()
    const { page } = window
    const plus = page.getByRole('button', { name: 'Zoom in' })
    const { x, y, height } = (await plus.boundingBox())!
    await plus.hover()
    await tip().getByText('Zoom in').waitFor()
    await plus.click()
    // From the button to the picture on it and back: a hand is never quite still.
    await page.mouse.move(x + 2, y + height / 2)
    await plus.hover()
    await page.waitForTimeout(700) // longer than one takes to come
    expect(await tip().isVisible()).toBe(false)
    await page.getByRole('button', { name: 'Zoom out' }).hover()
    await tip().getByText('Zoom out').waitFor()
    await plus.hover()
    await tip().getByText('Zoom in').waitFor()
  })

  test('a tooltip goes with what it explains, and lies above dialogs', async () => {
    window = await browsing.open(serving.url)
    await window.settled()
    const { page } = window
    await page.keyboard.press('Control+i')
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await dialog.getByRole('button', { name: 'Close' }).hover()
    await tip().getByText('Close').waitFor()
    const isOnTop = await tip().evaluate((of) => {
      const shown = of as unknown as { matches(selector: string): boolean }
      return shown.matches(':popover-open')
    })
    expect(isOnTop).toBe(true)
    await page.evaluate('document.querySelector("dialog [data-tip]").remove()')
    await tip().waitFor({ state: 'hidden' })
  })

  test('what an export has written is named with the end of each name, which says what it is', async () => {
    window = await browsing.open(serving.url)
    await window.settled()
    const { page } = window
    await paint()
    await page.keyboard.press('Control+e')
    const dialog = page.getByRole('dialog', { name: 'Export' })
    await dialog.getByRole('button', { name: 'Export 1 image' }).click()
    await dialog.getByText('2 files are ready.').waitFor()
    /** What ends inside the list: the parts of names that nothing is cut from. */
    const whole = await page.evaluate<string[]>(
      `[...document.querySelectorAll('dialog li *')]
        .filter((part) => part.childElementCount === 0 && part.scrollWidth <= part.clientWidth)
        .map((part) => part.textContent)`,
    )
    expect(whole.map((part) => part.slice(part.indexOf('_labels')))).toEqual(['_labels.tif', '_labels.json'])
  })
})
