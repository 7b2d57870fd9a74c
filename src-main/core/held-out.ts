/**
 * Which part of the annotation is held out for validation when no image has that role. Blocks, not whole images: every
 * painted image still teaches, and the score still comes from pixels the network never saw labelled.
 */
import { leastOf } from '../../src-shared/extremes.ts'
import type { Rect } from '../../src-shared/planes.ts'
import {
  ClassesLeft,
  MOST_HELD_OUT,
  objectsOf,
  type PaintedGrid,
  type Place,
  placesIn,
  rectOf,
  sumOf,
  type WantedPlace,
} from './held-out-places.ts'
import { letOthersWork } from './job.ts'

export interface HoldOutOptions {
  /** Share of the painted area to hold out, over all planes: 0.15. */
  share?: number
  /** At most this many planes give a block, evenly spread: validation must not take longer than training. */
  maxBlocks?: number
  /** No block is smaller than this: with less, a score is a matter of luck. */
  leastSidePx?: number
  seed?: number
}

/**
 * Rectangles held out for validation, one list per plane (mostly empty or one). Of the n planes with a place for a block,
 * min(n, maxBlocks) give one each, evenly spread, together about `share` of what is painted. A block is placed where its
 * painted object and background pixels are nearest to its share of the plane's; it holds some object, and leaves to
 * training at least half of the objects' pixels on its plane, and of each class on all planes. Planes without such a
 * place (one small object, a tiny image) give none. Planes without objects give blocks only where no other can: that
 * nothing is found there says little. Equal input and seed give equal blocks.
 */
export async function chooseHeldOut(grids: readonly PaintedGrid[], options: HoldOutOptions = {}): Promise<Rect[][]> {
  const { share = 0.15, maxBlocks = 6, leastSidePx = 48, seed = 1 } = options
  const blocks: Rect[][] = grids.map(() => [])
  if (share === 0) return blocks
  const classes = new ClassesLeft(grids)
  const able = await planesWithPlaces(grids, { share, leastSidePx, classes })
  const donors = evenlySpread(able.length, Math.min(able.length, maxBlocks)).map((at) => able[at]!)
  const random = randomFrom(seed)
  // A plane without room for as much as all donors together should give gives none; where none has room, all give less.
  for (const wanted of [shareOfDonor(grids, donors, share), share]) {
    for (const index of donors) {
      const grid = grids[index]!
      const place = choosePlace([...placesIn(grid, { share: wanted, leastSidePx, classes })], random)
      if (place === undefined) continue
      classes.take(grid, place)
      blocks[index] = [rectOf(grid, place)]
    }
    if (blocks.some(({ length }) => length > 0)) break
  }
  return blocks
}

/** The planes with a place for a block: those with objects or, where there is none of them, those without. */
async function planesWithPlaces(grids: readonly PaintedGrid[], wanted: WantedPlace): Promise<number[]> {
  const able: number[] = []
  for (const [index, grid] of grids.entries()) {
    await letOthersWork()
    if (!placesIn(grid, wanted).next().done) able.push(index)
  }
  const withObjects = able.filter((index) => sumOf(objectsOf(grids[index]!)) > 0)
  return withObjects.length > 0 ? withObjects : able
}

/** `count` of the indices 0..length-1, evenly spread: 3 of 10 are 1, 5, 8. */
function evenlySpread(length: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * length) / count))
}

/** Donors with so much more or less paint than others, as a factor, still count as planes like them. */
const MUCH_ALIKE = 1.25

/**
 * So much of each donor that together it is `share` of all planes, each of which counts by how much of it is painted.
 * Where donors are painted much like the others planes are counted instead, which is what earlier versions did: a block
 * of a few per cent more would stand elsewhere and no run of theirs could be repeated.
 */
function shareOfDonor(grids: readonly PaintedGrid[], donors: readonly number[], share: number): number {
  const painted = grids.map((grid) => (sumOf(objectsOf(grid)) + sumOf(grid.other)) / (grid.width * grid.height))
  const byPaint = (share * sumOf(painted)) / sumOf(donors.map((index) => painted[index]!))
  const byCount = (share * grids.length) / donors.length
  const isAlike = byPaint < byCount * MUCH_ALIKE && byCount < byPaint * MUCH_ALIKE
  return Math.min(MOST_HELD_OUT, isAlike ? byCount : byPaint)
}

function choosePlace(places: readonly Place[], random: () => number): Place | undefined {
  if (places.length === 0) return undefined
  const best = leastOf(places.map(({ cost }) => cost))
  const good = places.filter(({ cost }) => cost <= best + 0.2) // many places are as good: let the seed choose
  return good[Math.floor(random() * good.length)]
}

/** Mulberry32: 32 bits of state are plenty for choosing a place. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
