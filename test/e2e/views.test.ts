/** Every view, dark and light: nothing that keeps people out, and pictures of it for the documentation where asked for. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import path from 'node:path'
import sharp from 'sharp'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { writeFocusStack } from './stack.ts'
import { Bench, Browsing, Serving, type WorkWindow } from './workstation.ts'

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** CELLBRUSH_SCREENS=1 writes the pictures into docs/screens; another value is the folder they go to. */
const { CELLBRUSH_SCREENS } = process.env
const SCREENS = CELLBRUSH_SCREENS === '1' ? path.resolve(import.meta.dirname, '../../docs/screens') : CELLBRUSH_SCREENS
const SIZES = SCREENS
  ? ([
      [1440, 900],
      [1024, 768],
    ] as const)
  : ([[1440, 900]] as const)

/** Of a network that learns nuclei in seconds. */
const QUICK = {
  'network.depth': 2,
  'network.baseWidth': 8,
  'optimization.patchPx': 128,
  'optimization.learningRate': 0.005,
  'optimization.validateEvery': 40,
}
const RUNS = [
  { name: 'First try', steps: 40, settings: { ...QUICK, 'optimization.learningRate': 0.001 } },
  { name: 'Small', steps: 200, settings: QUICK },
]

interface AxeFinding {
  id: string
  impact: string
  help: string
  nodes: { html: string; failureSummary: string }[]
}

/** How each view is reached from the Paint panel, and left again. */
const VIEWS: {
  name: string
  /** Not looked at in a small window. */
  isWideOnly?: boolean
  enter: (window: WorkWindow) => Promise<unknown>
  leave?: (window: WorkWindow) => Promise<unknown>
}[] = [
  {
    name: 'paint',
    enter: async ({ page }) => {
      await page.keyboard.press('1')
      await page.keyboard.press('Shift+W')
      await page.getByText('× ', { exact: false }).first().waitFor()
      await page.locator('.strip canvas').first().waitFor()
    },
    leave: ({ page }) => page.keyboard.press('Shift+W'),
  },
  {
    name: 'popover',
    isWideOnly: true,
    enter: ({ page }) => page.getByRole('button', { name: 'Overlays' }).click(),
    leave: ({ page }) => page.keyboard.press('Escape'),
  },
  {
    name: 'learn',
    enter: async ({ page }) => {
      await page.keyboard.press('2')
      await page.getByRole('button', { name: 'Small' }).first().click()
      await page.locator('.uplot canvas').waitFor()
    },
  },
  {
    name: 'learn-settings',
    enter: async ({ page }) => {
      await page.keyboard.press('2')
      const back = page.getByRole('button', { name: 'Back to a new run' })
      if (await back.isVisible()) await back.click()
      await page.getByRole('button', { name: 'All settings' }).click()
    },
  },
  {
    name: 'predict',
    enter: async (window) => {
      await openImage(window, 'IXMtest_L03_s2') // not painted: there is something to accept
      await window.page.keyboard.press('3')
      await window.page.getByRole('list', { name: 'Proposed objects by doubt' }).waitFor()
    },
    leave: (window) => openImage(window, 'IXMtest_A02_s1'),
  },
  {
    name: 'results',
    enter: async ({ page }) => {
      await page.keyboard.press('4')
      await page.getByRole('button', { name: 'Score the runs' }).click()
      await page.getByRole('button', { name: 'Score again' }).waitFor()
      await page.getByRole('list', { name: 'Mistakes by size' }).locator('button').first().click()
    },
  },
  {
    name: 'runs-compared',
    isWideOnly: true,
    enter: async ({ page }) => {
      for (const run of RUNS) await page.getByRole('checkbox', { name: `Compare ${run.name}` }).check()
    },
    leave: async ({ page }) => {
      for (const run of RUNS) await page.getByRole('checkbox', { name: `Compare ${run.name}` }).uncheck()
    },
  },
  {
    name: 'side-by-side',
    enter: async ({ page }) => {
      await page.keyboard.press('y')
      await page.locator('canvas[data-side="b"][data-state="ready"]').waitFor()
    },
    leave: ({ page }) => page.keyboard.press('Escape'),
  },
  {
    name: 'measurements',
    enter: async ({ page }) => {
      await page.keyboard.press('0')
      await page.getByText('Scatter', { exact: true }).click()
      const plot = page.getByRole('img', { name: / against / })
      await plot.scrollIntoViewIfNeeded()
      const { x, y, width, height } = (await plot.boundingBox())!
      await page.mouse.move(x + width * 0.15, y + height * 0.9)
      await page.mouse.down()
      await page.mouse.move(x + width * 0.6, y + height * 0.3)
      await page.mouse.up()
    },
    leave: ({ page }) => page.keyboard.press('Escape'),
  },
  {
    name: 'import',
    enter: async ({ page }) => {
      await page.keyboard.press('Control+i')
      await page.getByText('Masks that go with them').click()
    },
    leave: ({ page }) => page.keyboard.press('Escape'),
  },
  {
    name: 'export',
    enter: ({ page }) => page.keyboard.press('Control+e'),
    leave: ({ page }) => page.keyboard.press('Escape'),
  },
  { name: 'keys', enter: ({ page }) => page.keyboard.press('?'), leave: ({ page }) => page.keyboard.press('Escape') },
  {
    name: 'palette',
    enter: ({ page }) => page.keyboard.press('Control+k'),
    leave: ({ page }) => page.keyboard.press('Escape'),
  },
]

describe.skipIf(!chromiumPath())(`every view (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  const empty = bench.at('empty.cellbrush')
  const stack = bench.at('stack.cellbrush')
  let browsing: Browsing
  let serving: Serving
  let emptyServing: Serving
  let stackServing: Serving
  let window: WorkWindow | undefined

  beforeAll(async () => {
    if (SCREENS) mkdirSync(SCREENS, { recursive: true })
    bench.cellbrush('project', 'create', empty, '--name', 'New project')
    bench.cellbrush('project', 'create', bench.project, '--name', 'Nuclei', '--class', 'nucleus:#e69f00')
    const named = (name: string) => `${NUCLEI_IMAGES}/IXMtest_${name}.tif`
    bench.cellbrush(
      'import',
      bench.project,
      ...['A02_s1', 'B20_s2', 'D04_s9', 'F03_s5', 'I01_s4'].map(named),
      '--masks',
      NUCLEI_MASKS,
      '--complete',
    )
    bench.cellbrush('import', bench.project, ...['G13_s9', 'J15_s9', 'L03_s2'].map(named))
    for (const { name, steps, settings } of RUNS) {
      const set = Object.entries(settings).flatMap(([setting, value]) => ['--set', `${setting}=${value}`])
      bench.cellbrush('train', bench.project, '--steps', String(steps), '--name', name, ...set)
    }
    bench.cellbrush('project', 'create', stack, '--name', 'Through the focus', '--class', 'nucleus:#e69f00')
    await writeFocusStack(`${NUCLEI_IMAGES}/IXMtest_A02_s1.tif`, bench.at('focus.tif'))
    bench.cellbrush('import', stack, bench.at('focus.tif'))
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    emptyServing = await Serving.start(empty)
    stackServing = await Serving.start(stack)
    const { images } = await serving.ask('project.view', {})
    const { id } = await serving.ask('prediction.start', { imageIds: images.map(({ id }) => id) })
    const finished = async () => (await serving.ask('project.view', {})).predictions.find((of) => of.id === id)?.state
    await vi.waitUntil(async () => (await finished()) === 'finished', { timeout: 60_000, interval: 300 })
  }, 240_000)
  beforeEach(({ onTestFailed }) => onTestFailed(() => window?.picture('views')))
  afterEach(async () => {
    const complaints = window?.complaints ?? []
    await window?.close()
    window = undefined
    expect(complaints).toEqual([])
  })
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    await emptyServing?.stop()
    await stackServing?.stop()
    bench.remove()
  })

  for (const theme of ['dark', 'light'] as const) {
    for (const [width, height] of SIZES) {
      test(`nothing in any view keeps people out, ${theme}, ${width} x ${height}`, async () => {
        window = await browsing.open(serving.url, { width, height, theme })
        await window.settled()
        const found: string[] = []
        for (const { name, isWideOnly, enter, leave } of VIEWS) {
          if (isWideOnly && width !== SIZES[0][0]) continue
          await enter(window)
          await look(window, `${name}-${theme}-${width}`, found)
          await leave?.(window)
        }
        expect(found).toEqual([])
      })

      test(`an empty project is open to everybody, ${theme}, ${width} x ${height}`, async () => {
        window = await browsing.open(emptyServing.url, { width, height, theme })
        await window.page.getByText('Begin with a few images').waitFor()
        const found: string[] = []
        for (const [index, name] of ['paint', 'learn', 'predict', 'results'].entries()) {
          await window.page.keyboard.press(String(index + 1))
          await look(window, `empty-${name}-${theme}-${width}`, found)
        }
        expect(found).toEqual([])
      })
    }

    const [width, height] = SIZES[0]
    test(`a run under way is open to everybody, ${theme}`, async () => {
      window = await browsing.open(serving.url, { width, height, theme })
      await window.settled()
      const { id } = await serving.ask('training.start', {
        preset: 'fast',
        steps: 2000,
        name: 'Under way',
        settings: QUICK,
      })
      const { page } = window
      await page.keyboard.press('2')
      await page.locator('[data-error]').waitFor({ timeout: 60_000 })
      await page.locator('.uplot canvas').waitFor()
      const found: string[] = []
      await look(window, `training-${theme}-${width}`, found)
      await serving.ask('training.control', { action: 'stop' })
      const state = async () => (await serving.ask('project.view', {})).runs.find((run) => run.id === id)?.state
      await vi.waitUntil(async () => (await state()) === 'stopped', { timeout: 60_000, interval: 200 })
      await page.getByRole('button', { name: 'More about Under way' }).click()
      await page.getByRole('menuitem', { name: 'Discard …' }).click()
      await look(window, `discard-${theme}-${width}`, found)
      await page.getByRole('button', { name: 'Discard the run' }).click()
      await vi.waitUntil(async () => (await state()) === undefined, { timeout: 10_000, interval: 100 })
      expect(found).toEqual([])
    }, 150_000)

    test(`a stack, and a message of what cannot be, are open to everybody, ${theme}`, async () => {
      window = await browsing.open(stackServing.url, { width, height, theme })
      await window.settled()
      const { page } = window
      const found: string[] = []
      await page.keyboard.press('.')
      await page.keyboard.press('.')
      await window.settled()
      await look(window, `stack-${theme}-${width}`, found)
      await page.keyboard.press('t')
      await page.getByRole('alert').getByText('Training cannot start').waitFor()
      await look(window, `message-${theme}-${width}`, found)
      expect(found).toEqual([])
    })
  }
})

async function openImage(window: WorkWindow, name: string): Promise<void> {
  const row = window.page.getByRole('button', { name: `${name}, ` }).first()
  await row.click()
  await expect.poll(() => row.getAttribute('aria-current')).toBe('true')
  await row.evaluate((of) => (of as unknown as { blur(): void }).blur()) // no ring of the focus in the picture
  await window.settled()
}

/** Until nothing is being loaded any more, devices least of all, which takes seconds the first time. */
async function atRest(page: WorkWindow['page']): Promise<void> {
  const loading = page.locator('.skeleton').or(page.locator('footer').getByText('Looking at devices'))
  await expect.poll(() => loading.count(), { timeout: 30_000 }).toBe(0)
}

/** Judges what is on the screen by axe-core's rules, and pictures it where pictures are wanted. */
async function look({ page }: WorkWindow, name: string, found: string[]): Promise<void> {
  await page.mouse.move(3, 600)
  await atRest(page)
  await page.waitForTimeout(SCREENS ? 1200 : 300) // what appears by and by is there
  const isWanted = SCREENS && !(name.startsWith('empty') && name.endsWith('1024')) // much the same: the repository stays small
  if (isWanted)
    await sharp(await page.screenshot())
      .removeAlpha()
      .png({ compressionLevel: 9 })
      .toFile(path.join(SCREENS, `${name}.png`))
  await page.evaluate(AXE)
  const violations = (await page.evaluate(
    'axe.run(document, { resultTypes: ["violations"] }).then((of) => of.violations)',
  )) as AxeFinding[]
  for (const { id, impact, help, nodes } of violations) {
    if (impact !== 'serious' && impact !== 'critical' && id !== 'heading-order') continue
    for (const { html } of nodes) found.push(`${name}: ${id} (${help}): ${html.slice(0, 200)}`)
  }
}
