/** Planes and strokes: answered at once, on disk before the answer. */
import type { Handlers } from '../../../src-shared/api.ts'
import { parseStroke } from '../../../src-shared/strokes.ts'
import type { Session } from './session.ts'
import { objectViews, planeChangeView } from './views.ts'

export const planeHandlers = (
  session: Session,
): Handlers<'plane.view' | 'plane.objects' | 'plane.painted' | 'plane.stroke' | 'object.reserve'> => {
  const { store } = session
  return {
    'plane.view': ({ plane }) => {
      const { revision, isComplete } = store.labels.state(plane)
      return { revision, isComplete, ...store.labels.history(plane.imageId, plane.layer) }
    },

    'plane.objects': ({ plane }) => {
      store.labels.state(plane) // refuses a plane that there is not
      return objectViews(store, plane)
    },

    'plane.painted': ({ plane }) => store.labels.tiles(plane).map(({ tx, ty }) => ({ tx, ty })),

    'plane.stroke': ({ plane, stroke }, { client }) => {
      const before = store.labels.history(plane.imageId, plane.layer)
      const { objectId, created, revision, planes, changed } = store.labels.apply(plane, parseStroke(stroke))
      const after = store.labels.history(plane.imageId, plane.layer)
      const isNew = after.undo !== before.undo || after.redo !== before.redo
      // A stroke that only changes object rows (class, state) shows in its own plane; one that changes nothing, in none.
      const changes = planes.length > 0 || !isNew ? planes : [{ plane, revision, changed }]
      const views = isNew ? session.planesChanged(changes, client) : changes.map(planeChangeView)
      return { revision, changes: views, created, ...(objectId === undefined ? {} : { objectId }) }
    },

    'object.reserve': ({ imageId, layer, count }) => {
      store.images.get(imageId)
      return { first: store.objects.reserveIds(imageId, layer, count) }
    },
  }
}
