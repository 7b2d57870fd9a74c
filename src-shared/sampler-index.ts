/** Where the painted pixels are: counts per class in blocks of 16 x 16, so that patches favour annotated places. */
import { intersect, type Rect } from './planes.ts'
import type { Random } from './random.ts'
import { type SamplePlane, teachingLabels } from './sampler-patch.ts'
import { ClassOfLabel } from './targets.ts'

export const BLOCK_PX = 16
/** Rows read at a time while counting. */
const STRIP_PX = 256

/** A painted pixel of a plane. */
export interface PaintedPlace {
  plane: number
  x: number
  y: number
}

/** The blocks with pixels of one class, with running sums of their counts. */
interface BlocksOfClass {
  plane: number[]
  block: number[]
  upTo: number[]
}

export class PaintedIndex {
  readonly #planes: readonly SamplePlane[]
  readonly #ringPx: number
  readonly #classes: BlocksOfClass[]
  /** Classes that have painted pixels. */
  readonly #present: number[]

  /** Reads every label once, in strips. Held-out blocks do not count; the background ring does. */
  constructor(planes: readonly SamplePlane[], classes: number, ringPx: number) {
    this.#planes = planes
    this.#ringPx = ringPx
    this.#classes = Array.from({ length: classes }, () => ({ plane: [], block: [], upTo: [] }))
    planes.forEach((plane, index) => {
      for (let y = 0; y < plane.height; y += STRIP_PX) this.#countStrip(plane, index, y)
    })
    this.#present = this.#classes.flatMap(({ upTo }, index) => (upTo.length > 0 ? [index] : []))
  }

  /** Painted pixels of each class over all planes (before carving). */
  get painted(): number[] {
    return this.#classes.map(({ upTo }) => upTo.at(-1) ?? 0)
  }

  /** A painted pixel: every class that has any is equally likely, and within a class every pixel is. */
  draw(random: Random): PaintedPlace {
    const index = this.#present[random.integer(this.#present.length)]!
    const { plane, block, upTo } = this.#classes[index]!
    const found = firstAbove(upTo, random.uniform(0, upTo.at(-1)!))
    const place = { plane: plane[found]!, block: block[found]! }
    return this.#pixelInBlock(place, index, random)
  }

  #countStrip(plane: SamplePlane, index: number, y: number): void {
    const strip = { x: 0, y, w: plane.width, h: Math.min(STRIP_PX, plane.height - y) }
    const labels = teachingLabels(plane, strip, this.#ringPx)
    const across = Math.ceil(plane.width / BLOCK_PX)
    const down = Math.ceil(strip.h / BLOCK_PX)
    const counts = new Uint32Array(across * down * this.#classes.length)
    const classOf = new ClassOfLabel(plane.item)
    for (let row = 0, at = 0; row < strip.h; row++) {
      const start = (row >> 4) * across
      for (let x = 0; x < plane.width; x++, at++) {
        const of = classOf.label(labels[at]!)
        if (of >= 0) counts[(start + (x >> 4)) * this.#classes.length + of]!++
      }
    }
    const firstBlock = (y / BLOCK_PX) * across
    for (let block = 0, at = 0; block < across * down; block++) {
      for (const blocks of this.#classes) {
        const count = counts[at++]!
        if (count === 0) continue
        blocks.plane.push(index)
        blocks.block.push(firstBlock + block)
        blocks.upTo.push((blocks.upTo.at(-1) ?? 0) + count)
      }
    }
  }

  #pixelInBlock({ plane: index, block }: { plane: number; block: number }, of: number, random: Random): PaintedPlace {
    const plane = this.#planes[index]!
    const rect = this.#blockRect(plane, block)
    const classOf = new ClassOfLabel(plane.item)
    const painted: number[] = []
    teachingLabels(plane, rect, this.#ringPx).forEach((label, at) => {
      if (classOf.label(label) === of) painted.push(at)
    })
    const at = painted[random.integer(painted.length)]!
    return { plane: index, x: rect.x + (at % rect.w), y: rect.y + Math.floor(at / rect.w) }
  }

  #blockRect(plane: SamplePlane, block: number): Rect {
    const across = Math.ceil(plane.width / BLOCK_PX)
    const x = (block % across) * BLOCK_PX
    const y = Math.floor(block / across) * BLOCK_PX
    return intersect({ x, y, w: BLOCK_PX, h: BLOCK_PX }, { x: 0, y: 0, w: plane.width, h: plane.height })
  }
}

/** The first position whose value is above `value`, in ascending values. */
function firstAbove(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}
