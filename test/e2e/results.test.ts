/** Results: what two runs got wrong, the two side by side, their scores, and cells selected by what is measured of them. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { PredictionView } from '../../src-shared/api.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { type Judged, judgedByHand, pixelsOf, predictedMap, storedValues } from './judged-by-hand.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { Bench, Browsing, type LabelMap, planeOf, Serving, type WorkWindow } from './workstation.ts'

const SMALL = ['network.depth=2', 'network.baseWidth=8', 'optimization.patchPx=128', 'optimization.learningRate=0.005']

/** What is read of an element in the page. */
interface Row {
  dataset: Record<string, string | undefined>
}

interface Canvas {
  width: number
  clientWidth: number
}

interface Measured {
  id: number
  areaPx: number
  intensity: number
}

describe.skipIf(!chromiumPath())(`results in a browser (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow
  let imageId: number
  let painted: LabelMap
  let late: Awaited<ReturnType<typeof predictedMap>>
  let judged: Judged
  let cells: Measured[]

  beforeAll(async () => {
    bench.cellbrush('project', 'create', bench.project, '--name', 'Nuclei', '--class', 'nucleus:#e69f00')
    const images = ['IXMtest_A02_s1', 'IXMtest_B20_s2'].map((name) => `${NUCLEI_IMAGES}/${name}.tif`)
    bench.cellbrush('import', bench.project, ...images, '--masks', NUCLEI_MASKS, '--complete')
    const settings = SMALL.flatMap((setting) => ['--set', setting])
    bench.cellbrush('train', bench.project, '--steps', '30', '--name', 'Early', ...settings)
    bench.cellbrush('train', bench.project, '--steps', '120', '--name', 'Late', ...settings)
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    const project = await serving.ask('project.view', {})
    imageId = project.images[0]!.id
    for (const name of ['Early', 'Late']) await predict(project.runs.find((run) => run.name === name)!.id)

    painted = await serving.labels(planeOf(imageId))
    late = await predictedMap(serving, await predictionOf('Late'), imageId, painted)
    judged = judgedByHand(painted, late.labels)
    const values = await storedValues(serving, imageId)
    cells = [...pixelsOf(painted.labels, LABEL.firstObject)].map(([id, pixels]) => ({
      id,
      areaPx: pixels.size,
      intensity: [...pixels].reduce((sum, at) => sum + values[at]!, 0) / pixels.size,
    }))
    window = await browsing.open(serving.url)
    await window.settled()
    await window.page.keyboard.press('4')
    await window.page.getByRole('list', { name: 'Mistakes by size' }).waitFor()
  }, 240_000)
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('results')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  async function predict(run: string): Promise<void> {
    const { images } = await serving.ask('project.view', {})
    const { id } = await serving.ask('prediction.start', { run, imageIds: images.map((image) => image.id) })
    const state = async () => (await serving.ask('project.view', {})).predictions.find((of) => of.id === id)?.state
    await vi.waitUntil(async () => (await state()) === 'finished', { timeout: 60_000, interval: 200 })
  }

  async function predictionOf(name: string): Promise<PredictionView> {
    const { runs, predictions } = await serving.ask('project.view', {})
    return predictions.find(({ runId }) => runId === runs.find((run) => run.name === name)!.id)!
  }

  const panel = () => window.page.getByRole('tabpanel')
  const middle = async (selector: string) => {
    const box = (await window.page.locator(selector).boundingBox())!
    return { x: box.x + box.width / 2, y: box.y + box.height / 2, box }
  }

  /** All rows of a list that shows only those in sight, by what `read` gives of a row. */
  async function rowsOf(list: string, read: (row: Row) => string): Promise<string[]> {
    const found = new Set<string>()
    const place = window.page.getByRole('list', { name: list })
    const count = Number(await place.locator('li[aria-setsize]').first().getAttribute('aria-setsize'))
    await place.evaluate((of) => of.scrollTo(0, 0))
    while (found.size < count) {
      const texts = await place.locator('button').evaluateAll((rows, of) => {
        const reader = new Function(`return ${of}`)() as (row: unknown) => string
        return rows.map(reader)
      }, String(read))
      for (const text of texts) found.add(text)
      // Down to the end and from the top again: rows come a moment after the scrolling.
      await place.evaluate((of) => {
        const isEnd = of.scrollTop + of.clientHeight >= of.scrollHeight - 1
        of.scrollTo(0, isEnd ? 0 : of.scrollTop + 100)
      })
      await window.page.waitForTimeout(30)
    }
    await place.evaluate((of) => of.scrollTo(0, 0))
    return [...found]
  }
  const selectedIds = async () =>
    (await rowsOf('Selected cells', (row) => row.dataset.cell!)).map(Number).sort((a, b) => a - b)
  const ends = async (labels: readonly string[]): Promise<number[]> => {
    const fields = labels.map((label) => panel().getByRole('textbox', { name: new RegExp(`^${label}, as a number`) }))
    return Promise.all(fields.map(async (field) => Number((await field.inputValue()).replaceAll(',', ''))))
  }
  const idsBetween = (from: number, to: number, of: (cell: Measured) => number) =>
    cells
      .filter((cell) => of(cell) >= from && of(cell) <= to)
      .map(({ id }) => id)
      .sort((a, b) => a - b)

  test('the mistakes are those of trying every pair of objects; a click and N bring them into view, coloured', async () => {
    const { page } = window
    const rows = await rowsOf('Mistakes by size', (row) => {
      const { kind, truth, prediction } = row.dataset
      const sorted = (ids: string | undefined) =>
        ids!
          .split(',')
          .filter(Boolean)
          .map(Number)
          .sort((a, b) => a - b)
          .join()
      return `${kind} ${sorted(truth)} - ${sorted(prediction)}`.replace(/ +/g, ' ').trim()
    })
    expect(rows.sort()).toEqual(judged.mistakes)
    expect(judged.mistakes.length).toBeGreaterThan(1)

    const list = page.getByRole('list', { name: 'Mistakes by size' })
    // Fitted, all is seen, and a click on a mistake moves nothing.
    await page.keyboard.press('0')
    const fitted = await page.locator('.percent').textContent()
    const first = list.locator('button').first()
    await first.click()
    const { x, y } = await middle('section.plane')
    await page.mouse.move(x, y)
    await expect.poll(async () => Math.abs((await window.place()).x - painted.width / 2)).toBeLessThanOrEqual(1)
    expect(Math.abs((await window.place()).y - painted.height / 2)).toBeLessThanOrEqual(1)
    expect(await page.locator('.percent').textContent()).toBe(fitted)

    for (let step = 0; step < 4; step++) await page.keyboard.press('+')
    await page.mouse.move(3, 600)
    await first.click()
    const places: string[] = []
    /** How far the chosen mistake is from the middle of what is seen, in shares of half the canvas: below 1, it is seen. */
    const look = async () => {
      const { x, y, box } = await middle('section.plane')
      await page.mouse.move(x, y)
      const place = (await list.locator('[aria-pressed="true"] .place').textContent())!.slice(3)
      const [px, py] = place.split(', ').map(Number)
      const zoom = Number.parseInt((await page.locator('.percent').textContent())!, 10) / 100
      await expect
        .poll(async () => {
          const seen = await window.place()
          return Math.max(Math.abs(seen.x - px!) / (box.width / 2), Math.abs(seen.y - py!) / (box.height / 2)) * zoom
        })
        .toBeLessThan(1)
      places.push(place)
    }
    await look()
    await expect.poll(() => marksShown()).toBeGreaterThan(20)
    await page.keyboard.press('n')
    await look()
    await page.keyboard.press('Shift+N')
    await look()
    expect(places[1]).not.toBe(places[0])
    expect(places[2]).toBe(places[0])

    await page.getByText('Mark them in the plane').click()
    await expect.poll(() => marksShown()).toBe(0)
    await page.getByText('Mark them in the plane').click()
    const kind = page.getByRole('group', { name: 'Kinds of mistakes that are listed' }).getByRole('button').first()
    await kind.click()
    await expect.poll(() => list.locator('[data-kind="missed"]').count()).toBe(0)
    await kind.click()
  })

  /** Pixels of the outlines of marks. */
  const marksShown = () =>
    window.page.locator('.marks canvas').evaluateAll((canvases) =>
      (
        canvases as unknown as {
          width: number
          height: number
          getContext(kind: '2d'): { getImageData(...of: number[]): { data: Uint8ClampedArray } }
        }[]
      )
        .filter(({ width, height }) => width * height > 0)
        .map((canvas) => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data)
        .reduce((sum, data) => sum + data.filter((value, at) => at % 4 === 3 && value === 255).length, 0),
    )

  /** The rectangle of a pane that has something drawn in it, in pixels of the canvas. */
  const drawnIn = (side: string) =>
    window.page.locator(`canvas[data-side="${side}"]`).evaluate((of) => {
      const canvas = of as unknown as {
        width: number
        height: number
        getContext(kind: '2d'): { getImageData(...of: number[]): { data: Uint8ClampedArray } }
      }
      const { width, height } = canvas
      const { data } = canvas.getContext('2d').getImageData(0, 0, width, height)
      const found = { width, height, left: width, right: 0, top: height, bottom: 0 }
      for (let at = 0; at < width * height; at++) {
        if (data[at * 4 + 3] === 0) continue
        const [x, y] = [at % width, Math.floor(at / width)]
        found.left = Math.min(found.left, x)
        found.right = Math.max(found.right, x + 1)
        found.top = Math.min(found.top, y)
        found.bottom = Math.max(found.bottom, y + 1)
      }
      return found
    })

  test('two maps side by side move as one: wheel and drag in either, the crosshair in both', async () => {
    const { page } = window
    // Open already where this is tried again.
    if ((await page.locator('.comparison').count()) === 0) await page.keyboard.press('y')
    const pictureOf = (side: string) =>
      page
        .locator(`canvas[data-side="${side}"]`)
        .evaluate((of) => (of as unknown as { toDataURL(): string }).toDataURL())
    const bothSame = async () => {
      await expect.poll(async () => (await pictureOf('a')) === (await pictureOf('b'))).toBe(true)
      return pictureOf('a')
    }
    // Opened, each shows all of the plane: 94 % of the side that is the shorter one for it.
    for (const side of ['a', 'b']) {
      await page.locator(`canvas[data-side="${side}"][data-state="ready"]`).waitFor()
      const offPx = async () => {
        const { width, height, left, right, top, bottom } = await drawnIn(side)
        const share = Math.min(width / painted.width, height / painted.height) * 0.94
        return Math.max(Math.abs(right - left - painted.width * share), Math.abs(bottom - top - painted.height * share))
      }
      await expect.poll(offPx).toBeLessThan(3)
      const { left, top } = await drawnIn(side)
      expect(Math.min(left, top)).toBeGreaterThan(0)
    }
    await expect.poll(async () => (await pictureOf('a')) === (await pictureOf('b'))).toBe(false)
    const choose = (letter: string, name: string) =>
      page.getByRole('combobox', { name: `What ${letter} shows` }).selectOption({ label: name })
    await choose('B', 'Painted')
    await page.getByRole('heading', { name: 'Side by side' }).click()
    await page.keyboard.press('0')
    const pictures = [await bothSame()]

    const pane = (side: string) => middle(`canvas[data-side="${side}"]`)
    const [a, b] = [await pane('a'), await pane('b')]
    await page.mouse.move(a.x + 40, a.y - 30)
    await page.mouse.wheel(0, -600)
    await page.mouse.wheel(0, -600)
    pictures.push(await bothSame())
    await window.drag([b, { x: b.x - 70, y: b.y + 50 }])
    pictures.push(await bothSame())
    expect(new Set(pictures).size).toBe(3)

    // Where the pointer is after that, by the plane's own arithmetic.
    const fit = Math.min((a.box.width * 0.94) / painted.width, (a.box.height * 0.94) / painted.height)
    const zoom = fit * Math.exp(2 * 240 * 0.0015)
    const planeAt = (x: number, y: number) => {
      const at = (size: number, point: number, fixed: number, moved: number) =>
        size / 2 + fixed / fit + (point - moved - fixed) / zoom
      return {
        x: Math.floor(at(painted.width, x - b.x, 40, -70)),
        y: Math.floor(at(painted.height, y - b.y, -30, 50)),
      }
    }
    await choose('B', 'Late')
    await page.locator('canvas[data-side="b"][data-state="ready"]').waitFor()
    const seen = new Set<string>()
    for (const [dx, dy] of [
      [-90, -120],
      [0, 0],
      [60, 90],
      [110, -60],
      [-40, 30],
    ] as const) {
      await page.mouse.move(b.x + dx, b.y + dy)
      const { x, y } = planeAt(b.x + dx, b.y + dy)
      const index = y * painted.width + x
      const [below, predicted] = await page.locator('.pane .under').allInnerTexts()
      const [label, object] = [painted.labels[index]!, late.labels[index]!]
      expect(below).toBe(label >= LABEL.firstObject ? `nucleus ${label}` : 'background')
      expect(predicted).toBe(object > 0 ? `object ${object}` : 'background')
      seen.add(`${below} ${predicted}`)
      const lines = await page
        .locator('.picture .across')
        .evaluateAll((of) => of.map((line) => (line as unknown as { style: { top: string } }).style.top))
      expect(lines).toHaveLength(2)
      expect(lines[0]).toBe(lines[1])
    }
    expect(seen.size).toBeGreaterThan(1)

    await page.keyboard.press('n')
    await expect.poll(() => pictureOf('a')).not.toBe(pictures[2])
    await page.keyboard.press('Escape')
    await page.locator('.comparison').waitFor({ state: 'detached' })
  })

  test('a histogram selects the cells of a range, by its sliders and by a brush, and Escape clears', async () => {
    const { page } = window
    const areas = cells.map(({ areaPx }) => areaPx).sort((a, b) => a - b)
    const [from, to] = [areas[3]!, areas[8]!]
    await window.setNumber('From', from)
    await window.setNumber('To', to)
    const [low, high] = (await ends(['From', 'To'])) as [number, number]
    const expected = idsBetween(low, high, ({ areaPx }) => areaPx)
    expect(expected.length).toBeGreaterThan(2)
    expect(await selectedIds()).toEqual(expected)
    expect(await page.getByText(`${expected.length} cells selected`).count()).toBe(1)
    // The marks of mistakes are away meanwhile: they would look like another kind of selection.
    await expect.poll(() => page.locator('.marks canvas').count()).toBe(1)
    await page.getByRole('heading', { name: 'Measurements' }).click()
    await page.keyboard.press('Escape')
    await page.getByText('Drag over the plot').waitFor()

    await panel().getByRole('combobox', { name: 'Of', exact: true }).selectOption('intensity')
    const plot = (await page.getByRole('img', { name: /^Histogram of Mean intensity/ }).boundingBox())!
    await window.drag([
      { x: plot.x + plot.width * 0.2, y: plot.y + 40 },
      { x: plot.x + plot.width * 0.45, y: plot.y + 60 },
    ])
    const [brushedLow, brushedHigh] = (await ends(['From', 'To'])) as [number, number]
    const brushed = idsBetween(brushedLow, brushedHigh, ({ intensity }) => intensity)
    expect(brushed.length).toBeGreaterThan(1)
    expect(brushed.length).toBeLessThan(cells.length)
    expect(await selectedIds()).toEqual(brushed)
    await page.keyboard.press('Escape')
    await page.getByText('Drag over the plot').waitFor()
  })

  test('a rectangle in the scatter plot selects the cells inside it', async () => {
    const { page } = window
    await panel().getByText('Scatter', { exact: true }).click()
    await panel().getByRole('combobox', { name: 'Across', exact: true }).selectOption('area')
    await panel().getByRole('combobox', { name: 'Up', exact: true }).selectOption('intensity')
    const field = page.getByRole('img', { name: /^Mean intensity against Area/ })
    await field.scrollIntoViewIfNeeded()
    const plot = (await field.boundingBox())!
    await window.drag([
      { x: plot.x + plot.width * 0.1, y: plot.y + plot.height * 0.95 },
      { x: plot.x + plot.width * 0.6, y: plot.y + plot.height * 0.4 },
    ])
    const [a, b, c, d] = await ends(['Area from', 'Area to', 'Mean intensity from', 'Mean intensity to'])
    const inside = cells
      .filter(({ areaPx, intensity }) => areaPx >= a! && areaPx <= b! && intensity >= c! && intensity <= d!)
      .map(({ id }) => id)
      .sort((one, other) => one - other)
    expect(inside.length).toBeGreaterThan(1)
    expect(inside.length).toBeLessThan(cells.length)
    expect(await selectedIds()).toEqual(inside)
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  test('on a screen of another scale points, marks and panes are drawn at that scale', async () => {
    const { page } = window
    const screen = await page.context().newCDPSession(page)
    /** A row less of the page for every scale: without it, the browser that plays this tells nobody of the scale. */
    const moveTo = (deviceScaleFactor: number) => {
      const size = { width: 1440, height: 901 - deviceScaleFactor }
      return screen.send('Emulation.setDeviceMetricsOverride', { ...size, deviceScaleFactor, mobile: false })
    }
    /** Pixels of each canvas to one of the page. */
    const ratios = (canvases: string) =>
      page
        .locator(canvases)
        .evaluateAll((all: Canvas[]) => all.map((of) => Math.round((of.width / of.clientWidth) * 10) / 10))
    const drawnAt = (canvases: string, expected: number[]) => expect.poll(() => ratios(canvases)).toEqual(expected)

    await panel().getByText('Scatter', { exact: true }).click()
    const points = page.locator('.field-of-points')
    await points.scrollIntoViewIfNeeded()
    const field = (await points.boundingBox())!
    await window.drag([
      { x: field.x + field.width * 0.1, y: field.y + field.height * 0.95 },
      { x: field.x + field.width * 0.6, y: field.y + field.height * 0.4 },
    ])
    const seen = '.field-of-points canvas, .marks canvas'
    await drawnAt(seen, [1, 1])
    await moveTo(2)
    await drawnAt(seen, [2, 2])
    await page.keyboard.press('y')
    await drawnAt('canvas[data-side]', [2, 2])
    await moveTo(1)
    await drawnAt('canvas[data-side]', [1, 1])
    await page.keyboard.press('Escape')
    await drawnAt(seen, [1, 1])
    await page.getByRole('button', { name: 'Clear' }).click()
    await screen.detach()
  })

  test('runs are scored on the planes that are painted', async () => {
    const { page } = window
    await page.getByRole('button', { name: 'Score the runs' }).click()
    const row = panel().getByRole('row', { name: /Late.*2 planes/ })
    await row.waitFor({ timeout: 30_000 })
    await page.getByRole('button', { name: 'Score again' }).waitFor()
    const { images } = await serving.ask('project.view', {})
    const other = images.find(({ id }) => id !== imageId)!.id
    const otherMap = await serving.labels(planeOf(other))
    const otherPrediction = await predictedMap(serving, await predictionOf('Late'), other, otherMap)
    const together = [judged, judgedByHand(otherMap, otherPrediction.labels)]
    const [matches, objects] = [0, 1].map((index) => together.reduce((sum, of) => sum + of.counts[index]!, 0))
    const shown = await row.getByRole('cell').first().textContent()
    expect(shown).toBe(((2 * matches!) / objects!).toFixed(2))
  })
})
