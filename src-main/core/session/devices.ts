/** What this machine can compute with. */
import type { Handlers } from '../../../src-shared/api.ts'
import type { DeviceReport } from '../../../src-shared/engine-api.ts'
import { PRIORITY } from './job-queue.ts'
import type { Session } from './session.ts'

export const deviceHandlers = (session: Session): Handlers<'device.list'> => {
  /** Cards do not change while the program runs; measuring is repeated when asked for. */
  let known: DeviceReport[] | undefined
  const ask = (measure: boolean, signal: AbortSignal) => session.engine.call('devices', { measure }, { signal })
  return {
    'device.list': async ({ measure }, { signal }) => {
      if (measure) {
        const title = 'Measuring devices'
        const run = ({ signal }: { signal: AbortSignal }) => ask(true, signal)
        known = await session.queue.add({ title, lane: 'device', priority: PRIORITY.preview, run }, signal).done
      }
      known ??= await ask(false, signal)
      const chosen = known.find(({ isUsable }) => isUsable)?.device ?? 'cpu'
      return { devices: known, chosen }
    },
  }
}
