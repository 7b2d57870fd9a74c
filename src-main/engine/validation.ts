/**
 * What training knows of planes and blocks it does not learn from: the energy there, and the score of the best way to
 * make objects of the probabilities (docs/science.md, "Objects").
 */
import { withBackgroundRing } from '../../src-shared/background-ring.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import { likeliestClasses } from '../../src-shared/objects-classes.ts'
import { chooseObjectsPlan, scoreOfPlan, type ValidationPlane } from '../../src-shared/objects-search.ts'
import type { Rect } from '../../src-shared/planes.ts'
import type { ObjectsPlan, RunPlan } from '../../src-shared/run-plan.ts'
import type { SamplePlane } from '../../src-shared/sampler-patch.ts'
import { validationScoreByClass } from '../../src-shared/scores/class-objects.ts'
import { type Truth, truthOfLabels } from '../../src-shared/scores/truth.ts'
import { targetsOf } from '../../src-shared/targets.ts'
import { countColumns, typicalWindow } from './best-window.ts'
import { shownOftener, taughtOdds } from './first-weights.ts'
import { type PredictingNet, predictPlane } from './predicting-net.ts'
import { choosePreview, type Preview, type PreviewSource, snapshotOf } from './preview.ts'

/** A held-out rectangle with everything about it that does not change. */
interface HeldOut extends PreviewSource {
  truth: Uint32Array
  known: Truth
}

export interface ValidationResult {
  /** Weighted cross entropy per pixel, as in training but without augmentation. */
  energy: number
  score: number
  objects: ObjectsPlan
}

/** Device memory a validation tile may take beside the training. */
const TILE_BYTES = 512 * 2 ** 20
/**
 * Validation must not outlast training: larger held-out parts are cut to a typical piece of this side, and of
 * more parts some are taken. A pixel classifier needs as long for 100 x 100 pixels as a U-Net for 2000 x 2000.
 */
const MOST = {
  unet: { sidePx: 1024, parts: Number.POSITIVE_INFINITY },
  'patch-classifier': { sidePx: 96, parts: 6 },
} as const

export class Validation {
  readonly #heldOut: HeldOut[] = []
  /** What is shown while training goes on; null where nothing painted is held out. */
  readonly preview: Preview | null
  #objects: ObjectsPlan | null
  readonly #asTaught: AsTaught

  /**
   * `training` planes are validated in their `heldOut` blocks, `validation` planes everywhere. `objects` is what an
   * interrupted attempt had chosen.
   */
  constructor(
    plan: RunPlan,
    training: readonly SamplePlane[],
    validation: readonly SamplePlane[],
    objects: ObjectsPlan | null = null,
  ) {
    this.#objects = objects
    this.#asTaught = asTaught(plan)
    const parts = [
      ...training.flatMap((plane) => plane.item.heldOut.map((rect) => ({ plane, rect }))),
      ...validation.map((plane) => ({ plane, rect: { x: 0, y: 0, w: plane.width, h: plane.height } })),
    ]
    const most = MOST[plan.network.kind]
    for (const { plane, rect } of evenly(parts, most.parts))
      this.#add(plan, plane, typicalPart(plane, rect, most.sidePx))
    this.preview = choosePreview(this.#heldOut, plan.network.classes)
  }

  /** False when nothing painted is held out. */
  get isPossible(): boolean {
    return this.#heldOut.length > 0
  }

  /** Pixels that a validation predicts. */
  get pixels(): number {
    return this.#heldOut.reduce((sum, { rect }) => sum + rect.w * rect.h, 0)
  }

  /** What quick validations make objects with; null before the first validation. */
  get objects(): ObjectsPlan | null {
    return this.#objects
  }

  /**
   * Energy and score of a network, and its snapshot for the preview. Quick: objects as last chosen; thorough: the plan
   * for objects is searched for anew.
   */
  async run(
    net: PredictingNet,
    effort: 'quick' | 'thorough',
  ): Promise<{ found: ValidationResult; snapshot: Uint8Array }> {
    const planes: ValidationPlane[] = []
    let [energy, pixels] = [0, 0]
    let snapshot = new Uint8Array(0)
    for (const part of this.#heldOut) {
      const probabilities = await predictRect(net, part.plane, part.rect)
      if (part === this.preview?.source) snapshot = this.preview.cut(probabilities)
      energy += energyOf(probabilities, part, this.#asTaught)
      pixels += part.rect.w * part.rect.h
      planes.push(judgeable(part, probabilities, net.plan.classes))
    }
    net.kernels.trim?.() // training has other sizes
    return { found: { energy: energy / pixels, ...this.#judge(planes, effort) }, snapshot }
  }

  /** The held-out parts as a network predicts them, for a choice of objects of one's own (`choose-objects.ts`). */
  async predicted(net: PredictingNet, options: { average: boolean; signal?: AbortSignal }): Promise<ValidationPlane[]> {
    const planes: ValidationPlane[] = []
    for (const part of this.#heldOut) {
      options.signal?.throwIfAborted()
      planes.push(judgeable(part, await predictRect(net, part.plane, part.rect, options), net.plan.classes))
    }
    return planes
  }

  /** What the network predicts for the preview, without any judgement. */
  async look(net: PredictingNet, preview: Preview): Promise<Uint8Array> {
    return snapshotOf(await predictRect(net, preview.source.plane, preview.region.rect))
  }

  #judge(planes: readonly ValidationPlane[], effort: 'quick' | 'thorough'): Omit<ValidationResult, 'energy'> {
    if (effort === 'thorough' || this.#objects === null) {
      const chosen = chooseObjectsPlan(planes, validationScoreByClass)
      this.#objects = chosen.objects
      return chosen
    }
    return { score: scoreOfPlan(planes, validationScoreByClass, this.#objects), objects: this.#objects }
  }

  #add(plan: RunPlan, plane: SamplePlane, rect: Rect): void {
    const truth = plane.readLabels(rect)
    const ringed = plan.targets.ringPx > 0 ? withBackgroundRing(truth, rect.w, rect.h, plan.targets.ringPx) : truth
    const { classIndex, weight } = targetsOf(ringed, rect.w, rect.h, plane.item, plan.targets)
    if (!weight.some((value) => value > 0)) return
    const known = truthOfLabels(ringed, plane.item)
    this.#heldOut.push({ plane, rect, truth: ringed, known, classIndex, weight })
  }
}

function judgeable({ plane, rect, truth, known }: HeldOut, probabilities: Float32Array, classes: number) {
  const background = probabilities.subarray(0, rect.w * rect.h)
  return {
    width: rect.w,
    height: rect.h,
    foreground: background.map((value) => 1 - value),
    truth,
    known,
    isComplete: plane.item.isComplete,
    isPart: rect.w < plane.width || rect.h < plane.height,
    ...(classes > 2 && {
      classes: { predicted: likeliestClasses(probabilities, classes), ofTrueObjects: plane.item.objectClasses },
    }),
  } satisfies ValidationPlane
}

/** All of a part of a plane, or of a larger one a window that is annotated and like the whole. */
function typicalPart(plane: SamplePlane, part: Rect, sidePx: number): Rect {
  const { isComplete } = plane.item
  const isAnnotated = (label: number) => isPainted(label) || (isComplete && label === LABEL.unpainted)
  const found = typicalWindow(part.w, part.h, sidePx, (strip, cellPx) => {
    const labels = plane.readLabels({ ...strip, x: part.x + strip.x, y: part.y + strip.y })
    const counted = (is: (label: number) => boolean) =>
      countColumns(strip, cellPx, (x, y) => is(labels[y * strip.w + x]!))
    return { objects: counted(isObjectId), annotated: counted(isAnnotated) }
  })
  return { ...found, x: part.x + found.x, y: part.y + found.y }
}

/** At most so many of a list, spread over all of it. */
function evenly<T>(list: readonly T[], most: number): T[] {
  if (list.length <= most) return [...list]
  return Array.from({ length: most }, (_, index) => list[Math.floor((index * list.length) / most)]!)
}

const isPainted = (label: number): boolean => label !== LABEL.unpainted && label !== LABEL.ignore

/** Per class, what turns a prediction into what training minimises the energy of. */
interface AsTaught {
  /** By which the odds of a class were divided in the prediction. */
  odds: number[]
  /** How much oftener than painted the class is shown. */
  oftener: number[]
}

function asTaught(plan: RunPlan): AsTaught {
  const classes = Array.from({ length: plan.network.classes }, (_, index) => index)
  return {
    odds: classes.map((index) => (plan.targets.calibrate ? taughtOdds(plan, index) : 1)),
    oftener: classes.map((index) => shownOftener(plan, index)),
  }
}

/** Sum of weight * -log p(class) over the rectangle, p and weight as in training: at the odds that it teaches. */
function energyOf(probabilities: Float32Array, { classIndex, weight }: HeldOut, { odds, oftener }: AsTaught): number {
  const size = weight.length
  let sum = 0
  for (let at = 0; at < size; at++) {
    if (weight[at] === 0) continue
    const known = classIndex[at]!
    let all = 0
    for (let k = 0; k < odds.length; k++) all += odds[k]! * probabilities[k * size + at]!
    const p = (odds[known]! * probabilities[known * size + at]!) / all
    sum -= weight[at]! * oftener[known]! * Math.log(Math.max(1e-12, p))
  }
  return sum
}

/** Probabilities `[K, h, w]` of a rectangle of a plane. */
async function predictRect(
  net: PredictingNet,
  plane: SamplePlane,
  rect: Rect,
  how: { average: boolean; signal?: AbortSignal } = { average: false },
): Promise<Float32Array> {
  const { classes } = net.plan
  const size = rect.w * rect.h
  const found = new Float32Array(classes * size)
  const options = { mostBytes: TILE_BYTES, part: rect, ...how }
  await predictPlane(net, plane, options, (tile, values) => {
    for (let c = 0; c < classes; c++) {
      for (let y = Math.max(tile.y, rect.y); y < tile.y + tile.h; y++) {
        const left = Math.max(tile.x, rect.x)
        const from = (c * tile.h + y - tile.y) * tile.w + left - tile.x
        found.set(
          values.subarray(from, from + tile.x + tile.w - left),
          c * size + (y - rect.y) * rect.w + left - rect.x,
        )
      }
    }
  })
  return found
}
