/** Which proposals have been accepted or rejected, action by action: ids change with the sliders, places do not. */
import type { ObjectsPlan } from '../../src-shared/run-plan.ts'

export interface PlacePx {
  x: number
  y: number
}

/** What one action has settled. */
export interface Settled {
  action: string
  fate: 'accepted' | 'rejected'
  /** A pixel of each object; or the plan by which all objects of a plane were accepted that is not known whole. */
  of: readonly PlacePx[] | ObjectsPlan
  /** Of a plan: a pixel of each object that was not accepted with the others. */
  leftOut: readonly PlacePx[]
  isUndone: boolean
}

export class SettledProposals {
  #actions: Settled[] = []

  /** What was taken back before cannot be done again now. */
  add(settled: Omit<Settled, 'isUndone'>): void {
    this.#actions = [...this.#actions.filter(({ isUndone }) => !isUndone), { ...settled, isUndone: false }]
  }

  /** True where that opens or closes something. */
  replayed(action: string, isUndone: boolean): boolean {
    const settled = this.#actions.find((known) => known.action === action)
    if (!settled || settled.isUndone === isUndone) return false
    settled.isUndone = isUndone
    return true
  }

  /** Where all that the plan makes has been accepted, a pixel of each object that was not; another plan may find more. */
  allBut(plan: ObjectsPlan): readonly PlacePx[] | undefined {
    return this.#actions.findLast(({ of, isUndone }) => !isUndone && !isPlaces(of) && isSame(of, plan))?.leftOut
  }

  get places(): PlacePx[] {
    return this.#actions.flatMap(({ of, isUndone }) => (!isUndone && isPlaces(of) ? of : []))
  }

  /** Those of objects that were accepted. */
  get acceptedPlaces(): PlacePx[] {
    const accepted = this.#actions.filter(({ fate, isUndone }) => fate === 'accepted' && !isUndone)
    return accepted.flatMap(({ of }) => (isPlaces(of) ? of : []))
  }

  get isEmpty(): boolean {
    return this.#actions.length === 0
  }

  clear(): void {
    this.#actions = []
  }
}

const isPlaces = (of: Settled['of']): of is readonly PlacePx[] => Array.isArray(of)

const isSame = (a: ObjectsPlan, b: ObjectsPlan): boolean =>
  (Object.keys(a) as (keyof ObjectsPlan)[]).every((key) => a[key] === b[key])
