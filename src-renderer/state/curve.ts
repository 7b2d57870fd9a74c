/** A run's curves out of its events, and how they are thinned and smoothed for the screen. Plain numbers, no window. */
import type { RunEvent } from '../../src-shared/engine-api.ts'
import { thinnedPlaces } from '../../src-shared/thin-out.ts'

export interface Curve {
  /** Step and energy of the training steps heard of, in order; of a long run not of each. */
  steps: number[]
  energies: number[]
  /** Step, energy and score of each validation. */
  validationSteps: number[]
  validationEnergies: number[]
  scores: number[]
  /** Of the newest checkpoint, from which a run that ended early goes on. */
  checkpointStep?: number
  plannedSteps?: number
  secondsPerStep?: number
  memoryBytes?: number
  deviceLabel?: string
  state?: Extract<RunEvent, { type: 'state' }>['state']
  message?: string
}

export const emptyCurve = (): Curve => ({
  steps: [],
  energies: [],
  validationSteps: [],
  validationEnergies: [],
  scores: [],
})

/** A curve of more steps than this is drawn no better, and slowly; it then keeps half of them. */
const MOST_STEPS = 10_000

/** Weight of the newest step in the pace. */
const PACE_WEIGHT = 0.1

/** Adds an event in place. A step at or before the last one (a resumed run) takes back what came after it. */
export function addEvent(curve: Curve, event: RunEvent): void {
  switch (event.type) {
    case 'planned':
      curve.plannedSteps = event.steps
      curve.secondsPerStep ??= event.secondsPerStep
      curve.memoryBytes = event.memoryBytes
      curve.deviceLabel = event.label
      return
    case 'step':
      dropFrom(curve, event.step)
      curve.steps.push(event.step)
      curve.energies.push(event.energy)
      if (curve.steps.length > MOST_STEPS) thinOut(curve)
      curve.secondsPerStep =
        curve.secondsPerStep === undefined
          ? event.seconds
          : curve.secondsPerStep * (1 - PACE_WEIGHT) + event.seconds * PACE_WEIGHT
      return
    case 'validation':
      if (curve.validationSteps.at(-1) === event.step) dropLastValidation(curve)
      curve.validationSteps.push(event.step)
      curve.validationEnergies.push(event.energy)
      curve.scores.push(event.score)
      return
    case 'state':
      curve.state = event.state
      curve.message = event.message
      if (event.state === 'running') dropFrom(curve, event.step + 1)
      return
    case 'checkpoint':
      if (!event.isBest) curve.checkpointStep = event.step // the best one predicts, and is not gone on from
      return
    case 'preview':
      return
  }
}

export function curveOf(events: readonly RunEvent[]): Curve {
  const curve = emptyCurve()
  for (const event of events) addEvent(curve, event)
  return curve
}

/** A curve as it was read, and after it what was heard of the run that had not been written down then. */
export function withLater(read: Curve, heard: Curve): Curve {
  const at = firstAfter(heard.steps, read.steps.at(-1))
  const validation = firstAfter(heard.validationSteps, read.validationSteps.at(-1))
  return {
    ...heard,
    ...read,
    steps: [...read.steps, ...heard.steps.slice(at)],
    energies: [...read.energies, ...heard.energies.slice(at)],
    validationSteps: [...read.validationSteps, ...heard.validationSteps.slice(validation)],
    validationEnergies: [...read.validationEnergies, ...heard.validationEnergies.slice(validation)],
    scores: [...read.scores, ...heard.scores.slice(validation)],
  }
}

/** Where in ascending steps the first one after another stands; their number where none does. */
function firstAfter(steps: readonly number[], step = -1): number {
  const at = steps.findIndex((of) => of > step)
  return at < 0 ? steps.length : at
}

function thinOut(curve: Curve): void {
  const places = thinnedPlaces(curve.energies, MOST_STEPS / 2)
  curve.steps = places.map((at) => curve.steps[at]!)
  curve.energies = places.map((at) => curve.energies[at]!)
}

function dropFrom(curve: Curve, step: number): void {
  while (curve.steps.length > 0 && curve.steps.at(-1)! >= step) {
    curve.steps.pop()
    curve.energies.pop()
  }
  while (curve.validationSteps.length > 0 && curve.validationSteps.at(-1)! >= step) dropLastValidation(curve)
}

function dropLastValidation(curve: Curve): void {
  curve.validationSteps.pop()
  curve.validationEnergies.pop()
  curve.scores.pop()
}

/**
 * Exponential mean with `past` (0..0.98) as the weight of the past, corrected for its start (Kingma and Ba 2015,
 * section 3), so that the first values are means too and not drawn to zero.
 */
export function smoothed(values: readonly number[], past: number): number[] {
  let mean = 0
  let share = 1
  return values.map((value) => {
    mean = past * mean + (1 - past) * value
    share *= past
    return mean / (1 - share)
  })
}

/** At most `most` points: of each stretch of steps the lowest and the highest value, so that no spike is lost. */
export function thinned(steps: readonly number[], values: readonly number[], most: number): [number[], number[]] {
  if (steps.length <= most) return [[...steps], [...values]]
  const stretches = Math.max(1, Math.floor(most / 2))
  const outSteps: number[] = []
  const outValues: number[] = []
  for (let stretch = 0; stretch < stretches; stretch++) {
    const from = Math.floor((stretch * steps.length) / stretches)
    const to = Math.floor(((stretch + 1) * steps.length) / stretches)
    let low = from
    let high = from
    for (let at = from; at < to; at++) {
      if (values[at]! < values[low]!) low = at
      if (values[at]! > values[high]!) high = at
    }
    for (const at of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      outSteps.push(steps[at]!)
      outValues.push(values[at]!)
    }
  }
  return [outSteps, outValues]
}
