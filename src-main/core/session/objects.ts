/** Objects over several planes: the planes between two that show one, and copies to another plane. */
import type { Handlers } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { interpolateObject, type ObjectMask } from '../../../src-shared/interpolate-objects.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { intersect, type PlaneKey } from '../../../src-shared/planes.ts'
import type { LabelStep, MeasuredObject, ProjectStore } from '../../store/index.ts'
import type { Session } from './session.ts'

export const objectHandlers = (session: Session): Handlers<'object.interpolate' | 'object.copyTo'> => {
  const { store } = session
  return {
    'object.interpolate': ({ plane, objectId, toZ }, { client }) => {
      requirePlanes(store, [plane, { ...plane, z: toZ }])
      const [object] = measured(store, plane, [objectId]) as [MeasuredObject]
      const near = maskOf(store, object, plane)
      const far = maskOf(store, object, { ...plane, z: toZ })
      const direction = Math.sign(toZ - plane.z)
      const changes = store.labels.step(plane.imageId, plane.layer, 'interpolate', (step) => {
        for (let z = plane.z + direction; z !== toZ && direction !== 0; z += direction) {
          const mask = interpolateObject(near, far, (z - plane.z) / (toZ - plane.z))
          paintWhereFree(store, step, { ...plane, z }, mask, objectId)
        }
      })
      return { changes: session.planesChanged(changes, client) }
    },

    'object.copyTo': ({ plane, objectIds, z, t }, { client }) => {
      const target = { ...plane, z, t }
      requirePlanes(store, [plane, target])
      const objects = measured(store, plane, objectIds)
      const changes = store.labels.step(plane.imageId, plane.layer, 'copy', (step) => {
        for (const object of objects) {
          paintWhereFree(store, step, target, maskOf(store, object, plane), object.id)
        }
      })
      return { changes: session.planesChanged(changes, client) }
    },
  }
}

/** Refuses planes that the image does not have. */
function requirePlanes({ labels }: ProjectStore, planes: readonly PlaneKey[]): void {
  for (const plane of planes) labels.state(plane)
}

/** Errors: 'object-missing'. */
function measured(store: ProjectStore, { imageId, layer }: PlaneKey, ids: readonly number[]): MeasuredObject[] {
  const all = new Map(store.objects.measure(imageId, layer).map((object) => [object.id, object]))
  return ids.map((id) => {
    const object = all.get(id)
    if (!object) throw new AppError('object-missing', { object: id })
    return object
  })
}

/** The pixels of an object in one plane. Errors: 'object-missing' where it has none. */
function maskOf({ labels }: ProjectStore, { id, extents }: MeasuredObject, plane: PlaneKey): ObjectMask {
  const extent = extents.find(({ z, t }) => z === plane.z && t === plane.t)
  if (!extent) throw new AppError('object-missing', { object: id })
  const { data } = labels.readRegion(plane, extent.box)
  return { ...extent.box, data: Uint8Array.from(data, (label) => (label === id ? 1 : 0)) }
}

/** Writes an object where a mask says so and nobody has painted. */
function paintWhereFree(
  { labels, images }: ProjectStore,
  step: LabelStep,
  plane: PlaneKey,
  mask: ObjectMask,
  objectId: number,
): void {
  const { width, height } = images.get(plane.imageId)
  const rect = intersect(mask, { x: 0, y: 0, w: width, h: height })
  if (rect.w === 0 || rect.h === 0) return
  const map = labels.readRegion(plane, rect)
  for (let at = 0; at < map.data.length; at++) {
    const inMask = (rect.y - mask.y + Math.floor(at / rect.w)) * mask.w + rect.x - mask.x + (at % rect.w)
    if (mask.data[inMask] && map.data[at] === LABEL.unpainted) map.data[at] = objectId
  }
  step.writeRegion(plane, rect.x, rect.y, map, { origin: 'hand' })
}
