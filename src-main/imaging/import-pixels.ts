/**
 * The door for image files: everything from outside is decoded in a worker thread with a limit on its memory and on the
 * time without progress, and a thread that hangs or dies costs one sentence.
 */
import * as fs from 'node:fs'
import * as path from 'node:path'
import { Worker } from 'node:worker_threads'
import { AppError, type ErrorCode } from '../../src-shared/errors.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import { temporaryIn } from '../files/durable.ts'
import type { DecodeAnswer, DecodeJob } from './decode-worker.ts'
import type { ImageInfo } from './image-info.ts'

export interface DecodeOptions {
  /** Stops the work at once; the promise rejects with the signal's reason. */
  signal?: AbortSignal
  /** Hears which share is done, 0 to 1. */
  onProgress?: (share: number) => void
  /** Longest time without progress. */
  timeoutMs?: number
}

const TIMEOUT_MS = 60_000
/** Pixels lie outside the JavaScript heap and are bounded by the decoders; this stops everything else. */
const MOST_HEAP_MB = 1024

/** A thread that has finished its job and waits for the next, so that a thousand files do not start a thousand. */
let idle: Worker | undefined

/** Format, size, axes and pixel size by the file's header alone. Errors: 'file-missing', 'image-*'. */
export const inspect = (filePath: string, options: DecodeOptions = {}): Promise<ImageInfo> =>
  decode({ kind: 'inspect', path: filePath }, options) as Promise<ImageInfo>

/**
 * Writes the image as a pixel file with levels; it appears at `toPixelFile` whole or not at all. The answer describes
 * what was written: grey stored as RGB(A) has one channel. Errors: 'file-missing', 'image-*', 'disk-full',
 * 'not-writable', 'out-of-memory'.
 */
export async function importPixels(
  filePath: string,
  toPixelFile: string,
  options: DecodeOptions = {},
): Promise<ImageInfo> {
  const temporary = temporaryIn(path.dirname(toPixelFile))
  try {
    return (await decode({ kind: 'transcode', path: filePath, to: toPixelFile, temporary }, options)) as ImageInfo
  } catch (error) {
    for (const left of [temporary, `${temporary}2`]) fs.rmSync(left, { force: true }) // a killed thread leaves them
    throw error
  }
}

/** One page as stored, in memory: for masks. Page z + t * slices, from 0; a palette PNG gives indices on request. */
export const readWholePlane = (
  filePath: string,
  page: number,
  { asIndices = false, ...options }: DecodeOptions & { asIndices?: boolean } = {},
): Promise<Pixels> => decode({ kind: 'plane', path: filePath, page, asIndices }, options) as Promise<Pixels>

function decode(job: DecodeJob, { signal, onProgress, timeoutMs = TIMEOUT_MS }: DecodeOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const worker = takeWorker()
    let timer: NodeJS.Timeout
    const wait = (): void => {
      clearTimeout(timer)
      timer = setTimeout(() => kill(unreadable(job.path, `nothing came of it in ${timeoutMs / 1000} s`)), timeoutMs)
    }
    const settle = (): void => {
      clearTimeout(timer)
      for (const event of ['message', 'error', 'exit']) worker.removeAllListeners(event)
      signal?.removeEventListener('abort', stop)
    }
    const kill = (reason: unknown): void => {
      settle()
      worker.terminate().then(() => reject(reason), reject)
    }
    const stop = (): void => kill(signal?.reason)
    worker.on('message', (answer: DecodeAnswer) => {
      if ('share' in answer) {
        wait()
        onProgress?.(answer.share)
        return
      }
      settle()
      giveBack(worker)
      if (answer.ok) resolve(answer.value)
      else reject(fromWire(answer.error))
    })
    worker.on('error', (error: NodeJS.ErrnoException) => {
      const isMemory = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
      kill(isMemory ? new AppError('out-of-memory', { what: job.path, remedy: 'crop or tile it first' }) : error)
    })
    worker.on('exit', () => kill(unreadable(job.path, 'it ended its reader')))
    signal?.addEventListener('abort', stop, { once: true })
    wait()
    worker.postMessage(job)
  })
}

function takeWorker(): Worker {
  const worker = idle ?? startWorker()
  idle = undefined
  worker.ref()
  return worker
}

function startWorker(): Worker {
  const extension = path.extname(import.meta.url) // .ts in a checkout, .js in a release
  const file = new URL(`./decode-worker${extension}`, import.meta.url)
  return new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB }, stdout: false })
}

function giveBack(worker: Worker): void {
  if (idle === undefined) {
    idle = worker
    worker.unref() // it must not keep the program alive
    worker.once('exit', () => {
      if (idle === worker) idle = undefined
    })
  } else void worker.terminate()
}

const unreadable = (filePath: string, reason: string): AppError =>
  new AppError('image-unreadable', { path: filePath, reason })

function fromWire({ code, of, message, stack }: Extract<DecodeAnswer, { ok: false }>['error']): Error {
  if (code !== '') return new AppError(code as ErrorCode, of)
  const error = new Error(message)
  error.stack = stack
  return error
}
