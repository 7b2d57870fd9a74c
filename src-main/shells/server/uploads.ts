/** Files on their way in: streamed to the session's own folder, known by an id afterwards. */
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import path from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { AppError } from '../../../src-shared/errors.ts'
import { bytesText } from '../../../src-shared/progress.ts'
import type { Session } from '../../core/session/session.ts'

export interface UploadOptions {
  limitBytes: number
  /** Another upload, to lie beside it. */
  beside?: string
  /** The window that sends it, as its line names it. */
  client?: string
}

/**
 * Stores the body of a request; answers the id that `import.start` and `image.relink` take, and the name it goes by.
 * Errors: 'upload-too-large', 'disk-full'.
 */
export async function takeUpload(
  session: Session,
  request: IncomingMessage,
  name: string,
  { limitBytes, beside, client }: UploadOptions,
): Promise<{ id: string; name: string }> {
  const plain = plainName(name)
  const tooLarge = new AppError('upload-too-large', { name: plain, limit: bytesText(limitBytes) })
  if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge
  const file = session.files.placeFor(plain, beside)
  let bytes = 0
  const counted = new Transform({
    transform(chunk, _, done) {
      bytes += chunk.length
      done(bytes > limitBytes ? tooLarge : null, chunk)
    },
  })
  try {
    mkdirSync(path.dirname(file), { recursive: true })
    await pipeline(request, counted, createWriteStream(file, { flags: 'wx' }))
    return { id: session.files.offer(file, { name: plain, isTemporary: true, client }), name: plain }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST') rmSync(file, { force: true }) // else it is another one's
    const isFull = ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(code)
    throw isFull ? new AppError('disk-full', { path: plain }, { cause: error }) : error
  }
}

/** The last part of a name, without what a file system or a terminal would take amiss; masks are matched by it. */
export function plainName(name: string): string {
  const last = name.split(/[\\/]/).at(-1) ?? ''
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be removed
  const plain = last.replaceAll(/[\x00-\x1f\x7f<>:"|?*]/g, '_').replace(/^\.+/, '')
  if (plain.length <= 150) return plain === '' ? 'file' : plain
  const extension = path.extname(plain).slice(0, 20)
  return plain.slice(0, 150 - extension.length) + extension
}
