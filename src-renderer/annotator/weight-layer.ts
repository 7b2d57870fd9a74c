/** The weight map over the open plane: what it is computed from, for which part, and whether it can be shown. */
import type { Rect } from '../../src-shared/planes.ts'
import type { AnnotatorEvents } from './annotator-events.ts'
import type { PlaneInfo } from './link.ts'
import { classWeight, DEFAULT_TEACHING, type Teaching } from './view.ts'
import { type LabelSource, MOST_WINDOW_PX, Weights, type WeightWindow } from './weights.ts'
import { WorkerWeightsPost } from './weights-post.ts'

const NOTHING: Rect = { x: 0, y: 0, w: 0, h: 0 }
const NOT_COMPUTED =
  'The weight map could not be computed, perhaps for want of memory; close what you do not need, and paint on.'

export interface WeightLayerEvents {
  /** The map inside a rectangle is another; `isWhole`: so is its window. */
  changed(rect: Rect, isWhole: boolean): void
  /** The worker has answered: there is something to draw. */
  came(): void
  /** It could not be computed; one sentence. */
  failed(message: string): void
  /** Whether the map is shown. */
  told(state: AnnotatorEvents['weights']): void
}

export class WeightLayer {
  readonly #weights: Weights
  readonly #events: WeightLayerEvents
  #teaching = DEFAULT_TEACHING
  /** Class index by object id, of objects that are not of the first class. */
  #objectClasses: Record<string, number> = {}
  #isComplete = false
  #isOpen = false
  #state: AnnotatorEvents['weights'] = 'off'
  #isWanted = false
  #isTooFar = false

  constructor(events: WeightLayerEvents) {
    this.#events = events
    const came = (rect: Rect, isWhole: boolean) => {
      events.changed(rect, isWhole)
      this.#tell()
      events.came()
    }
    const failed = () => {
      this.#tell()
      events.failed(NOT_COMPUTED)
    }
    this.#weights = new Weights(new WorkerWeightsPost(), came, failed)
  }

  open(source: LabelSource, { width, height, ringPx, isComplete }: PlaneInfo): void {
    this.#isOpen = true
    this.#isComplete = isComplete
    this.#teaching = { ...this.#teaching, ringPx }
    this.#weights.open(source, { x: 0, y: 0, w: width, h: height })
    this.#setRules()
  }

  close(): void {
    this.#isOpen = false
    this.#objectClasses = {}
    this.#weights.open(null, NOTHING)
  }

  get teaching(): Teaching {
    return this.#teaching
  }

  /** Class weights are a factor; everything else is computed anew. */
  setTeaching(teaching: Partial<Teaching>): void {
    this.#teaching = { ...this.#teaching, ...teaching }
    this.#setRules()
  }

  setComplete(isComplete: boolean): void {
    this.#isComplete = isComplete
    this.#setRules()
  }

  /** Class indices of all objects; 1 is the project's first class. */
  setObjectClasses(classes: Iterable<[id: number, classIndex: number]>): void {
    const before = JSON.stringify(this.#objectClasses)
    this.#objectClasses = Object.fromEntries([...classes].filter(([, classIndex]) => classIndex !== 1))
    if (JSON.stringify(this.#objectClasses) !== before) this.#setRules()
  }

  /** Class index of an object that has just been made. */
  setObjectClass(id: number, classIndex: number): void {
    if (classIndex <= 1) return
    this.#objectClasses = { ...this.#objectClasses, [id]: classIndex }
    this.#setRules()
  }

  labelsChanged(rect: Rect): void {
    this.#weights.labelsChanged(rect)
  }

  /** Shows the map of what is visible, or none; answers of what it needs the labels. */
  show(visible: Rect, isWanted: boolean): Rect | null {
    this.#isWanted = isWanted
    this.#isTooFar = isWanted && visible.w * visible.h > MOST_WINDOW_PX
    this.#weights.show(isWanted && !this.#isTooFar ? visible : null)
    this.#tell()
    return this.#weights.needed
  }

  /** Before a frame: what a stroke has changed is drawn with it. Answers where that is. */
  bringUpToDate(): Rect | null {
    const changed = this.#weights.update()
    if (changed) this.#events.changed(changed, false)
    return changed
  }

  get window(): WeightWindow | null {
    return this.#weights.window
  }

  /** w(x) of a pixel, 0 where nothing teaches; null while the map is not shown. */
  at(x: number, y: number): number | null {
    const at = this.#weights.at(x, y)
    if (!at) return null
    if (at.classIndex === null) return 0
    return classWeight(this.#teaching, at.classIndex) + (at.classIndex === 0 ? at.term : 0)
  }

  dispose(): void {
    this.#weights.dispose()
  }

  #setRules(): void {
    const { w0, sigmaPx, ringPx, carve } = this.#teaching
    const [isComplete, objectClasses] = [this.#isComplete, this.#objectClasses]
    this.#weights.setRules({ w0, sigmaPx, ringPx, carve, isComplete, objectClasses })
  }

  #tell(): void {
    const shown = this.#isTooFar ? 'zoom-in' : this.#weights.window ? 'shown' : 'busy'
    const state = this.#isWanted && this.#isOpen ? shown : 'off'
    if (state === this.#state) return
    this.#state = state
    this.#events.told(state)
  }
}
