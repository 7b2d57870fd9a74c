/** Resident memory of the parts of a workstation over time, and what became of it. */
import { median } from '../bench/measure.ts'
import { isEngine, type Process, treeOf } from '../drivers/processes.ts'

type Part = 'window' | 'graphics of the window' | 'host' | 'engine'
/** Bytes by part. */
export type Held = Record<string, number>

/** Bytes of each part among the processes that this one has started; a window has several processes in a browser. */
export function partsOf(root: number): Held {
  const held: Held = {}
  for (const process of treeOf(root)) {
    const part = partOf(process)
    if (part) held[part] = (held[part] ?? 0) + process.residentBytes
  }
  return held
}

function partOf(process: Process): Part | undefined {
  const { command } = process
  if (isEngine(process)) return 'engine'
  if (/cli[/\\]main\.(ts|js) serve/.test(command)) return 'host'
  if (command.includes('--type=renderer')) return 'window'
  if (command.includes('--type=gpu-process')) return 'graphics of the window'
  return undefined
}

/** Marks at which memory is told: minutes 5, 10 … 30 of 30. */
const MARKS = [1, 2, 3, 4, 5, 6].map((sixth) => sixth / 6)
/** A mark is the median of the samples this near to it, as a share of the time. */
const REACH = 1 / 20
const SAMPLES = 120

/** Samples over a stretch of time, taken while other things go on. */
export class Soak {
  readonly #start = performance.now()
  readonly #samples: { share: number; held: Held }[] = []
  readonly #ms: number
  readonly #timer: ReturnType<typeof setInterval>

  constructor(ms: number, take: () => Held) {
    this.#ms = ms
    this.#timer = setInterval(() => this.#samples.push({ share: this.elapsedMs / ms, held: take() }), ms / SAMPLES)
  }

  get elapsedMs(): number {
    return performance.now() - this.#start
  }
  /** The first mark with all its samples lies behind. */
  get isEarlyOver(): boolean {
    return this.elapsedMs > this.#ms * (MARKS[0]! + REACH)
  }

  /** What was held around each mark. Errors where a mark has too few samples to believe. */
  end(): Held[] {
    clearInterval(this.#timer)
    return MARKS.map((mark) => {
      const near = this.#samples.filter(({ share }) => Math.abs(share - mark) <= REACH).map(({ held }) => held)
      if (near.length < 3) throw new Error(`only ${near.length} samples of memory around ${mark} of the time`)
      const parts = Object.keys(near.at(-1)!)
      return Object.fromEntries(parts.map((part) => [part, median(near.map((held) => held[part] ?? 0))]))
    })
  }
}

export function tableOf(marks: readonly Held[], minutes: number): string {
  const cells = (values: readonly string[]) => values.map((value) => value.padStart(10)).join('')
  const mebibytes = (bytes = Number.NaN) => (Number.isNaN(bytes) ? '' : `${(bytes / 2 ** 20).toFixed(0)} MiB`)
  const head = MARKS.map((mark) => `min ${Number((mark * minutes).toFixed(1))}`)
  const rows = Object.keys(marks[0]!).map((part) => {
    const held = marks.map((mark) => mark[part])
    return part.padEnd(26) + cells([...held.map(mebibytes), (held.at(-1)! / held[0]!).toFixed(2)])
  })
  return [''.padEnd(26) + cells([...head, 'ratio']), ...rows].join('\n')
}
