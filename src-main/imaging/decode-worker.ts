/** The thread in which files from outside are decoded: it can be killed when a file makes it hang. */
import { parentPort } from 'node:worker_threads'
import type { WireError } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import type { ImageInfo } from './image-info.ts'
import { openImage } from './open.ts'
import { transcode } from './transcode.ts'
import { wholePlane } from './whole-plane.ts'

/** What can be asked of the thread. */
export type DecodeJob =
  | { kind: 'inspect'; path: string; asIndices?: boolean }
  | { kind: 'transcode'; path: string; to: string; temporary: string }
  | { kind: 'plane'; path: string; page: number; asIndices: boolean }

export type DecodeAnswer = { share: number } | { ok: true; value: unknown } | { ok: false; error: WireError }

async function inspectFile(path: string, asIndices = false): Promise<ImageInfo> {
  const decoder = await openImage(path, { asIndices })
  decoder.close()
  return decoder.info
}

async function answer(job: DecodeJob): Promise<unknown> {
  if (job.kind === 'inspect') return inspectFile(job.path, job.asIndices)
  if (job.kind === 'plane') return wholePlane(job.path, job.page, job.asIndices)
  return transcode(job.path, job.to, job.temporary, (share) => say({ share }))
}

function say(message: DecodeAnswer, moved: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, moved)
}

/** Errors lose their class on the way; code and details do not. */
function toWire(error: unknown, { path }: DecodeJob): WireError {
  const { message, stack } = error as Error
  if (error instanceof AppError) return { code: error.code, of: error.of, message, stack }
  if (error instanceof RangeError && /allocation failed|Invalid (typed )?array length/i.test(message)) {
    const failure = new AppError('out-of-memory', { what: path, remedy: 'close other programs or crop it first' })
    return { code: failure.code, of: failure.of, message: failure.message, stack }
  }
  return { code: '', of: {}, message, stack }
}

parentPort?.on('message', (job: DecodeJob) => {
  answer(job).then(
    (value) => say({ ok: true, value }, job.kind === 'plane' ? [(value as Pixels).data.buffer as ArrayBuffer] : []),
    (error: unknown) => say({ ok: false, error: toWire(error, job) }),
  )
})
