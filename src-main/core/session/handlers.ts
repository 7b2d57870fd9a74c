/** Everything the contract asks, answered by one session. A missing handler does not compile. */
import type { Handlers } from '../../../src-shared/api.ts'
import { deviceHandlers } from './devices.ts'
import { exportHandlers } from './exports.ts'
import { historyHandlers } from './history.ts'
import { imageHandlers } from './images.ts'
import { importHandlers } from './imports.ts'
import { objectHandlers } from './objects.ts'
import { planeHandlers } from './planes.ts'
import { predictionHandlers } from './predictions.ts'
import { projectHandlers } from './project.ts'
import type { Session } from './session.ts'
import { trainingHandlers } from './training.ts'

export const handlers = (session: Session): Handlers => ({
  ...projectHandlers(session),
  ...imageHandlers(session),
  ...planeHandlers(session),
  ...historyHandlers(session),
  ...objectHandlers(session),
  ...deviceHandlers(session),
  ...trainingHandlers(session),
  ...predictionHandlers(session),
  ...importHandlers(session),
  ...exportHandlers(session),
})
