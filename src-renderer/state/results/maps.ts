/** The maps that results are computed from: what is painted, what a run predicts, and the raw values of a plane. */
import type { ImageView, PredictionView } from '../../../src-shared/api.ts'
import type { Samples } from '../../../src-shared/pixels.ts'
import type { PlaneKey, Rect } from '../../../src-shared/planes.ts'
import type { Connection } from '../connection.ts'
import { objectsOfImage } from '../objects-of-image.ts'
import { readLabels, readProbabilities, readSamples, windowAround } from '../regions.ts'
import type { Computer } from './computer.ts'
import type { PredictedMap } from './jobs.ts'

/** Longest side of what is computed at once; of a larger plane the part around what is looked at. */
export const MOST_SIDE_PX = 4096
/** Predicted maps kept at hand. */
const MOST_KEPT = 4

/** A plane, or the part of a large one, that results are about. */
export interface PlanePart {
  plane: PlaneKey
  image: ImageView
  rect: Rect
}

export const partOf = (image: ImageView, plane: PlaneKey, around: Rect): PlanePart => ({
  ...{ image, plane },
  rect: windowAround(around, image, MOST_SIDE_PX),
})

/** All of a plane of usual size; of a larger one its middle. */
export const middleOf = (image: ImageView, plane: PlaneKey): PlanePart =>
  partOf(image, plane, { x: 0, y: 0, w: image.width, h: image.height })

export const isWhole = ({ image, rect }: PlanePart): boolean => rect.w === image.width && rect.h === image.height

export class PlaneMaps {
  readonly computer: Computer
  readonly #connection: Connection
  readonly #predicted = new Map<string, Promise<PredictedMap>>()

  constructor(connection: Connection, computer: Computer) {
    this.#connection = connection
    this.computer = computer
  }

  /** As it is stored now. */
  painted({ plane, rect }: PlanePart, signal?: AbortSignal): Promise<{ labels: Uint32Array; isComplete: boolean }> {
    return readLabels(this.#connection, plane, rect, signal)
  }

  /** Class id of each painted object. */
  async classesOf({ plane }: PlanePart): Promise<Record<number, number>> {
    const objects = await this.#connection.ask('plane.objects', { plane })
    return Object.fromEntries(objects.map(({ id, classId }) => [id, classId]))
  }

  samples({ image, plane, rect }: PlanePart, signal?: AbortSignal): Promise<Samples> {
    return readSamples(this.#connection.data, image, plane, rect, signal)
  }

  /** The objects that a prediction's own plan makes; a prediction never changes, so the last few are kept. */
  predicted(part: PlanePart, prediction: PredictionView): Promise<PredictedMap> {
    const { plane, rect } = part
    const key = [prediction.id, plane.imageId, plane.z, plane.t, rect.x, rect.y].join('/')
    const found = this.#predicted.get(key) ?? this.#make(part, prediction)
    this.#predicted.delete(key)
    this.#predicted.set(key, found) // the last used is last
    found.catch(() => this.#predicted.delete(key))
    for (const old of this.#predicted.keys()) {
      if (this.#predicted.size <= MOST_KEPT) break
      this.#predicted.delete(old)
    }
    return found
  }

  async #make({ plane, rect }: PlanePart, prediction: PredictionView): Promise<PredictedMap> {
    const bytes = await readProbabilities(this.#connection.data, prediction, plane, rect)
    const plan = objectsOfImage(prediction.objects, prediction, plane.imageId)
    return this.computer.do('objects', { bytes, width: rect.w, height: rect.h, plan })
  }
}
