/** Objects over several planes: where one lies, the planes between two that show one, and copies to another plane. */
import type { Handlers } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { interpolateObject, type ObjectMask } from '../../../src-shared/interpolate-objects.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { intersect, type PlaneKey, type Rect } from '../../../src-shared/planes.ts'
import type { LabelStep, ObjectExtent, ProjectStore } from '../../store/index.ts'
import type { Session } from './session.ts'

export const objectHandlers = (
  session: Session,
): Handlers<'object.planes' | 'object.interpolate' | 'object.copyTo'> => {
  const { store } = session
  return {
    'object.planes': ({ imageId, layer, objectId }) => {
      store.images.get(imageId)
      return store.objects.extents(imageId, layer, objectId).map(({ z, t }) => ({ z, t }))
    },

    'object.interpolate': ({ plane, objectId, toZ }, { client }) => {
      requirePlanes(store, [plane, { ...plane, z: toZ }])
      const extents = store.objects.extents(plane.imageId, plane.layer, objectId)
      const near = maskOf(store, plane, objectId, boxIn(extents, plane))
      const far = maskOf(store, { ...plane, z: toZ }, objectId, boxIn(extents, { ...plane, z: toZ }))
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
      const boxes = new Map(store.objects.inPlane(plane).map(({ id, box }) => [id, box]))
      const changes = store.labels.step(plane.imageId, plane.layer, 'copy', (step) => {
        for (const id of objectIds) paintWhereFree(store, step, target, maskOf(store, plane, id, boxes.get(id)), id)
      })
      return { changes: session.planesChanged(changes, client) }
    },
  }
}

/** Refuses planes that the image does not have. */
function requirePlanes({ labels }: ProjectStore, planes: readonly PlaneKey[]): void {
  for (const plane of planes) labels.state(plane)
}

const boxIn = (extents: readonly ObjectExtent[], { z, t }: PlaneKey): Rect | undefined =>
  extents.find((extent) => extent.z === z && extent.t === t)?.box

/** The pixels of an object in one plane. Errors: 'object-missing' where it has none. */
function maskOf({ labels }: ProjectStore, plane: PlaneKey, id: number, box: Rect | undefined): ObjectMask {
  if (!box) throw new AppError('object-missing', { object: id })
  const { data } = labels.readRegion(plane, box)
  return { ...box, data: Uint8Array.from(data, (label) => (label === id ? 1 : 0)) }
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
