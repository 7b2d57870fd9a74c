/** What is painted while there is nobody to store it. */
import { cpSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { LABEL } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER } from '../../src-shared/planes.ts'
import { underBrush } from './brute-force.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { Hand } from './hand.ts'
import { STACK, writeStack } from './stack.ts'
import { Bench, Browsing, type LabelMap, type Point, planeOf, Serving, WorkWindow } from './workstation.ts'

const RADIUS_PX = 8

describe.skipIf(!chromiumPath())(`a lost connection (skipped where ${WITHOUT_CHROMIUM})`, () => {
  let bench: Bench
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow
  let hand: Hand
  let imageId: number

  beforeAll(async () => {
    bench = new Bench()
    writeStack(bench.at('stack.tif'))
    bench.cellbrush('project', 'create', bench.project)
    writeStack(bench.at('two.tif'), 60)
    bench.cellbrush('import', bench.project, bench.at('stack.tif'), bench.at('two.tif'))
    browsing = await Browsing.start()
    serving = await serve()
    window = await browsing.open(serving.url)
    await window.settled()
    imageId = (await serving.ask('project.view', {})).images[0]!.id
    hand = await Hand.over(window, STACK)
    await window.page.keyboard.press('b')
    await window.setNumber('Size', 2 * RADIUS_PX)
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('outbox')))
  afterEach(() => expect(window.complaintsButOfTheLine).toEqual([]))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  const serve = (port = 0, key = 'key', project = bench.project) =>
    Serving.start(project, port, ['--token-file', bench.at(key)])
  const unsaved = (count: number) => window.page.getByText(`${count} strokes unsaved`).waitFor()

  /** Strokes next to each other, without waiting for anybody. */
  async function paint(y: number, count: number): Promise<Point[][]> {
    const paths: Point[][] = []
    for (let index = 0; index < count; index++) {
      const path = [
        { x: 20 + 40 * index, y },
        { x: 36 + 40 * index, y: y + 6 },
      ]
      await window.drag(
        path.map((point) => hand.aim(point)),
        { steps: 1 },
      )
      paths.push(path.map((point) => hand.hit(point)))
    }
    return paths
  }

  /** Each stroke is there once, as an object of its own, where the mouse was. */
  async function requireOnce(paths: readonly Point[][], isNew: (map: LabelMap, at: number) => boolean): Promise<void> {
    const map = await serving.labels(planeOf(imageId))
    const ids = new Set<number>()
    for (const path of paths) {
      const covered = underBrush(map, path, RADIUS_PX)
      const labels = new Set(covered.flatMap((isIn, at) => (isIn ? [map.labels[at]!] : [])))
      expect(labels.size).toBe(1)
      const [id] = labels
      expect(id).toBeGreaterThanOrEqual(LABEL.firstObject)
      ids.add(id!)
      for (const [at, isIn] of covered.entries()) if (isIn === false) expect(map.labels[at] === id).toBe(false)
    }
    expect(ids.size).toBe(paths.length)
    expect(new Set([...map.labels].filter((label, at) => label > 0 && isNew(map, at)))).toEqual(ids)
  }
  const isAbove = (y: number) => (map: LabelMap, at: number) => at < y * map.width

  test('strokes painted while the server is dead wait in the window, and each arrives once when it is back', async () => {
    await serving.stop('SIGKILL')
    await window.page.getByText('Connecting again …').waitFor()
    const paths = await paint(30, 3)
    await unsaved(3)
    serving = await serve(serving.port)
    await window.painted()
    await requireOnce(paths, isAbove(60))
    expect((await serving.ask('plane.view', { plane: planeOf(imageId) })).undo).toBe(3)
    await window.page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(async () => (await serving.ask('plane.view', { plane: planeOf(imageId) })).undo).toBe(2)
    await window.page.getByRole('button', { name: 'Redo' }).click()
    await expect.poll(async () => (await serving.ask('plane.view', { plane: planeOf(imageId) })).undo).toBe(3)
  })

  test('a stroke whose answer is lost is sent again and not painted again: what was taken back meanwhile stays so', async () => {
    const page = await browsing.page()
    const sent: number[] = []
    const isBack = Promise.withResolvers<void>()
    let isLost = false
    await page.routeWebSocket(/\/api/, async (socket) => {
      if (isLost) await isBack.promise
      const server = socket.connectToServer()
      socket.onMessage((text) => {
        const { id, method } = JSON.parse(String(text))
        if (method === 'plane.stroke') sent.push(id)
        server.send(text)
      })
      server.onMessage((text) => {
        if (isLost || !sent.includes(JSON.parse(String(text)).id)) return socket.send(text)
        isLost = true
        void socket.close({ code: 1001, reason: 'on purpose' })
      })
    })
    await page.goto(serving.url)
    const other = window
    window = new WorkWindow(page)
    await window.settled()
    hand = await Hand.over(window, STACK)
    await page.keyboard.press('b')
    await window.setNumber('Size', 2 * RADIUS_PX)
    const before = await serving.labels(planeOf(imageId))
    await paint(75, 1)
    await expect.poll(() => isLost).toBe(true)
    expect(await serving.labels(planeOf(imageId))).not.toEqual(before)
    await serving.ask('history.undo', { imageId, layer: DEFAULT_LAYER })
    isBack.resolve()
    await expect.poll(() => sent.length).toBe(2)
    await window.painted()
    expect(await serving.labels(planeOf(imageId))).toEqual(before)
    await window.close()
    window = other
    hand = await Hand.over(window, STACK)
  })

  test('under a new key the old window is not let in, and the next one of the same browser brings what it had', async () => {
    await serving.stop('SIGKILL')
    await window.page.getByText('Connecting again …').waitFor()
    const paths = await paint(110, 3)
    await unsaved(3)
    serving = await serve(serving.port, 'another key')
    await window.page.getByText('This window is not let in').waitFor({ timeout: 30_000 })
    await window.page.goto(serving.url)
    await window.settled()
    await requireOnce(paths, (map, at) => !isAbove(98)(map, at))
    expect((await serving.ask('plane.view', { plane: planeOf(imageId) })).undo).toBe(6)
  })

  test('what was painted on another image than the next window opens is saved all the same', async () => {
    const { page } = window
    const other = (await serving.ask('project.view', {})).images.find(({ name }) => name === 'two')!
    await page.getByRole('button', { name: 'two, ' }).first().click()
    await window.settled()
    await serving.stop('SIGKILL')
    await page.getByText('Connecting again …').waitFor()
    await page.keyboard.press('b')
    await paint(30, 2)
    await unsaved(2)
    await page.goto('about:blank')
    serving = await serve(serving.port, 'another key')
    await page.goto(serving.url)
    await window.settled()
    expect((await serving.ask('plane.view', { plane: planeOf(other.id) })).undo).toBe(2)
  })

  test('another project that is served at the same address gets nothing that was painted in the first one', async () => {
    const another = bench.at('another.cellbrush')
    const key = 'another key'
    const strokes = async () => (await serving.ask('plane.view', { plane: planeOf(imageId) })).undo
    const before = await strokes()
    await serving.stop('SIGKILL')
    cpSync(bench.project, another, { recursive: true }) // its images have the same ids
    await window.page.getByText('Connecting again …').waitFor()
    await window.page.keyboard.press('b')
    await paint(75, 2)
    await unsaved(2)
    serving = await serve(serving.port, key, another)
    await window.page.getByText('were painted in another copy of this project', { exact: false }).waitFor()
    expect(await strokes()).toBe(before)
    await serving.stop()
    serving = await serve(serving.port, key)
    await expect.poll(strokes, { timeout: 20_000 }).toBe(before + 2)
  })

  test('strokes that the browser cannot keep hold the window where it is, until their project is served again', async () => {
    const { page } = window
    const key = 'another key'
    const strokes = async () => (await serving.ask('plane.view', { plane: planeOf(imageId) })).undo
    await window.settled()
    const before = await strokes()
    await page.evaluate(`Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError') }`)
    await serving.stop('SIGKILL')
    await page.getByText('Connecting again …').waitFor()
    await page.keyboard.press('b')
    await paint(140, 2)
    await unsaved(2)
    const asked: string[] = []
    page.once('dialog', (dialog) => {
      asked.push(dialog.type())
      void dialog.dismiss()
    })
    await page.evaluate('location.reload()')
    await expect.poll(() => asked).toEqual(['beforeunload'])
    serving = await serve(serving.port, key, bench.at('another.cellbrush'))
    const cover = page.getByRole('alert').filter({ hasText: 'Another project is served here now' })
    await cover.filter({ hasText: '2 strokes' }).waitFor({ timeout: 20_000 })
    await serving.stop()
    serving = await serve(serving.port, key)
    await cover.getByRole('button', { name: 'Try again' }).click()
    await expect.poll(strokes, { timeout: 20_000 }).toBe(before + 2)
    await cover.waitFor({ state: 'detached' })
    await window.painted()
  })
})
