import type { WireError } from '../src-shared/engine-api.ts'
import { AppError, type ErrorCode, FAILURES } from '../src-shared/errors.ts'

/** The code of an answer that asks the client to call again in a new engine process; never reaches a user. */
export const RESTART_CODE = 'restart'

/** A failure that came over the pipe as it was thrown in the engine: an AppError, or a plain Error for a bug. */
export function asError({ code, of, message, stack }: WireError): Error {
  const error = code in FAILURES ? new AppError(code as ErrorCode, of) : new Error(message)
  if (stack) error.stack = stack // where it happened, for --verbose and the report
  return error
}
