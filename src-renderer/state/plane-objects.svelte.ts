import type { ObjectView } from '../../src-shared/api.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import type { StrokeDraft } from '../annotator/tool.ts'
import type { Asking } from './connection.ts'
import type { Toasts } from './toasts.svelte.ts'

/** What the list of objects needs of the plane that it belongs to. */
export interface ObjectsHost {
  readonly ask: Asking
  readonly toasts: Pick<Toasts, 'note' | 'done'>
  readonly plane: PlaneKey | null
  /** Planes of the stack. */
  readonly planeCount: number
  /** Paints; one undo step. */
  apply(draft: StrokeDraft): void
  jump(box: Rect): void
  openPlane(z: number, t: number): Promise<void>
  /** Wraps a request that changes planes without the annotator. */
  changing<T>(task: () => Promise<T>): Promise<T>
}

/** The objects painted on the open plane, which of them are chosen, and what is done with those. */
export class PlaneObjects {
  all = $state.raw<readonly ObjectView[]>([])
  selected = $state.raw<ReadonlySet<number>>(new Set())
  readonly #host: ObjectsHost

  constructor(host: ObjectsHost) {
    this.#host = host
  }

  /** The host has told what is there; what was rejected is not listed. */
  take(objects: readonly ObjectView[]): void {
    this.all = objects.filter(({ state }) => state !== 'rejected')
    const known = new Set(this.all.map(({ id }) => id))
    const left = [...this.selected].filter((id) => known.has(id))
    if (left.length < this.selected.size) this.select(left)
  }

  select(ids: Iterable<number>): void {
    this.selected = new Set(ids)
  }

  toggle(id: number): void {
    const next = new Set(this.selected)
    if (!next.delete(id)) next.add(id)
    this.selected = next
  }

  /** The next object in the order of ids, or the one before, round and round. */
  step(by: 1 | -1): void {
    const sorted = [...this.all].sort((a, b) => a.id - b.id)
    if (sorted.length === 0) return
    const at = sorted.findIndex(({ id }) => this.selected.has(id))
    const from = at < 0 && by < 0 ? 0 : at
    const next = sorted[(from + by + sorted.length) % sorted.length]!
    this.select([next.id])
    this.#host.jump(next.box)
  }

  deleteSelected(): void {
    const objectIds = [...this.selected]
    if (objectIds.length === 0) return
    this.select([])
    this.#host.apply({ tool: 'delete', objectIds })
  }

  /** The one with the smallest id stays. */
  mergeSelected(): void {
    const objectIds = [...this.selected].sort((a, b) => a - b)
    if (objectIds.length < 2) return
    this.select(objectIds.slice(0, 1))
    this.#host.apply({ tool: 'merge', objectIds })
  }

  setClassOfSelected(classId: number): void {
    const objectIds = [...this.selected]
    if (objectIds.length > 0) this.#host.apply({ tool: 'setClass', objectIds, classId })
  }

  async copyToNext(): Promise<void> {
    const { plane, planeCount, ask } = this.#host
    const objectIds = [...this.selected]
    if (!plane || objectIds.length === 0 || plane.z + 1 >= planeCount) return
    const to = { z: plane.z + 1, t: plane.t }
    await this.#host.changing(() => ask.ask('object.copyTo', { plane, objectIds, ...to }))
    await this.#host.openPlane(to.z, to.t)
    this.select(objectIds)
  }

  /** Fills the planes between this one and the nearest other one that shows the chosen object. */
  async interpolate(): Promise<void> {
    const { plane, ask, toasts } = this.#host
    const [objectId] = this.selected
    if (!plane || objectId === undefined) return
    const toZ = await this.#nearestPlaneWith(objectId, plane)
    if (toZ === undefined) {
      toasts.note('Paint this object on another plane first, with a gap between; the gap is then filled.')
      return
    }
    await this.#host.changing(() => ask.ask('object.interpolate', { plane, objectId, toZ }))
    const [first, last] = [Math.min(plane.z, toZ) + 2, Math.max(plane.z, toZ)] // as people count planes
    toasts.done(first === last ? `Filled plane ${first}.` : `Filled the planes from ${first} to ${last}.`)
  }

  /** With at least one plane between; of two that are as near, the one with the larger number. */
  async #nearestPlaneWith(objectId: number, { imageId, layer, z, t }: PlaneKey): Promise<number | undefined> {
    const planes = await this.#host.ask.ask('object.planes', { imageId, layer, objectId })
    const away = (other: number) => Math.abs(other - z)
    const apart = planes.flatMap((plane) => (plane.t === t && away(plane.z) >= 2 ? [plane.z] : []))
    return apart.sort((a, b) => away(a) - away(b) || b - a)[0]
  }
}
