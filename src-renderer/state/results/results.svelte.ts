import type { ImageView } from '../../../src-shared/api.ts'
import type { PlaneKey, Rect } from '../../../src-shared/planes.ts'
import type { Connection } from '../connection.ts'
import type { Page } from '../page.svelte.ts'
import type { Predictions } from '../predictions.svelte.ts'
import type { Project } from '../project.svelte.ts'
import { Comparison } from './comparison.svelte.ts'
import type { Computer } from './computer.ts'
import { isWhole, middleOf, PlaneMaps, type PlanePart, partOf } from './maps.ts'
import { type MeasuredCell, Measures } from './measures.svelte.ts'
import { MistakeList } from './mistakes.svelte.ts'
import { RunScores } from './run-scores.svelte.ts'
import { type Source, type SourceId, sourceFor, sourcesOf } from './sources.ts'

/** What is measured on a plane, and whose doubt; undefined where the run has not predicted it. */
type SourceOn = (plane: PlaneKey) => Source | undefined

/** The Results moment: mistakes, comparison, scores and measurements of the open plane, and what ties them together. */
export class Results {
  readonly mistakes: MistakeList
  readonly comparison: Comparison
  readonly scores: RunScores
  readonly measures: Measures
  /** Prediction that is judged; empty: the newest. */
  judgedId = $state('')

  readonly #page: Page
  readonly #project: Project
  readonly #predictions: Predictions
  readonly #maps: PlaneMaps
  readonly #stops: (() => void)[]
  /** What all planes of an image are measured by; empty when something has changed there since. */
  #measured = ''

  readonly sources = $derived.by((): readonly Source[] => {
    const { plane } = this.#page
    return sourcesOf(plane ? this.#predictions.of(plane.imageId, plane.z, plane.t) : [], this.#project.view?.runs ?? [])
  })
  /** Of the open plane; null without one. */
  readonly judged = $derived.by((): Source | null => {
    const predicted = this.sources.filter(({ prediction }) => prediction)
    const chosen = this.#sourceFor(this.judgedId)
    return (chosen?.prediction ? chosen : predicted[0]) ?? null
  })
  /** What is measured on the open plane. */
  readonly measuredSource = $derived.by((): Source => this.#sourceFor(this.measures.source) ?? this.sources[0]!)

  constructor(
    connection: Connection,
    computer: Computer,
    of: { page: Page; project: Project; predictions: Predictions },
  ) {
    this.#page = of.page
    this.#project = of.project
    this.#predictions = of.predictions
    this.#maps = new PlaneMaps(connection, computer)
    this.mistakes = new MistakeList(this.#maps, (box) => this.jump(box))
    this.comparison = new Comparison(this.#maps, () => this.#predictions.all)
    this.scores = new RunScores(this.#maps, connection)
    this.measures = new Measures(this.#maps, () => this.#page.image)
    this.#stops = [
      connection.onEvent((event) => {
        if (event.type === 'plane-changed') this.#measured = ''
      }),
      connection.onState((state) => {
        if (state === 'open') this.#measured = '' // what has changed meanwhile was not heard of
      }),
    ]
  }

  /** Shows a box of the open plane where somebody is looking: in the comparison, else in the plane. */
  jump(box: Rect): void {
    if (this.comparison.isOpen) this.comparison.view((viewport) => viewport.show(box, viewport.width / 4))
    else this.#page.jump(box)
  }

  /** A measured cell, on whatever plane it lies. */
  async showCell({ z, t, box }: MeasuredCell): Promise<void> {
    if (z !== this.#page.z || t !== this.#page.t) await this.#page.openPlane(z, t)
    this.jump(box)
  }

  /** Names what each plane is measured by: another text where something else is chosen, or more has been predicted. */
  get measuredBy(): string {
    const { plane, image } = this.#page
    if (!plane || !image) return ''
    const { sourceOn, doubtOn } = this.#measuring(plane.imageId)
    const planes = this.measures.scope === 'plane' ? [plane] : planesOf(image, plane)
    const ids = planes.map((of) => `${sourceOn(of)?.id} ${doubtOn(of)?.id}`)
    return [plane.imageId, this.measures.scope, ...ids].join()
  }

  // --- following the open plane: each is called again when something it depends on has changed --------------------

  judge(): void {
    void this.mistakes.open(this.#part(), this.judged?.prediction ?? null)
  }

  compare(): void {
    const part = this.#part()
    if (!this.comparison.isOpen) return
    if (part) void this.comparison.load(part, this.sources)
    else this.comparison.close()
  }

  measure(): void {
    const part = this.#part()
    const { measures } = this
    if (!part) {
      measures.clear()
      return
    }
    const { sourceOn, doubtOn } = this.#measuring(part.plane.imageId)
    const ofPart = ({ plane }: PlanePart) => sourceOn(plane)
    const doubtOf = ({ plane }: PlanePart) => doubtOn(plane)
    const what = this.measuredBy
    // Of a large plane another part may be looked at now, and predicted objects are numbered part by part.
    const isStep = measures.scope === 'image' && what === this.#measured && measures.isMeasured && isWhole(part)
    this.#measured = what
    if (isStep) void measures.showMap(part, ofPart(part))
    else void measures.measure(this.#partsWith(part), ofPart, doubtOf)
  }

  score(): void {
    const { view, images } = this.#project
    const classIds = (view?.classes ?? []).map(({ id }) => id)
    void this.scores.compute(view?.runs ?? [], this.#predictions.all, images, classIds)
  }

  dispose(): void {
    for (const stop of this.#stops) stop()
    this.#maps.computer.dispose()
  }

  /** The part of the open plane around what is looked at; all of one of usual size. */
  #part(): PlanePart | null {
    const { plane, image, isOpen, centre } = this.#page
    if (!plane || !image || !isOpen) return null
    return partOf(image, plane, { ...centre, w: 0, h: 0 })
  }

  /** The source of the open plane that is meant by an id. */
  #sourceFor(wanted: SourceId): Source | undefined {
    return sourceFor(wanted, this.sources, this.#predictions.all)
  }

  #measuring(imageId: number): { sourceOn: SourceOn; doubtOn: SourceOn } {
    const { measuredSource: chosen, judged } = this
    const ofRun = (runId: string | undefined): SourceOn => {
      const find = runId === undefined ? () => undefined : this.#predictions.ofRun(imageId, runId)
      return ({ z, t }) => {
        const prediction = find(z, t)
        return prediction && { id: prediction.id, name: '', prediction }
      }
    }
    const sourceOn = chosen.prediction ? ofRun(chosen.prediction.runId) : () => chosen
    return { sourceOn, doubtOn: ofRun(chosen.prediction?.runId ?? judged?.prediction?.runId) }
  }

  /** What is measured with the open plane, that one first. */
  #partsWith(part: PlanePart): PlanePart[] {
    const { image, plane } = part
    if (this.measures.scope === 'plane') return [part]
    const others = planesOf(image, plane).filter(({ z, t }) => z !== plane.z || t !== plane.t)
    return [part, ...others.map((of) => middleOf(image, of))]
  }
}

/** All planes of an image, in the layer of one of them. */
const planesOf = ({ z: depth, t: times }: ImageView, plane: PlaneKey): PlaneKey[] =>
  Array.from({ length: depth * times }, (_, index) => ({ ...plane, z: index % depth, t: Math.floor(index / depth) }))
