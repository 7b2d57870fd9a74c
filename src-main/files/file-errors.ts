/** Turns what the operating system says about a file into the sentence a user can act on. */
import { AppError, type ErrorCode } from '../../src-shared/errors.ts'

const WHEN_WRITING: Record<string, ErrorCode> = {
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EFBIG: 'disk-full',
  ENOENT: 'not-writable', // the folder is missing
  ENOTDIR: 'not-writable',
  EISDIR: 'not-writable',
  EACCES: 'not-writable',
  EPERM: 'not-writable',
  EROFS: 'not-writable',
}

const WHEN_READING: Record<string, string> = {
  EISDIR: 'it is a folder',
  EACCES: 'its permissions forbid it',
  EPERM: 'its permissions forbid it',
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException & { code: string } =>
  error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string'

/** An AppError for a failure to write `path`; AppErrors and bugs come back as they are. */
export function asWriteError(error: unknown, path: string): unknown {
  if (error instanceof AppError || !isSystemError(error)) return error
  return new AppError(WHEN_WRITING[error.code] ?? 'not-writable', { path }, { cause: error })
}

/** An AppError for a failure to read `path`; AppErrors and bugs come back as they are. */
export function asReadError(error: unknown, path: string): unknown {
  if (error instanceof AppError || !isSystemError(error)) return error
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR')
    return new AppError('file-missing', { path }, { cause: error })
  const reason = WHEN_READING[error.code] ?? `the system says ${error.code}`
  return new AppError('image-unreadable', { path, reason }, { cause: error })
}

/** The same where a file may be missing or its disk full: for links, renames and folders. */
export function asFileError(error: unknown, path: string): unknown {
  if (isSystemError(error) && error.code === 'ENOENT') return new AppError('file-missing', { path }, { cause: error })
  return asWriteError(error, path)
}
