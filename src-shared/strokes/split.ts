/** What a cut does to the objects it goes through: parts that it separates become objects of their own. */
import type { TileMap } from '../tile-map.ts'
import { type FloodOptions, flood, PixelSet } from './flood.ts'
import { areaOf, forEachSpan, type Spans } from './spans.ts'

/** Makes an object that is a part of `parent`; answers its id. */
export type NewPart = (parent: number) => number

/**
 * Separates `objectId` after `cut` has taken pixels from it. Its parts are 4-connected and touch the cut (what the cut
 * does not touch stays as it is); the largest keeps the id, of equal ones the first from the top, and the others become
 * new objects. Answers the ids of those.
 */
export function separate(map: TileMap, cut: Spans, objectId: number, newPart: NewPart): number[] {
  const parts = partsBeside(map, cut, objectId, new PixelSet())
  return renameParts(map, parts, objectId, newPart)
}

/**
 * Splits an object along a line without taking pixels from it: the pixels under the line go to the nearest part, in
 * steps to the 4 neighbours, and do not count for which part is the largest. Answers the ids of the new objects; none when the line does not separate anything.
 */
export function splitAlong(map: TileMap, line: Spans, objectId: number, newPart: NewPart): number[] {
  const onLine: [number, number][] = []
  const visited = new PixelSet()
  forEachSpan(line, (y, x0, x1) => {
    for (let x = x0; x < x1; x++) {
      if (map.get(x, y) !== objectId) continue
      onLine.push([x, y])
      visited.add(x, y)
    }
  })
  const parts = partsBeside(map, line, objectId, visited)
  const ids = renameParts(map, parts, objectId, newPart)
  if (ids.length > 0) handOut(map, onLine, new Set([...ids, objectId]))
  return ids
}

/** The 4-connected parts of an object with a pixel in or beside the spans, the largest first. */
function partsBeside(map: TileMap, spans: Spans, objectId: number, visited: PixelSet): Spans[] {
  const parts: Spans[] = []
  const options: FloodOptions = { within: map.rect, limitPx: Number.POSITIVE_INFINITY, visited }
  const visit = (x: number, y: number) => {
    if (!map.contains(x, y) || map.get(x, y) !== objectId || visited.has(x, y)) return
    parts.push(flood(map, x, y, options)!)
  }
  forEachSpan(spans, (y, x0, x1) => {
    for (let x = x0; x < x1; x++) visit(x, y - 1)
    for (let x = x0 - 1; x <= x1; x++) visit(x, y)
    for (let x = x0; x < x1; x++) visit(x, y + 1)
  })
  return parts
    .map((part) => ({ part, area: areaOf(part) }))
    .sort((a, b) => b.area - a.area)
    .map(({ part }) => part)
}

/** All but the first part become new objects. */
function renameParts(map: TileMap, [, ...others]: Spans[], objectId: number, newPart: NewPart): number[] {
  return others.map((part) => {
    const id = newPart(objectId)
    forEachSpan(part, (y, x0, x1) => map.paintSpan(y, x0, x1, id))
    return id
  })
}

const NEIGHBOURS = [
  [0, -1],
  [-1, 0],
  [1, 0],
  [0, 1],
] as const

/** Gives each pixel of the line to the part that reaches it first, ring by ring. */
function handOut(map: TileMap, onLine: [number, number][], ids: Set<number>): void {
  const open = new PixelSet()
  for (const [x, y] of onLine) open.add(x, y)
  let left = onLine
  while (left.length > 0) {
    const reached = left.map(([x, y]) => {
      const from = NEIGHBOURS.find(([dx, dy]) => {
        const [nx, ny] = [x + dx, y + dy]
        return map.contains(nx, ny) && ids.has(map.get(nx, ny)) && !open.has(nx, ny)
      })
      return from ? map.get(x + from[0], y + from[1]) : null
    })
    const next = left.filter((_, index) => reached[index] === null)
    if (next.length === left.length) return // an island under the line keeps its id
    left.forEach(([x, y], index) => {
      const id = reached[index]
      if (id === null || id === undefined) return
      map.set(x, y, id)
      open.delete(x, y)
    })
    left = next
  }
}
