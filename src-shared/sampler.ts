/** Draws training batches: a batch is a pure function of the plan's seed and the step. */
import { drawWarp, identityWarp, type Warp } from './augmentation.ts'
import { AppError } from './errors.ts'
import { Random } from './random.ts'
import type { RunPlan } from './run-plan.ts'
import { PaintedIndex, type PaintedPlace } from './sampler-index.ts'
import { type PatchSides, patchImage, patchSides, patchTargets, type SamplePlane } from './sampler-patch.ts'
import type { Targets } from './targets.ts'

export type { SamplePlane } from './sampler-patch.ts'

/** Where a patch comes from: its output's upper left pixel before the warp, in the plane of that index. */
export interface PatchOrigin {
  plane: number
  x: number
  y: number
}

export interface Batch {
  /** [B, inputPx, inputPx, C] */
  image: Float32Array<ArrayBuffer>
  /** [B, outputPx, outputPx], class 0 is background */
  classIndex: Int32Array<ArrayBuffer>
  /** [B, outputPx, outputPx], 0 where nobody has painted */
  weight: Float32Array<ArrayBuffer>
  inputPx: number
  outputPx: number
  origins: PatchOrigin[]
}

/** Redraws of a patch that shows no painted pixel, before one is centred on a painted pixel without a warp. */
const MOST_DRAWS = 8
/** Streams of random numbers of one patch: `part` of its place and geometry per draw, and of its grey values. */
const PART_GREY = 1000
/** The painted pixel that a patch is drawn for lies within this share of the side from its centre. */
const JITTER = 0.25

export class Sampler {
  readonly sides: PatchSides
  readonly #plan: RunPlan
  readonly #planes: readonly SamplePlane[]
  readonly #index: PaintedIndex

  /** `planes` are those that teach. Errors: 'not-ready' when none of them has a painted pixel outside held-out blocks. */
  constructor(plan: RunPlan, planes: SamplePlane[]) {
    this.sides = patchSides(plan)
    this.#plan = plan
    this.#planes = planes
    this.#index = new PaintedIndex(planes, plan.network.classes, plan.targets.ringPx)
    if (this.#index.painted.every((count) => count === 0)) {
      throw new AppError('not-ready', {
        reason: 'nothing is painted in the training images; paint a few objects first.',
      })
    }
  }

  /** The batch of one step, counted from 0. Its arrays are new each time and never touched again. */
  batch(step: number): Batch {
    const { inputPx, outputPx } = this.sides
    const { inputChannels } = this.#plan.network
    const { batch: count } = this.#plan.optimization
    const imageSize = inputPx * inputPx * inputChannels
    const size = outputPx * outputPx
    const batch: Batch = {
      image: new Float32Array(count * imageSize),
      classIndex: new Int32Array(count * size),
      weight: new Float32Array(count * size),
      inputPx,
      outputPx,
      origins: [],
    }
    for (let patch = 0; patch < count; patch++) {
      const { origin, warp, targets } = this.#drawPatch(step, patch)
      batch.origins.push(origin)
      batch.classIndex.set(targets.classIndex, patch * size)
      batch.weight.set(targets.weight, patch * size)
      const random = new Random(this.#plan.optimization.seed, step, patch, PART_GREY)
      const of = { channels: inputChannels, augmentation: this.#plan.augmentation, random }
      patchImage(this.#planes[origin.plane]!, warp, this.sides, of, batch.image, patch * imageSize)
    }
    return batch
  }

  #drawPatch(step: number, patch: number): { origin: PatchOrigin; warp: Warp; targets: Targets } {
    const { augmentation, targets: rules, optimization } = this.#plan
    const half = (this.sides.outputPx - 1) / 2
    for (let draw = 0; ; draw++) {
      const random = new Random(optimization.seed, step, patch, draw)
      const place = this.#index.draw(random)
      const isLast = draw === MOST_DRAWS
      const origin = isLast ? this.#centred(place) : this.#around(place, random)
      const warp = isLast
        ? identityWarp(origin.x + half, origin.y + half)
        : drawWarp(augmentation, origin.x + half, origin.y + half, random)
      const targets = patchTargets(this.#planes[origin.plane]!, warp, this.sides, rules)
      if (isLast || targets.weight.some((weight) => weight > 0)) return { origin, warp, targets }
    }
  }

  #centred({ plane, x, y }: PaintedPlace): PatchOrigin {
    const half = Math.floor(this.sides.outputPx / 2)
    return { plane, x: x - half, y: y - half }
  }

  /**
   * A patch near a painted pixel, moved inside the plane where it fits: half a patch of mirrored pixels would teach
   * nothing. Pixels near the edge lose nothing by it, they are shown by all the patches that were moved.
   */
  #around(place: PaintedPlace, random: Random): PatchOrigin {
    const { outputPx } = this.sides
    const plane = this.#planes[place.plane]!
    const { x, y } = this.#centred(place)
    const jitter = Math.floor(outputPx * JITTER)
    const move = () => random.integer(2 * jitter + 1) - jitter
    return {
      plane: place.plane,
      x: between(Math.min(0, plane.width - outputPx), x + move(), Math.max(0, plane.width - outputPx)),
      y: between(Math.min(0, plane.height - outputPx), y + move(), Math.max(0, plane.height - outputPx)),
    }
  }
}

const between = (least: number, value: number, most: number): number => Math.max(least, Math.min(most, value))
