/** The course of a training in few points: what a plot can show. */
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import type { CellResult } from './results.ts'

const MOST_POINTS = 80

/** Energies averaged over equal groups of steps, validation scores as they are. */
export function curveOf(events: readonly RunEvent[]): CellResult['curve'] {
  const energies = events.flatMap((event): [number, number][] =>
    event.type === 'step' ? [[event.step, event.energy]] : [],
  )
  const validation = events.flatMap((event): [number, number][] =>
    event.type === 'validation' ? [[event.step, event.score]] : [],
  )
  const perGroup = Math.max(1, Math.ceil(energies.length / MOST_POINTS))
  const groups = Map.groupBy(energies, (_, index) => Math.floor(index / perGroup))
  const mean = (group: [number, number][], part: 0 | 1) =>
    group.reduce((sum, point) => sum + point[part], 0) / group.length
  const rounded = (value: number) => Number(value.toPrecision(6))
  return {
    energy: [...groups.values()].map((group) => [Math.round(mean(group, 0)), rounded(mean(group, 1))]),
    validation: validation.map(([step, score]) => [step, rounded(score)]),
  }
}
