/** What the shader must know of each proposed object, as a byte per number, so that the map itself never changes. */
import type { ClassView } from '../../src-shared/api.ts'
import type { ProposedObjects } from './renderer.ts'

/** Bytes in a row of the table: as many rows hold every number that a plane proposed whole can have. */
export const MARKS_WIDTH = 4096
/** Bits of a byte: the place of the class among those of the project, from 1, 0 for none; then marks. */
export const MARK = { placeMask: 0x1f, chosen: 0x40, shown: 0x80 } as const

/** Rows up to the largest number shown. Where the project has one class alone, no class is marked: all would look the same. */
export function proposalMarks(
  { classIds, chosen }: Pick<ProposedObjects, 'classIds' | 'chosen'>,
  classes: readonly Pick<ClassView, 'id'>[],
): Uint8Array {
  const told = classes.slice(0, classes.length > 1 ? MARK.placeMask : 0)
  const places = new Map(told.map(({ id }, at) => [id, at + 1]))
  let most = 0
  for (const id of classIds.keys()) most = Math.max(most, id)
  const marks = new Uint8Array(MARKS_WIDTH * (1 + Math.floor(most / MARKS_WIDTH)))
  for (const [id, classId] of classIds) marks[id] = MARK.shown | (places.get(classId) ?? 0)
  for (const id of chosen) if (classIds.has(id)) marks[id]! |= MARK.chosen
  return marks
}
