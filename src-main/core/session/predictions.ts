/** Predictions from a window: whole images in the background, and their objects as editable annotation. */
import type { Handlers } from '../../../src-shared/api.ts'
import { acceptObjects, rejectObjects } from './proposed-objects.ts'
import type { Session } from './session.ts'

export const predictionHandlers = (
  session: Session,
): Handlers<
  'prediction.start' | 'prediction.objects' | 'prediction.cancel' | 'prediction.accept' | 'prediction.reject'
> => ({
  'prediction.start': (request) => session.predictions.start(request),

  'prediction.objects': ({ id, aim }, { signal }) => session.predictions.chooseObjects(id, aim, signal),

  'prediction.cancel': ({ id }) => {
    session.predictions.cancel(id)
    return null
  },

  'prediction.accept': async (request, { client, signal }) => {
    const { changes, objectIds, ...rest } = await acceptObjects(session, request, signal)
    return { changes: session.planesChanged(changes, client), created: objectIds, ...rest }
  },

  'prediction.reject': async (request, { client, signal }) => {
    const { changes, objectIds, action } = await rejectObjects(session, request, signal)
    return { changes: session.planesChanged(changes, client), rejected: objectIds, action }
  },
})
