/** Proposed objects in the graphics card: the map of their numbers, and beside it the table of what a click changes. */
import type { ClassView } from '../../src-shared/api.ts'
import type { GlTexture } from './gl-textures.ts'
import { UNIT } from './gl-uniforms.ts'
import { MARKS_WIDTH, proposalMarks } from './proposal-marks.ts'
import type { ProposedObjects } from './renderer.ts'

type Texture = Pick<GlTexture, 'put' | 'bind'>

export class GlProposals {
  readonly #map: Texture
  readonly #marks: Texture
  #mapOf: Uint32Array | null = null
  #marksOf: { proposals: ProposedObjects; classes: readonly ClassView[] } | null = null

  constructor(map: Texture, marks: Texture) {
    this.#map = map
    this.#marks = marks
  }

  /** Uploads what is another than before, the map only where it is another one, and binds both. */
  bind(proposals: ProposedObjects | null, classes: readonly ClassView[]): void {
    this.#putMap(proposals)
    if (proposals) this.#putMarks(proposals, classes)
    this.#map.bind(UNIT.proposals)
    this.#marks.bind(UNIT.marks)
  }

  /** A map that is shown no more gives its memory back: up to 64 MB. */
  #putMap(proposals: ProposedObjects | null): void {
    const labels = proposals?.labels ?? null
    if (labels === this.#mapOf) return
    if (proposals) this.#map.put(proposals.region.w, proposals.region.h, labels)
    else this.#map.put(1, 1, new Uint32Array(1))
    this.#mapOf = labels
  }

  #putMarks(proposals: ProposedObjects, classes: readonly ClassView[]): void {
    if (this.#marksOf?.proposals === proposals && this.#marksOf.classes === classes) return
    const marks = proposalMarks(proposals, classes)
    this.#marks.put(MARKS_WIDTH, marks.length / MARKS_WIDTH, marks)
    this.#marksOf = { proposals, classes }
  }
}
