/** Images come in, a cell and a boundary are painted with the mouse, the weight map follows. */
import path from 'node:path'
import { decode } from 'fast-png'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { rampColours } from '../../src-renderer/annotator/ramps.ts'
import { imageTileUrl } from '../../src-shared/data-urls.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { partsOf, underBrush, weightsOf } from './brute-force.ts'
import type { Desk, Shell } from './desk.ts'
import { fiveImages } from './pictures.ts'
import { inEachShell } from './shells.ts'
import { Bench, type LabelMap, type Placement, type Point, planeOf, type WorkWindow } from './workstation.ts'

/** Strokes are stored in 64ths of a pixel. */
const stored = ({ x, y }: Point): Point => ({ x: Math.round(x * 64) / 64, y: Math.round(y * 64) / 64 })

/** Whole pixels of the screen, as a mouse has them. */
const onScreen = (at: Placement, points: readonly Point[]): Point[] =>
  points.map((point) => {
    const { x, y } = at.toScreen(point)
    return { x: Math.round(x), y: Math.round(y) }
  })

const arc = (centre: Point, radiusPx: number, from: number, to: number, count = 24): Point[] =>
  Array.from({ length: count }, (_, index) => {
    const angle = from + ((to - from) * index) / (count - 1)
    return { x: centre.x + radiusPx * Math.cos(angle), y: centre.y + radiusPx * Math.sin(angle) }
  })

const objectsOf = ({ labels }: LabelMap): number[] =>
  [...new Set(labels)].filter((label) => label >= LABEL.firstObject).sort((a, b) => a - b)

inEachShell('painting', painting)

function painting({ open }: Shell): void {
  let bench: Bench
  let desk: Desk
  let window: WorkWindow
  let imageId: number
  let at: Placement

  const storedLabels = async () => {
    await window.painted()
    return desk.labels(planeOf(imageId))
  }
  /** Draws through points of the plane; answers the path as the stroke has it. */
  const paint = async (points: readonly Point[]): Promise<Point[]> => {
    const path = onScreen(at, points)
    await window.drag(path, { steps: 1 })
    await window.painted()
    return path.map(at.toPlane).map(stored)
  }

  beforeAll(async () => {
    bench = new Bench()
    bench.cellbrush('project', 'create', bench.project, '--name', 'Slices')
    desk = await open(bench.project)
    window = desk.window
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('painting')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await desk?.close()
    bench.remove()
  })

  test('an empty project says what to do, and five images come in through the dialog', async () => {
    const { page } = window
    await page.getByText('Begin with a few images').waitFor()
    await page.getByRole('button', { name: 'Import images' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await desk.chooseFiles(fiveImages(), () => dialog.getByText('Choose files').first().click())
    await dialog.getByRole('button', { name: 'Import 5 files' }).click()
    await dialog.waitFor({ state: 'detached' })
    await window.settled()
    expect(
      await page
        .getByRole('list', { name: 'Images' })
        .getByRole('button', { name: /teaches/ })
        .count(),
    ).toBe(5)
    const { images } = await desk.ask('project.view', {})
    const names = fiveImages().map((file) => path.parse(file).name)
    expect(images.map(({ name }) => name).sort()).toEqual(names.sort())
    const shown = images.find(({ name }) => name === names[0])!
    imageId = shown.id
    await page.getByRole('button', { name: `${shown.name}, teaches` }).click()
    at = await window.fitted(shown)
    const middle = at.toScreen({ x: 100.5, y: 60.5 })
    await page.mouse.move(middle.x, middle.y)
    expect(await window.place()).toEqual({ x: 100, y: 60 })
  })

  test('the stored label map of a painted cell is the path of the mouse widened by the brush, pixel by pixel', async () => {
    await window.page.keyboard.press('b')
    await window.setNumber('Size', 45)
    const path = await paint([...arc({ x: 140, y: 150 }, 30, 0, 5), { x: 140, y: 150 }])
    const map = await storedLabels()
    const [cell, ...others] = objectsOf(map)
    expect(others).toEqual([])
    const differing = underBrush(map, path, 22.5).filter(
      (isCovered, index) => isCovered !== undefined && map.labels[index] !== (isCovered ? cell : 0),
    )
    expect(differing).toHaveLength(0)
    expect(map.labels.filter((label) => label === cell).length).toBeGreaterThan(3000)
  })

  test('a boundary painted through the cell is stored where the mouse went and splits it in two', async () => {
    const before = await storedLabels()
    const [cell] = objectsOf(before)
    await window.page.keyboard.press('d')
    await window.setNumber('Size', 5)
    const path = await paint([
      { x: 150, y: 90 },
      { x: 152, y: 150 },
      { x: 146, y: 210 },
    ])
    const after = await storedLabels()
    const [first, second, ...others] = objectsOf(after)
    expect([first, others]).toEqual([cell, []])
    for (const [index, isCovered] of underBrush(after, path, 2.5).entries()) {
      if (isCovered === undefined) continue
      const label = after.labels[index]!
      if (isCovered) expect(label).toBe(LABEL.boundary)
      else if (before.labels[index] === 0) expect(label).toBe(0)
      else expect([first, second]).toContain(label)
    }
    expect([partsOf(after, first!), partsOf(after, second!)]).toEqual([1, 1])
    const area = (id: number) => after.labels.filter((label) => label === id).length
    expect(area(first!)).toBeGreaterThan(area(second!))
  })

  test('undo and redo go back and forth, also after the server was started again', async () => {
    const both = await storedLabels()
    await window.page.keyboard.press('Control+z')
    await expect.poll(async () => objectsOf(await storedLabels()).length).toBe(1)
    const one = await storedLabels()
    await window.page.keyboard.press('Control+Shift+z')
    await expect.poll(async () => objectsOf(await storedLabels()).length).toBe(2)
    expect(await storedLabels()).toEqual(both)

    window = await desk.restart()
    await window.settled()
    await window.page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await storedLabels()).labels).toEqual(one.labels)
    await window.page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => new Set((await storedLabels()).labels)).toEqual(new Set([0]))
    for (let step = 0; step < 2; step++) {
      await window.page.getByRole('button', { name: 'Redo' }).click()
      await window.painted()
    }
    await expect.poll(async () => (await storedLabels()).labels).toEqual(both.labels)
  })

  test('the weight map shows what equation 2 gives for every pixel, and follows a stroke', async () => {
    const { page } = window
    at = await window.fitted(await storedLabels())
    for (const _ of [1, 2]) await page.getByRole('button', { name: 'Undo' }).click()
    await page.keyboard.press('b')
    await window.setNumber('Size', 30)
    await paint([
      { x: 100, y: 100 },
      { x: 100, y: 150 },
    ])
    await chooseLabel('Background')
    await window.setNumber('Size', 90)
    await page.getByRole('button', { name: 'Protect other objects' }).click()
    await paint([
      { x: 110, y: 110 },
      { x: 130, y: 140 },
    ])
    await chooseLabel('cell')
    await window.setNumber('Size', 30)
    await page.getByRole('button', { name: 'Protect other objects' }).click()
    await showOnlyWeights()
    const w0 = 8
    await window.setNumber('Border w₀', w0)
    await compareWeights(w0)
    const [before] = await weightOfGap()
    await paint([
      { x: 136, y: 100 },
      { x: 137, y: 150 },
    ])
    await compareWeights(w0)
    const [after] = await weightOfGap()
    expect(after! / before!).toBeGreaterThan(2)
  })

  async function chooseLabel(name: string): Promise<void> {
    await window.page.getByRole('button', { name: 'What is painted' }).click()
    await window.page
      .getByRole('button', { name: new RegExp(`^${name}`) })
      .last()
      .click()
  }

  async function showOnlyWeights(): Promise<void> {
    const { page } = window
    await page.keyboard.press('Shift+W')
    await page.getByRole('button', { name: 'Overlays' }).click()
    await page.getByRole('switch', { name: 'Labels' }).click()
    await page.keyboard.press('Escape')
    await page.keyboard.press('c')
    await window.setNumber('Window', 255)
    await window.setNumber('Level', 127.5)
    await page.keyboard.press('Escape')
  }

  /** w of the pixel between the two cells, as the status bar tells it. */
  async function weightOfGap(): Promise<number[]> {
    const { x, y } = at.toScreen({ x: 118.5, y: 125.5 })
    await window.page.mouse.move(x, y)
    const text = await window.page
      .locator('footer')
      .getByText(/^weight/)
      .textContent()
    return [Number.parseFloat(text!.replace('weight', ''))]
  }

  /** Every pixel of the screen that shows the plane against the weight of the pixel under it. */
  async function compareWeights(w0: number): Promise<void> {
    const { page } = window
    const map = await storedLabels()
    const counted = await desk.ask('training.classWeights', { preset: 'fast', seed: 1, validationShare: 0.15 })
    const classes = counted.weights as [number, number]
    const weights = weightsOf(map, { w0, sigmaPx: 5, classes })
    const told = page.getByRole('list', { name: 'Class weights of the training set' })
    for (const wc of classes)
      await told
        .getByText(`× ${Number(wc.toPrecision(3))}`)
        .first()
        .waitFor()
    await page.mouse.move(5, 500)
    const grey = await greyValues(map)
    const most = Math.max(classes[0] + w0, ...classes, 1)
    const ramp = rampColours('viridis')
    const { low, high } = await displayed()
    const expected = (index: number): number[] => {
      const shade = Math.min(1, Math.max(0, (grey[index]! - low) / (high - low))) * 255
      const weight = weights[index]!
      if (Number.isNaN(weight)) return [shade, shade, shade]
      const colour = Math.round((weight / most) * 255) * 4
      return [0, 1, 2].map((channel) => 0.3 * shade + 0.7 * ramp[colour + channel]!)
    }
    await expect.poll(() => worstPixel(map, expected), { timeout: 10_000, interval: 300 }).toBeLessThanOrEqual(4)
  }

  /** Largest difference of a shown pixel to what it should be, over all channels; what lies over the plane is left out. */
  async function worstPixel(map: LabelMap, expected: (index: number) => number[]): Promise<number> {
    const covered = await window.page.locator('section.plane .glass, section.plane .corner').all()
    const boxes = (await Promise.all(covered.map((of) => of.boundingBox()))).flatMap((box) => box ?? [])
    const isCovered = (x: number, y: number) =>
      boxes.some((box) => x >= box.x - 2 && y >= box.y - 2 && x < box.x + box.width + 2 && y < box.y + box.height + 2)
    const shown = decode(await window.page.screenshot())
    const [from, to] = [at.toScreen({ x: 0, y: 0 }), at.toScreen({ x: map.width, y: map.height })]
    let worst = 0
    for (let y = Math.ceil(from.y); y < Math.floor(to.y); y++) {
      for (let x = Math.ceil(from.x); x < Math.floor(to.x); x++) {
        const point = at.toPlane({ x: x + 0.5, y: y + 0.5 })
        if (isBorder(point.x) || isBorder(point.y) || isCovered(x, y)) continue
        const wanted = expected(Math.floor(point.y) * map.width + Math.floor(point.x))
        for (let channel = 0; channel < 3; channel++) {
          const found = shown.data[(y * shown.width + x) * shown.channels + channel]!
          worst = Math.max(worst, Math.abs(found - wanted[channel]!))
        }
      }
    }
    return worst
  }

  /** So near to the edge between two pixels that rounding decides which is shown. */
  const isBorder = (place: number): boolean => Math.abs(place - Math.round(place)) < 0.01

  async function displayed(): Promise<{ low: number; high: number }> {
    const { page } = window
    await page.keyboard.press('c')
    const [width, level] = await Promise.all(
      ['Window', 'Level'].map(async (name) => {
        const text = await page.getByRole('textbox', { name: `${name}, as a number` }).inputValue()
        return text.replaceAll(',', '')
      }),
    )
    await page.keyboard.press('Escape')
    return { low: Number(level) - Number(width) / 2, high: Number(level) + Number(width) / 2 }
  }

  /** Stored values of the first image. */
  async function greyValues({ width, height }: LabelMap): Promise<Uint8Array | Uint16Array> {
    const { images } = await desk.ask('project.view', {})
    const { sampleType } = images.find(({ id }) => id === imageId)!
    const values = sampleType === 'uint16' ? new Uint16Array(width * height) : new Uint8Array(width * height)
    for (let ty = 0; ty * 256 < height; ty++) {
      for (let tx = 0; tx * 256 < width; tx++) {
        const bytes = await desk.data(imageTileUrl(imageId, 0, 0, { level: 0, tx, ty }))
        for (let y = 0; y < 256 && ty * 256 + y < height; y++) {
          for (let x = 0; x < 256 && tx * 256 + x < width; x++) {
            const place = y * 256 + x
            values[(ty * 256 + y) * width + tx * 256 + x] =
              sampleType === 'uint16' ? bytes.readUInt16LE(place * 2) : bytes[place]!
          }
        }
      }
    }
    return values
  }
}
