/** The workstation at 125 to 200 %: what stays on a screen is fewer pixels of the page, and nothing may be lost by that. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { Bench, Browsing, Serving, type WorkWindow } from './workstation.ts'

const SCREENS = [
  { width: 1440, height: 900, scales: [1, 1.25, 1.5, 2] },
  { width: 1024, height: 768, scales: [1, 1.25, 1.5, 2] },
]
const VIEWS: Record<string, string> = { paint: '1', learn: '2', predict: '3', results: '4' }
const DIALOGS: Record<string, string> = { import: 'Control+i', export: 'Control+e', keys: '?', palette: 'Control+k' }
/** A folder for pictures to look at. */
const { CELLBRUSH_SCALE_PICTURES } = process.env

/**
 * In the page: what is wrong with the controls under a root. Each must be inside the window once it is scrolled to, not
 * cut off by what does not scroll, at hand under the pointer, and its words inside it.
 */
const FIND_FAULTS = `(selector) => {
  const faults = []
  const root = document.querySelector(selector)
  const name = (of) => of.getAttribute('aria-label') || of.textContent.trim().slice(0, 40) || of.outerHTML.slice(0, 60)
  const isVisible = (of) => of.checkVisibility({ visibilityProperty: true, opacityProperty: true })
  const isSmall = ({ width, height }) => width < 3 || height < 3 // for screen readers only
  const cutter = (of) => {
    const box = of.getBoundingClientRect()
    for (let at = of.parentElement; at; at = at.parentElement) {
      const { overflowX, overflowY } = getComputedStyle(at)
      if (/auto|scroll/.test(overflowX + overflowY)) return null
      if (overflowX === 'visible' && overflowY === 'visible') continue
      const edge = at.getBoundingClientRect()
      if (box.left < edge.left - 1 || box.right > edge.right + 1 || box.top < edge.top - 1 || box.bottom > edge.bottom + 1)
        return at
    }
    return null
  }
  const isAtHand = (of, at) => at && (of.contains(at) || (of.closest('label') && of.closest('label') === at.closest('label')))
  for (const control of root.querySelectorAll('button, input, select, textarea, summary, [role="tab"]')) {
    if (!isVisible(control) || control.closest('[inert], .toasts') || isSmall(control.getBoundingClientRect())) continue
    if (cutter(control)) { faults.push(name(control) + ' is cut off'); continue }
    control.scrollIntoView({ block: 'nearest', inline: 'nearest' })
    const { left, right, top, bottom } = control.getBoundingClientRect()
    if (left < -1 || top < -1 || right > innerWidth + 1 || bottom > innerHeight + 1)
      faults.push(name(control) + ' reaches out of the window')
    else if (!isAtHand(control, document.elementFromPoint((left + right) / 2, (top + bottom) / 2)))
      faults.push(name(control) + ' lies under something else')
  }
  for (const words of root.querySelectorAll('button, label, h2, h3, p, dt, dd, [role="tab"]')) {
    const { display, overflowX, fontSize } = getComputedStyle(words)
    if (!isVisible(words) || display.startsWith('inline ') || display === 'inline' || isSmall(words.getBoundingClientRect())) continue
    if (overflowX === 'visible' && words.scrollWidth > words.clientWidth + 1) faults.push(name(words) + ': words reach out of it')
    if (words.textContent.trim() && parseFloat(fontSize) < 11) faults.push(name(words) + ' is too small to read')
  }
  if (document.documentElement.scrollWidth > innerWidth) faults.push('the window scrolls sideways')
  return faults
}`

describe.skipIf(!chromiumPath())(`large scales (skipped where ${WITHOUT_CHROMIUM})`, () => {
  let bench: Bench
  let browsing: Browsing
  let serving: Serving

  beforeAll(async () => {
    bench = new Bench()
    bench.cellbrush('project', 'create', bench.project, '--name', 'Nuclei', '--class', 'nucleus:#e69f00')
    const images = ['A02_s1', 'B20_s2', 'D04_s9'].map((name) => `${NUCLEI_IMAGES}/IXMtest_${name}.tif`)
    bench.cellbrush('import', bench.project, ...images, '--masks', NUCLEI_MASKS, '--complete')
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    if (CELLBRUSH_SCALE_PICTURES) mkdirSync(CELLBRUSH_SCALE_PICTURES, { recursive: true })
  })
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  const faultsIn = ({ page }: WorkWindow, root: string) =>
    page.evaluate<string[]>(`(${FIND_FAULTS})(${JSON.stringify(root)})`)

  for (const { width, height, scales } of SCREENS) {
    test(`on a screen of ${width} x ${height} every control is whole and at hand at ${scales.map((scale) => `${scale * 100} %`).join(', ')}`, async () => {
      const found: string[] = []
      for (const scale of scales) {
        const size = { width: Math.floor(width / scale), height: Math.floor(height / scale), scale }
        const window = await browsing.open(serving.url, size)
        await window.settled()
        const { page } = window
        const look = async (view: string, root: string) => {
          await page.waitForTimeout(250) // what appears by and by is there
          if (CELLBRUSH_SCALE_PICTURES) {
            const file = path.join(CELLBRUSH_SCALE_PICTURES, `${width}-${scale * 100}-${view}.png`)
            await page.screenshot({ path: file, scale: 'css' })
          }
          found.push(
            ...(await faultsIn(window, root)).map((fault) => `${width} at ${scale * 100} %, ${view}: ${fault}`),
          )
        }
        for (const [view, key] of Object.entries(VIEWS)) {
          await page.keyboard.press(key)
          await look(view, 'body')
        }
        for (const [dialog, keys] of Object.entries(DIALOGS)) {
          await page.keyboard.press(keys)
          await page.getByRole('dialog').waitFor()
          await look(dialog, 'dialog[open], [role="dialog"]')
          await page.keyboard.press('Escape')
          await page.getByRole('dialog').waitFor({ state: 'detached' })
        }
        expect(window.complaints).toEqual([])
        await window.close()
      }
      expect(found).toEqual([])
    })
  }
})
