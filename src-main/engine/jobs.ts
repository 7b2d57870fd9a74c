/** What the engine does when asked: each method of `EngineApi`, its parameters checked at the door. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import type { DeviceName } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { predictionPlanSchema, runPlanSchema } from '../../src-shared/run-plan.ts'
import { OBJECT_AIMS } from '../../src-shared/scores/aims.ts'
import { DEVICES, listDevices, openKernels } from './devices.ts'
import type { Kernels } from './kernels.ts'
import { needsNewProcess, type Precision } from './open-device.ts'
import { type EngineHandlers, RestartNeeded } from './serve.ts'
import { TrainControl } from './train-control.ts'

const devicesParams = v.object({ measure: v.boolean(), only: v.optional(v.picklist(DEVICES)) })
const trainParams = v.object({ folder: v.string(), resume: v.boolean() })
const controlParams = v.object({ action: v.picklist(['pause', 'continue', 'stop']) })
const predictParams = v.object({ folder: v.string() })
const objectsParams = v.object({
  folder: v.string(),
  model: v.string(),
  aim: v.picklist(OBJECT_AIMS),
  average: v.boolean(),
  device: v.picklist(['auto', ...DEVICES]),
})

export const jobHandlers = (): EngineHandlers => {
  let training: TrainControl | undefined
  return {
    devices: (params, { signal, onEvent }) => {
      const { measure, only } = v.parse(devicesParams, params)
      return listDevices({ measure, only, signal, onDevice: (device) => onEvent({ device }) })
    },

    train: async (params, { signal, onEvent, others }) => {
      const { folder, resume } = v.parse(trainParams, params)
      if (training) throw new AppError('not-ready', { reason: 'another training is under way; stop it first.' })
      const control = new TrainControl()
      training = control // from here on it can be stopped, even while the device is being opened
      signal.addEventListener('abort', () => control.stop('now'))
      try {
        const plan = readPlan(folder, runPlanSchema)
        const { threads, precision } = plan.optimization
        const device = (resume && plan.device === 'auto' && recordedDevice(folder)) || plan.device
        const kernels = await open({ device, threads, precision, isAlone: others() === 0 })
        const { train } = await import('./train.ts')
        return await train(folder, { resume, onEvent, control, kernels })
      } finally {
        training = undefined
      }
    },

    control: async (params) => {
      const { action } = v.parse(controlParams, params)
      if (!training) return { state: 'idle' }
      training[action]()
      return { state: training.stopping ? 'stopping' : training.isPaused ? 'paused' : 'running' }
    },

    predict: async (params, { signal, onEvent, others }) => {
      const { folder } = v.parse(predictParams, params)
      const { device, threads } = readPlan(folder, predictionPlanSchema)
      const kernels = await open({ device, threads, precision: 'float32', isAlone: others() === 0 })
      const { predict } = await import('./predict.ts')
      return predict(folder, { kernels, signal, onEvent })
    },

    objects: async (params, { signal, others }) => {
      const { folder, device, ...wanted } = v.parse(objectsParams, params)
      const kernels = await open({ device, threads: 0, precision: 'float32', isAlone: others() === 0 })
      const { chooseObjects } = await import('./choose-objects.ts')
      return chooseObjects(folder, { ...wanted, kernels, signal })
    },
  }
}

interface Wanted {
  device: DeviceName | 'auto'
  threads: number
  precision: Precision
  isAlone: boolean
}

function open({ device, threads, precision, isAlone }: Wanted): Promise<Kernels> {
  const isNative = device === 'auto' || device === 'tensorflow'
  if (isNative && isAlone && needsNewProcess(threads)) throw new RestartNeeded('another number of threads')
  return openKernels(device, { threads, precision })
}

function readPlan<S extends v.GenericSchema>(folder: string, schema: S): v.InferOutput<S> {
  const path = join(folder, 'plan.json')
  if (!existsSync(path)) throw new AppError('file-missing', { path })
  return v.parse(v.pipe(v.string(), v.parseJson(), schema), readFileSync(path, 'utf8'))
}

/** The device an interrupted run was on: going on elsewhere would give other bits. */
function recordedDevice(folder: string): DeviceName | undefined {
  try {
    const { device } = JSON.parse(readFileSync(join(folder, 'schedule.json'), 'utf8')) as { device: DeviceName }
    return DEVICES.find((known) => known === device)
  } catch {
    return undefined // interrupted before the schedule was made
  }
}
