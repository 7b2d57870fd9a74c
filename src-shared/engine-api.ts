/** What the host and the engine process say to each other; frames are described in docs/architecture.md. */
import type { ObjectsPlan } from './run-plan.ts'
import type { ObjectsAim } from './scores/aims.ts'

export type DeviceName = 'tensorflow' | 'webgpu' | 'cpu'

/** One backend as found on this machine. */
export interface DeviceReport {
  device: DeviceName
  isUsable: boolean
  /** "TensorFlow 2.21.0, 2 threads", "Vulkan: SwiftShader", ... */
  label: string
  /** Why it is not usable or not the fastest, in words a biologist can act on. */
  reason?: string
  /** Measured training step of a small network (base 16, 256 x 256), seconds; only on request. */
  secondsPerStep?: number
  isGpu: boolean
}

/** A line of a run's `log.jsonl`, and the event the host receives. */
export type RunEvent =
  | { type: 'planned'; steps: number; secondsPerStep: number; device: DeviceName; label: string; memoryBytes: number }
  | { type: 'step'; step: number; energy: number; learningRate: number; seconds: number }
  | { type: 'validation'; step: number; energy: number; score: number; objects: ObjectsPlan }
  | { type: 'checkpoint'; step: number; file: string; isBest: boolean }
  /** What the network predicts for the held-out region (previews.ts) was written. */
  | { type: 'preview'; step: number }
  | {
      type: 'state'
      state: 'running' | 'paused' | 'stopped' | 'finished' | 'diverged' | 'failed'
      step: number
      message?: string
    }

export interface TrainResult {
  state: 'finished' | 'stopped' | 'diverged'
  step: number
  /** Checkpoint to predict with, relative to the run folder. */
  model: string
  score?: number
  objects?: ObjectsPlan
}

/** Each request with its parameters, its events and its answer. All of them can be aborted. */
export interface EngineApi {
  devices: { params: { measure: boolean; only?: DeviceName }; event: { device: DeviceName }; result: DeviceReport[] }
  train: { params: { folder: string; resume: boolean }; event: RunEvent; result: TrainResult }
  /** Acts on the training under way. 'stop' keeps the weights. */
  control: { params: { action: 'pause' | 'continue' | 'stop' }; event: never; result: { state: string } }
  /** Chooses anew how objects are made, for a model (absolute path) and on what the run in the folder held out. */
  objects: {
    params: { folder: string; model: string; aim: ObjectsAim; average: boolean; device: DeviceName | 'auto' }
    event: never
    result: { objects: ObjectsPlan; score: number }
  }
  predict: {
    params: { folder: string }
    event: { item: number; done: number; total: number }
    result: { device: DeviceName; label: string; seconds: number; failed: { item: number; message: string }[] }
  }
}

/** A failure as it crosses the process border. */
export interface WireError {
  code: string
  of: Record<string, string | number>
  message: string
  stack?: string
}
