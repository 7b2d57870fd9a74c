/** Script that the window runs for each pointer event of a stroke, and how soon the weight map shows it, in Chromium. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encode } from 'fast-png'
import { Random } from '../../src-shared/random.ts'
import buildWindow from '../e2e/build-window.ts'
import { chromiumPath, WITHOUT_CHROMIUM } from '../e2e/chromium.ts'
import { Browsing, Serving, Bench as Walk, type WorkWindow } from '../e2e/workstation.ts'
import { median } from './measure.ts'
import type { Bench, Section } from './section.ts'

const RADIUS_PX = 30
const SIDES_PX = [512, 4096] as const
const KEEP_TIMES = join(import.meta.dirname, 'keep-times.mjs')
const BUDGET_MS = 8
const MOST_RATIO = 1.5

/** What the page keeps while it is measured; milliseconds. */
interface Kept {
  pointer: number[]
  frame: number[]
  /** Of each frame, what handing textures over took. */
  upload: number[]
  /** From a move of the pointer to the end of the frame that shows it. */
  shown: number[]
}

/** Without the weight map, with it, and with it until the picture is there. */
interface Measured {
  plain: Kept
  weights: Kept
  finished: Kept
}

export const brush: Section = {
  name: 'brush',
  title: `script time per pointer event, radius ${RADIUS_PX} px, on ${SIDES_PX.map((side) => `${side} x ${side}`).join(' and ')}`,
  async run(bench) {
    if (!chromiumPath()) return bench.say(`brush: left out, ${WITHOUT_CHROMIUM}`)
    await buildWindow()
    const walk = new Walk()
    const browsing = await Browsing.start()
    try {
      const times = new Map<number, Measured>()
      for (const side of SIDES_PX) times.set(side, await measured(bench, walk, browsing, side))
      for (const [side, { plain }] of times) {
        report(bench, `pointer event, ${side} x ${side}`, plain.pointer, `frame ${median(plain.frame).toFixed(1)} ms`)
      }
      // Means: the browser's clock has steps of 0.1 ms, about as much as one event takes.
      const [small, large] = SIDES_PX.map((side) => mean(times.get(side)!.plain.pointer))
      const means = `${large!.toFixed(3)} ms to ${small!.toFixed(3)} ms`
      bench.say(`    4096 to 512, means: ${means} is ${(large! / small!).toFixed(2)} (goal <= ${MOST_RATIO})`)
      reportWeights(bench, times.get(512)!)
    } finally {
      await browsing.close()
      walk.remove()
    }
  },
}

function reportWeights(bench: Bench, { plain, weights, finished }: Measured): void {
  const parts = [
    `quickest tenth ${tenth(weights.shown).toFixed(1)} ms`,
    `pointer event ${both(weights.pointer)}`,
    `frame ${both(weights.frame)} (without weights ${both(plain.frame)})`,
    `of it handing textures over ${both(weights.upload)}`,
    `until the picture is there ${both(finished.shown)} (quickest tenth and median)`,
  ]
  report(bench, 'weight map after a part of a stroke, 512 x 512', weights.shown, parts.join(', '))
}

/** Better than a tenth of all: what it takes while nothing else wants the processor. */
const tenth = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 10)] ?? 0
const both = (ms: readonly number[]) => `${tenth(ms).toFixed(1)} and ${median(ms).toFixed(1)} ms`
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length

function report(bench: Bench, what: string, ms: readonly number[], more = ''): void {
  const sorted = [...ms].sort((a, b) => a - b)
  const worst = sorted[Math.floor(sorted.length * 0.95)] ?? 0
  bench.report({
    what,
    ours: ms.map((time) => time / 1000),
    peerName: '',
    budget: { of: 'seconds', goal: BUDGET_MS / 1000 },
    note: [`${ms.length} events, 95 % within ${worst.toFixed(1)} ms`, more].filter(Boolean).join(', '),
  })
}

/** Strokes over a picture of this side. */
async function measured(bench: Bench, walk: Walk, browsing: Browsing, side: number): Promise<Measured> {
  const [project, file] = [walk.at(`${side}.cellbrush`), join(walk.folder, `${side}.png`)]
  const random = new Random(side)
  const data = Uint8Array.from({ length: side * side }, () => random.uniform(0, 256))
  writeFileSync(file, encode({ width: side, height: side, data, channels: 1, depth: 8 }))
  walk.cellbrush('project', 'create', project)
  walk.cellbrush('import', project, file)
  const serving = await Serving.start(project)
  try {
    const window = await browsing.open(serving.url, { prepare: KEEP_TIMES })
    await window.settled()
    await window.page.keyboard.press('Control+1') // the same number of screen pixels for both
    await window.page.keyboard.press('b')
    await window.setNumber('Size', RADIUS_PX * 2)
    const plain = await timesOf(window, bench.rounds ?? 3)
    await window.page.keyboard.press('Shift+W')
    const weights = await timesOf(window, bench.rounds ?? 3)
    await window.page.evaluate('kept.isWaiting = true')
    const finished = await timesOf(window, bench.rounds ?? 3)
    await window.close()
    return { plain, weights, finished }
  } finally {
    await serving.stop()
  }
}

/** One stroke that does not count, then so many that do. */
async function timesOf(window: WorkWindow, rounds: number): Promise<Kept> {
  await strokes(window, 1)
  await window.page.evaluate('for (const times of Object.values(kept)) if (Array.isArray(times)) times.length = 0')
  await strokes(window, rounds)
  return (await window.page.evaluate('kept')) as Kept
}

async function strokes({ page }: WorkWindow, count: number): Promise<void> {
  const box = (await page.locator('section.plane').boundingBox())!
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  for (let stroke = 0; stroke < count; stroke++) {
    await page.mouse.move(middle.x - 150, middle.y - 150 + stroke * 40)
    await page.mouse.down()
    for (let step = 1; step <= 30; step++) {
      await page.mouse.move(middle.x - 150 + step * 9, middle.y - 150 + stroke * 40 + 30 * Math.sin(step / 4))
    }
    await page.mouse.up()
  }
}
