/** Trains run folders: in this process, or in a child that can be killed. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { type Checkpoint, readCheckpoint } from '../../src-main/engine/checkpoint.ts'
import type { Kernels } from '../../src-main/engine/kernels.ts'
import { train } from '../../src-main/engine/train.ts'
import { TrainControl } from '../../src-main/engine/train-control.ts'
import type { RunEvent, TrainResult } from '../../src-shared/engine-api.ts'
import { nativeKernels } from './native.ts'

export interface TrainHere {
  kernels?: Kernels
  resume?: boolean
  onEvent?: (event: RunEvent, control: TrainControl) => void
}

/** Trains in this process on native TensorFlow; `onEvent` may pause or stop. */
export function trainHere(folder: string, options: TrainHere = {}): Promise<TrainResult> {
  const control = new TrainControl()
  return train(folder, {
    kernels: options.kernels ?? nativeKernels(),
    control,
    resume: options.resume ?? false,
    onEvent: (event) => options.onEvent?.(event, control),
  })
}

/** What a child prints: the events of the run and, after each step, its memory. */
export type ChildLine = RunEvent | { type: 'memory'; step: number; bytes: number; tensors: number }

/** Trains in a child process, which `onLine` may kill. Resolves with its end. */
export function trainInChild(
  folder: string,
  { resume, onLine }: { resume: boolean; onLine: (line: ChildLine, kill: () => void) => void },
): Promise<{ code: number | null; signal: string | null }> {
  const script = fileURLToPath(new URL('./train-child.ts', import.meta.url))
  const child = spawn(process.execPath, [script, folder, ...(resume ? ['resume'] : [])], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  createInterface({ input: child.stdout }).on('line', (line) =>
    onLine(JSON.parse(line) as ChildLine, () => child.kill('SIGKILL')),
  )
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** The trained weights of a file of the run, by name. */
export function weightsOf(folder: string, file = 'model.cbck'): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>()
  for (const [name, { values }] of modelOf(folder, file).tensors) found.set(name, values)
  return found
}

export const modelOf = (folder: string, file = 'model.cbck'): Checkpoint => readCheckpoint(join(folder, file))
