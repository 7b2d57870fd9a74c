/** The thread of `BatchSource`: makes the batch of each step it is sent. No TensorFlow here, a second one fails. */
import { parentPort, workerData } from 'node:worker_threads'
import type { WireError } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { type Batch, Sampler } from '../../src-shared/sampler.ts'
import { openRunPlanes } from './batches-planes.ts'

export type BatchesFromWorker = { step: number; batch: Batch } | { error: WireError }

const port = parentPort!
const { folder, plan } = workerData as { folder: string; plan: RunPlan }
let sampler: Sampler | undefined

port.on('message', ({ step }: { step: number }) => {
  try {
    sampler ??= new Sampler(plan, openRunPlanes(folder, plan, 'train').planes)
    const batch = sampler.batch(step)
    port.postMessage({ step, batch }, [batch.image.buffer, batch.classIndex.buffer, batch.weight.buffer])
  } catch (error) {
    port.postMessage({ error: asWireError(error) })
  }
})

function asWireError(thrown: unknown): WireError {
  const { message, stack } = thrown instanceof Error ? thrown : new Error(String(thrown))
  if (thrown instanceof AppError) return { code: thrown.code, of: thrown.of, message }
  return { code: 'bug', of: {}, message, stack }
}
