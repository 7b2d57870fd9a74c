/**
 * What the network is taught from a label map, in this order (docs/science.md, "Targets"): warped ids come in; carve;
 * classes; weights. Nothing here is interpolated, so a pixel nobody painted weighs exactly 0.
 */
import { carve } from './carve.ts'
import { LABEL } from './labels.ts'
import type { Rect } from './planes.ts'
import type { PlanItem, TargetsPlan } from './run-plan.ts'
import { borderReachPx, borderTerm } from './weight-map.ts'

export interface Targets {
  /** Class of each pixel, 0 is background; also 0 where the weight is 0. */
  classIndex: Uint8Array
  /** w(x) = wc(class) + border term as `weights` has them applied, 0 where nobody has painted. */
  weight: Float32Array
}

/** How the labels of one plane are read. */
export type LabelReading = Pick<PlanItem, 'isComplete' | 'objectClasses'>

/** The part of a run's plan that makes weights; `weights` is 'full' where it is not told. */
export type TargetRules = Pick<TargetsPlan, 'carve' | 'w0' | 'sigmaPx' | 'classWeights'> &
  Partial<Pick<TargetsPlan, 'weights'>>

/** What a painted pixel of a class weighs before the border term. */
export const classFactor = ({ weights, classWeights }: TargetRules, index: number): number =>
  weights === 'none' ? 1 : classWeights[index]!

/** Height of the border term as `weights` has it applied. */
export const borderHeight = ({ weights = 'full', w0 }: Pick<TargetRules, 'weights' | 'w0'>): number =>
  weights === 'full' ? w0 : 0

/** Carving looks at neighbours, and at whether an object would vanish: so far does a window look beyond itself. */
const CARVE_MARGIN_PX = 8

/** Pixels of labels wanted around a window of targets, so that it is taught what the whole plane would teach there. */
export const targetMarginPx = (rules: TargetRules): number =>
  borderHeight(rules) > 0 ? Math.ceil(borderReachPx(rules)) : rules.carve ? CARVE_MARGIN_PX : 0

/**
 * Targets of the part `inner` (all by default) of a window of label ids. What lies outside the image, or is held out,
 * must be `LABEL.ignore`. Boundary counts as background; unpainted does where the plane is complete.
 */
export function targetsOf(
  labels: Uint32Array,
  width: number,
  height: number,
  reading: LabelReading,
  rules: TargetRules,
  inner: Rect = { x: 0, y: 0, w: width, h: height },
): Targets {
  const ids = rules.carve ? carve(labels, width, height) : labels
  const border = borderTerm(ids, width, height, { w0: borderHeight(rules), sigmaPx: rules.sigmaPx })
  const classIndex = new Uint8Array(inner.w * inner.h)
  const weight = new Float32Array(inner.w * inner.h)
  const classOf = new ClassOfLabel(reading)
  for (let y = 0, to = 0; y < inner.h; y++) {
    for (let x = 0, at = (inner.y + y) * width + inner.x; x < inner.w; x++, at++, to++) {
      const index = classOf.label(ids[at]!)
      if (index < 0) continue
      classIndex[to] = index
      weight[to] = classFactor(rules, index) + (index === 0 ? border[at]! : 0)
    }
  }
  return { classIndex, weight }
}

/** Painted pixels of each class (of `classes`), after carving: what `classWeights` wants, summed over the training set. */
export function paintedPixels(
  labels: Uint32Array,
  width: number,
  height: number,
  reading: LabelReading,
  rules: { carve: boolean; classes: number },
): Float64Array {
  const ids = rules.carve ? carve(labels, width, height) : labels
  const counts = new Float64Array(rules.classes)
  const classOf = new ClassOfLabel(reading)
  for (let at = 0; at < ids.length; at++) {
    const index = classOf.label(ids[at]!)
    if (index >= 0) counts[index]!++
  }
  return counts
}

/** Class index of a label: -1 where nothing is taught. Neighbours mostly share a label, so the last answer is kept. */
export class ClassOfLabel {
  readonly #objectClasses: Record<string, number>
  readonly #unpainted: number
  #lastId = -1
  #lastClass = 1
  constructor({ isComplete, objectClasses }: LabelReading) {
    this.#objectClasses = objectClasses
    this.#unpainted = isComplete ? 0 : -1
  }
  label(label: number): number {
    if (label >= LABEL.firstObject) {
      if (label !== this.#lastId) {
        this.#lastId = label
        this.#lastClass = this.#objectClasses[label] ?? 1
      }
      return this.#lastClass
    }
    if (label === LABEL.background || label === LABEL.boundary) return 0
    return label === LABEL.unpainted ? this.#unpainted : -1
  }
}
