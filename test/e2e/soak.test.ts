/**
 * Memory over a long stretch of painting and training: at its end against a sixth of it. CELLBRUSH_SOAK_MINUTES=30 is the
 * long one, without it a minute tells gross leaks.
 */
import type { CDPSession } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Random } from '../../src-shared/random.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { partsOf, Soak, tableOf } from './memory.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { Bench, Browsing, type Placement, Serving, type WorkWindow } from './workstation.ts'

const IS_LONG = Boolean(process.env.CELLBRUSH_SOAK_MINUTES)
const MINUTES = IS_LONG ? Number(process.env.CELLBRUSH_SOAK_MINUTES) : 1
const SOAK_MS = MINUTES * 60_000
/** So much is done before the clock starts: until then caches fill, and what the browser keeps of freed memory grows. */
const WARM_ACTS = IS_LONG ? 80 : 40
/** After 40 acts the window's process still grows by a tenth or so towards what it settles at, leak or not. */
const MOST_GROWTH = IS_LONG ? 1.2 : 1.5
/** One stroke in so many milliseconds is a quick hand. */
const STROKE_MS = 700
const SCRIPT = 'JavaScript of the window'
/** What the page's scripts hold comes and goes by so much: arrays of a weight map are on their way to a worker or back. */
const PASSING_BYTES = 16 * 2 ** 20
const SETTINGS = {
  'network.depth': 2,
  'network.baseWidth': 8,
  'optimization.patchPx': 128,
  'optimization.batch': 2,
  'optimization.validateEvery': 50,
  'optimization.checkpointEvery': 200,
}

const isAbsent = !chromiumPath() || process.platform !== 'linux'

describe.skipIf(isAbsent)(`memory (skipped where there is no /proc, or ${WITHOUT_CHROMIUM})`, () => {
  let bench: Bench
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow
  let devtools: CDPSession
  let acts = 0
  const random = new Random(5)

  beforeAll(async () => {
    bench = new Bench()
    bench.cellbrush('project', 'create', bench.project, '--name', 'Soak', '--class', 'nucleus:#e69f00')
    const images = ['A02_s1', 'B20_s2', 'D04_s9'].map((name) => `${NUCLEI_IMAGES}/IXMtest_${name}.tif`)
    bench.cellbrush('import', bench.project, ...images, '--masks', NUCLEI_MASKS, '--complete')
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    window = await browsing.open(serving.url)
    await window.settled()
    devtools = await window.page.context().newCDPSession(window.page)
  })
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  test(`after ${MINUTES} min of painting and training no process holds ${MOST_GROWTH} times what it held after a sixth of that`, {
    timeout: SOAK_MS * 1.5 + 600_000,
    retry: 0,
  }, async () => {
    await serving.ask('training.start', { preset: 'fast', steps: 1_000_000, name: 'Long', settings: SETTINGS })
    await window.page.keyboard.press('Shift+W')
    for (let done = 0; done < WARM_ACTS; done++) await act()
    acts = 0
    const soak = new Soak(SOAK_MS, () => partsOf(process.pid))
    const heaps: number[] = []
    while (soak.elapsedMs < SOAK_MS) {
      await paintFor(Math.min(STROKE_MS, SOAK_MS - soak.elapsedMs))
      if (heaps.length === 0 && soak.isEarlyOver) heaps.push(await leastHeapBytes())
    }
    const marks = soak.end()
    const [early, late] = [marks[0]!, marks.at(-1)!]
    early[SCRIPT] = heaps[0]!
    late[SCRIPT] = await leastHeapBytes()
    console.log(`${tableOf(marks, MINUTES)}\n${acts} acts`)
    const { runs } = await serving.ask('project.view', {})
    expect(runs[0]).toMatchObject({ state: 'running' })
    expect(window.complaints).toEqual([])
    expect(Object.keys(early).sort()).toEqual([SCRIPT, 'engine', 'graphics of the window', 'host', 'window'])
    const passing = (part: string) => (part === SCRIPT ? PASSING_BYTES : 0)
    const grown = Object.keys(late).filter((part) => late[part]! > early[part]! * MOST_GROWTH + passing(part))
    expect(grown).toEqual([])
  })

  /** A quick hand. */
  async function paintFor(ms: number): Promise<void> {
    const end = performance.now() + ms
    while (performance.now() < end) {
      const start = performance.now()
      await act()
      await window.page.waitForTimeout(Math.max(0, STROKE_MS - (performance.now() - start)))
    }
  }

  /** Paints, erases, takes back, looks elsewhere, or watches the curve. */
  async function act(): Promise<void> {
    const { page } = window
    acts++
    const choice = random.uniform()
    if (choice < 0.08) await page.keyboard.press(random.uniform() < 0.5 ? 'PageDown' : 'PageUp')
    else if (choice < 0.14) await page.keyboard.press(random.uniform() < 0.5 ? '1' : '2')
    else if (choice < 0.34) await page.keyboard.press('Control+z')
    else await stroke(choice < 0.8 ? 'b' : 'e')
    await window.settled()
  }

  async function stroke(key: string): Promise<void> {
    await window.page.keyboard.press(key)
    const at: Placement = await window.fitted({ width: 520, height: 520 })
    const [x, y] = [random.uniform(40, 440), random.uniform(40, 440)]
    const path = Array.from({ length: 8 }, () =>
      at.toScreen({ x: x + random.uniform(0, 60), y: y + random.uniform(0, 60) }),
    )
    await window.drag(path, { steps: 3 })
  }

  /** Of three looks the least counts: what is on its way is not kept. */
  async function leastHeapBytes(): Promise<number> {
    const looks: number[] = []
    for (let look = 0; look < 3; look++) {
      looks.push(await heapBytes())
      await act()
    }
    return Math.min(...looks)
  }

  /** What the page's scripts hold once nothing can be freed, buffers included. */
  async function heapBytes(): Promise<number> {
    await devtools.send('HeapProfiler.collectGarbage')
    const { usedSize, backingStorageSize = 0 } = (await devtools.send('Runtime.getHeapUsage')) as {
      usedSize: number
      backingStorageSize?: number
    }
    return usedSize + backingStorageSize
  }
})
