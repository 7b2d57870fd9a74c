/** What lies over the picture of the open plane: labels and what is known of their objects, weights, a prediction. */
import type { ObjectView } from '../../src-shared/api.ts'
import type { Rect } from '../../src-shared/planes.ts'
import type { AnnotatorEvents, CursorInfo } from './annotator-events.ts'
import type { PlaneInfo, PredictionLink } from './link.ts'
import { ObjectTable } from './object-table.ts'
import type { LabelPage } from './page.ts'
import { PredictionLayer } from './prediction-layer.ts'
import type { ProposedObjects, Renderer, Scene } from './renderer.ts'
import { DEFAULT_OVERLAYS, type Overlays, type Teaching, withoutLabels } from './view.ts'
import type { Point } from './viewport.ts'
import { WeightLayer } from './weight-layer.ts'

export interface LayersEvents {
  /** Something is to be drawn anew. */
  changed(): void
  /** Other tiles or another part of the weight map are wanted. */
  wanted(): void
  /** More of the weight map has come. */
  weighed(): void
  /** The weight map could not be made; one sentence. */
  failed(message: string): void
  weights(state: AnnotatorEvents['weights']): void
}

export class Layers {
  readonly weights: WeightLayer
  readonly #objects = new ObjectTable()
  readonly #prediction: PredictionLayer
  readonly #renderer: () => Renderer | null
  readonly #events: LayersEvents
  #info: PlaneInfo | null = null
  #overlays: Overlays
  #areLabelsHidden = false

  constructor(overlays: Partial<Overlays>, renderer: () => Renderer | null, events: LayersEvents) {
    this.#overlays = { ...DEFAULT_OVERLAYS, ...overlays }
    this.#renderer = renderer
    this.#events = events
    this.#prediction = new PredictionLayer(events.changed)
    this.weights = new WeightLayer({
      changed: (rect, isWhole) => renderer()?.weightsChanged(rect, isWhole),
      came: events.weighed,
      failed: events.failed,
      told: events.weights,
    })
  }

  open(info: PlaneInfo, page: LabelPage): void {
    this.#info = info
    this.#renderer()?.forget('all')
    this.weights.open(page, info)
  }

  close(): void {
    this.#info = null
    this.#objects.setObjects([], () => 1)
    this.weights.close()
    this.#prediction.proposals = null
    this.#prediction.setPrediction(null)
    this.#renderer()?.forget('probability')
  }

  setOverlays(overlays: Partial<Overlays>): void {
    this.#overlays = { ...this.#overlays, ...overlays }
    this.#events.wanted()
  }

  /** What makes the weight map. */
  setTeaching(teaching: Partial<Teaching>): void {
    this.weights.setTeaching(teaching)
    this.#events.wanted()
  }

  /** Hides labels and weights for as long as a key is held. */
  hideLabels(areHidden: boolean): void {
    this.#areLabelsHidden = areHidden
    this.#events.changed()
  }

  /** What is known of the objects of the plane: classes and states. */
  setObjects(objects: readonly Pick<ObjectView, 'id' | 'classId' | 'state'>[]): void {
    const index = new Map((this.#info?.classes ?? []).map(({ id }, at) => [id, at + 1]))
    this.#objects.setObjects(objects, (classId) => index.get(classId) ?? 1)
    this.weights.setObjectClasses(objects.map(({ id, classId }) => [id, index.get(classId) ?? 1]))
    this.#events.changed()
  }

  /** A stroke has made an object; the host has not said so yet. */
  objectMade(objectId: number, classId: number | undefined): void {
    const classIndex = (this.#info?.classes.findIndex(({ id }) => id === classId) ?? -1) + 1 || 1
    this.#objects.setClass(objectId, classIndex)
    this.weights.setObjectClass(objectId, classIndex)
  }

  /** Lifts objects, those of a list that are chosen, say. */
  chooseObjects(objectIds: Iterable<number>): void {
    this.#objects.choose(objectIds)
    this.#events.changed()
  }

  /** Probabilities for the overlays; null for none. */
  setPrediction(link: PredictionLink | null): void {
    this.#prediction.setPrediction(link)
    this.#renderer()?.forget('probability')
    this.#events.wanted()
  }

  /** Proposed objects of the plane or a part of it; null for none. */
  setProposals(proposals: ProposedObjects | null): void {
    this.#prediction.proposals = proposals
    this.#events.changed()
  }

  /** Labels inside a rectangle of the plane are others; `shown` is that at the level shown. */
  labelsChanged(rect: Rect, shown: Rect): void {
    this.#renderer()?.labelsChanged(shown)
    this.weights.labelsChanged(rect)
  }

  /** Wants what the overlays need of a level; answers the rectangle that the weight map needs the labels of. */
  want(level: number, seen: Rect, visible: Rect): Rect | null {
    const { probability, uncertainty, weights, teaches } = this.#overlays
    if (probability || uncertainty) this.#prediction.want(level, seen)
    return this.weights.show(visible, weights || teaches)
  }

  /** What lies over the picture at a pixel. */
  read(x: number, y: number): Pick<CursorInfo, 'weight' | 'probability'> {
    return { weight: this.weights.at(x, y), probability: this.#prediction.shareAt(x, y) }
  }

  /** The proposed object at a pixel, 0 for none; null while none are shown. */
  proposalAt(pixel: Point | null): number | null {
    if (!this.#info || !this.#overlays.proposals || !this.#prediction.proposals) return null
    return pixel ? this.#prediction.proposalAt(pixel) : 0
  }

  /** The layers as a frame shows them. */
  get scene(): Pick<Scene, 'overlays' | 'teaching' | 'objects' | 'weights' | 'probability' | 'proposals'> {
    return {
      overlays: this.#areLabelsHidden ? withoutLabels(this.#overlays) : this.#overlays,
      teaching: this.weights.teaching,
      objects: this.#objects,
      weights: this.weights.window,
      probability: this.#prediction.probability,
      proposals: this.#prediction.proposals,
    }
  }

  dispose(): void {
    this.weights.dispose()
    this.#prediction.dispose()
  }
}
