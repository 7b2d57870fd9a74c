/** What the shader must know of each proposed object, in the bits that its number leaves free. */
import type { ClassView } from '../../src-shared/api.ts'
import type { ProposedObjects } from './renderer.ts'

/** A number has 26 bits, more than a part of a plane has pixels; the place of a class 5, 0 for none; chosen 1. */
const CLASS_SHIFT = 26
const MOST_PLACES = 31
const CHOSEN = 0x80000000

/** The map with marks. Where the project has one class alone, no class is marked: all would look the same. */
export function markedProposals(
  { labels, chosen, classIds }: Pick<ProposedObjects, 'labels' | 'chosen' | 'classIds'>,
  classes: readonly Pick<ClassView, 'id'>[],
): Uint32Array {
  const places = new Map(classes.slice(0, classes.length > 1 ? MOST_PLACES : 0).map(({ id }, at) => [id, at + 1]))
  const marks = new Map<number, number>()
  for (const [id, classId] of classIds) marks.set(id, ((places.get(classId) ?? 0) << CLASS_SHIFT) >>> 0)
  for (const id of chosen) marks.set(id, ((marks.get(id) ?? 0) | CHOSEN) >>> 0)
  let [last, marked] = [0, 0]
  return labels.map((id) => {
    if (id !== last) [last, marked] = [id, id === 0 ? 0 : (id | (marks.get(id) ?? 0)) >>> 0]
    return marked
  })
}
