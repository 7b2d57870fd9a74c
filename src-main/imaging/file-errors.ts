/** Turns what the operating system says about a file into the sentence a user can act on. */
import { AppError, type ErrorCode } from '../../src-shared/errors.ts'

const CODES: Record<string, ErrorCode> = {
  ENOENT: 'file-missing',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EFBIG: 'disk-full',
  EACCES: 'not-writable',
  EPERM: 'not-writable',
  EROFS: 'not-writable',
}

/** An AppError for a system error about `path`; AppErrors and bugs come back as they are. */
export function asFileError(error: unknown, path: string): unknown {
  const system = error as NodeJS.ErrnoException
  if (error instanceof AppError || typeof system?.code !== 'string' || system.syscall === undefined) return error
  const code = CODES[system.code]
  if (code !== undefined) return new AppError(code, { path }, { cause: error })
  return new AppError('image-unreadable', { path, reason: system.code }, { cause: error })
}

/** The same for a file that is only read: permission is then the reason it cannot be read. */
export function asReadError(error: unknown, path: string): unknown {
  const code = (error as NodeJS.ErrnoException)?.code
  if (code !== 'EACCES' && code !== 'EPERM') return asFileError(error, path)
  return new AppError('image-unreadable', { path, reason: 'its permissions forbid it' }, { cause: error })
}
