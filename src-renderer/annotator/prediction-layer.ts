/** What a prediction lays over the open plane: probabilities tile by tile, and the objects that it proposes. */
import type { Rect } from '../../src-shared/planes.ts'
import type { PredictionLink } from './link.ts'
import { ProbabilityTiles } from './probability-tiles.ts'
import type { ProposedObjects } from './renderer.ts'
import type { Point } from './viewport.ts'

export class PredictionLayer {
  probability: ProbabilityTiles | null = null
  proposals: ProposedObjects | null = null
  readonly #came: () => void

  /** `came`: a tile of probabilities is here. */
  constructor(came: () => void) {
    this.#came = came
  }

  /** Probabilities of another prediction; null for none. */
  setPrediction(link: PredictionLink | null): void {
    this.probability?.dispose()
    this.probability = link && new ProbabilityTiles(link, this.#came)
  }

  want(level: number, seen: Rect): void {
    this.probability?.want(level, seen)
  }

  /** Probability of being an object at a pixel; null without a prediction. */
  shareAt(x: number, y: number): number | null {
    return this.probability?.shareAt(x, y) ?? null
  }

  /** The proposed object that is shown at a pixel of the plane, 0 for none. */
  proposalAt({ x, y }: Point): number {
    if (!this.proposals) return 0
    const { region, labels, classIds } = this.proposals
    const [column, row] = [x - region.x, y - region.y]
    const isInside = column >= 0 && row >= 0 && column < region.w && row < region.h
    const id = isInside ? labels[row * region.w + column]! : 0
    return classIds.has(id) ? id : 0
  }

  dispose(): void {
    this.probability?.dispose()
  }
}
