/** Predictions from a window: whole images in the background, and their objects as editable annotation. */
import type { Handlers } from '../../../src-shared/api.ts'
import { acceptObjects } from './accept-objects.ts'
import type { Session } from './session.ts'

export const predictionHandlers = (
  session: Session,
): Handlers<'prediction.start' | 'prediction.cancel' | 'prediction.accept'> => ({
  'prediction.start': (request) => session.predictions.start(request),

  'prediction.cancel': ({ id }) => {
    session.predictions.cancel(id)
    return null
  },

  'prediction.accept': async (request, { client, signal }) => {
    const { changes, created } = await acceptObjects(session, request, signal)
    return { changes: session.planesChanged(changes, client), created }
  },
})
