/**
 * The objects that a prediction got wrong, one by one: missed, invented, split, merged (docs/scores.md, "Mistakes").
 * The lists are as long as the counts of `objectScores`, which come from here.
 */
import { largestOf } from '../extremes.ts'
import type { Rect } from '../planes.ts'
import { union } from '../tile-map.ts'
import { type Contingency, contingency, type KnownPixels } from './contingency.ts'
import { judgedPredictions, type Match, matchedPairs } from './matching.ts'

export type MistakeKind = 'missed' | 'invented' | 'split' | 'merged'

export const MISTAKE_KINDS: readonly MistakeKind[] = ['missed', 'invented', 'split', 'merged']

export interface Mistake {
  kind: MistakeKind
  /** Ids in the true map: the missed or the split object, or those that were merged; none for an invention. */
  truth: number[]
  /** Ids in the predicted map: the invention, the pieces, or the merger; none for a missed object. */
  prediction: number[]
  /**
   * Known pixels that are wrong because of it: all of a missed or an invented object, what a split object has beside its
   * largest piece, what a merger holds of its objects beside the one it holds most of.
   */
  sizePx: number
}

/** A mistake and where it lies: the box around all of its objects, in pixels of the maps. */
export interface PlacedMistake extends Mistake {
  box: Rect
}

/** Part of a true object that a predicted one must cover to count as a piece of it and not as a speck. */
const LEAST_PIECE = 0.1

/**
 * All mistakes of `prediction` against `truth` (row-major instance maps, 0 background), the largest first; equal ones
 * from top to bottom.
 */
export function findMistakes(
  truth: Uint32Array,
  prediction: Uint32Array,
  width: number,
  known: KnownPixels = {},
): PlacedMistake[] {
  const table = contingency(truth, prediction, known)
  const truthBoxes = boxesOf(truth, width)
  const predictionBoxes = boxesOf(prediction, width)
  return mistakesOf(table)
    .map((mistake) => ({
      ...mistake,
      box: [
        ...mistake.truth.map((id) => truthBoxes.get(id)!),
        ...mistake.prediction.map((id) => predictionBoxes.get(id)!),
      ].reduce(union),
    }))
    .sort((a, b) => b.sizePx - a.sizePx || a.box.y - b.box.y || a.box.x - b.box.x)
}

/**
 * The same from a table that was already counted, without places. Every true object with known pixels is matched, missed,
 * split or merged; every predicted object of which at least half is known is matched, invented, a piece or a merger.
 */
export function mistakesOf(
  table: Contingency,
  found: readonly Match[] = matchedPairs(table),
  judged: Uint8Array = judgedPredictions(table),
): Mistake[] {
  const { truthIds, predictionIds, truthAreas, predictionAreas } = table
  const { splits, mergers } = sharedObjects(table)
  const truthId = (index: number) => truthIds[index]!
  const predictionId = (index: number) => predictionIds[index]!
  const indices = ({ several }: Shared) => several.map(({ index }) => index)
  const ones = (shared: readonly Shared[]) => shared.map(({ one }) => one)
  const explainedTruth = new Set([...found.map(({ truth }) => truth), ...ones(splits), ...mergers.flatMap(indices)])
  const explained = new Set([
    ...found.map(({ prediction }) => prediction),
    ...splits.flatMap(indices),
    ...ones(mergers),
  ])
  const missed = [...truthAreas.keys()].filter(
    (index) => index !== 0 && truthAreas[index]! > 0 && !explainedTruth.has(index),
  )
  const invented = [...judged.keys()].filter((index) => judged[index] && !explained.has(index))
  return [
    ...missed.map((index) => mistake('missed', [truthId(index)], [], truthAreas[index]!)),
    ...invented.map((index) => mistake('invented', [], [predictionId(index)], predictionAreas[index]!)),
    ...splits.map((shared) => {
      const sizePx = truthAreas[shared.one]! - largest(shared.several)
      return mistake('split', [truthId(shared.one)], indices(shared).map(predictionId), sizePx)
    }),
    ...mergers.map((shared) => {
      const sizePx = shared.several.reduce((sum, { px }) => sum + px, 0) - largest(shared.several)
      return mistake('merged', indices(shared).map(truthId), [predictionId(shared.one)], sizePx)
    }),
  ]
}

const mistake = (kind: MistakeKind, truth: number[], prediction: number[], sizePx: number): Mistake => ({
  kind,
  truth,
  prediction,
  sizePx,
})

/** An object of one map and the several of the other that share it, with the known pixels that each has of it. */
interface Shared {
  one: number
  several: { index: number; px: number }[]
}

/**
 * Split: two or more predictions lie mostly in the object and cover at least a tenth of it each. Merger: a prediction
 * that holds most of two or more objects.
 */
function sharedObjects({ pairs, truthAreas, predictionAreas }: Contingency): { splits: Shared[]; mergers: Shared[] } {
  const piecesOf = new Map<number, Shared>()
  const swallowedBy = new Map<number, Shared>()
  const list = (map: Map<number, Shared>, one: number, index: number, px: number) => {
    const shared = map.get(one) ?? { one, several: [] }
    shared.several.push({ index, px })
    map.set(one, shared)
  }
  for (let pair = 0; pair < pairs.px.length; pair++) {
    const truth = pairs.truth[pair]!
    const prediction = pairs.prediction[pair]!
    const px = pairs.px[pair]!
    if (truth === 0 || prediction === 0) continue
    const isPiece = 2 * px > predictionAreas[prediction]! && px >= LEAST_PIECE * truthAreas[truth]!
    if (isPiece) list(piecesOf, truth, prediction, px)
    if (2 * px > truthAreas[truth]!) list(swallowedBy, prediction, truth, px)
  }
  const several = (map: Map<number, Shared>) => [...map.values()].filter((shared) => shared.several.length > 1)
  return { splits: several(piecesOf), mergers: several(swallowedBy) }
}

const largest = (parts: Shared['several']): number => largestOf(parts.map(({ px }) => px))

/** The smallest box around each object of a map, unknown pixels of it too. */
export function boxesOf(map: Uint32Array, width: number): Map<number, Rect> {
  const edges = new Map<number, { left: number; top: number; right: number; bottom: number }>()
  for (let at = 0, y = 0; at < map.length; y++) {
    for (let x = 0; x < width; x++, at++) {
      const id = map[at]!
      if (id === 0) continue
      const from = x
      while (x + 1 < width && map[at + 1] === id) {
        x++
        at++
      }
      const box = edges.get(id)
      if (!box) edges.set(id, { left: from, top: y, right: x, bottom: y })
      else {
        box.left = Math.min(box.left, from)
        box.right = Math.max(box.right, x)
        box.bottom = y
      }
    }
  }
  return new Map(
    [...edges].map(([id, { left, top, right, bottom }]) => [
      id,
      { x: left, y: top, w: right - left + 1, h: bottom - top + 1 },
    ]),
  )
}
