/** Files of a project folder: copied with their hash before anything refers to them, listed, swept, told apart. */
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, fstatSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { isTemporary, temporaryIn } from '../files/durable.ts'
import { translate } from './database.ts'

/**
 * Copies a file to a synced temporary in `folder` while hashing it; the caller commits or removes it.
 * Throws 'image-unreadable' for the source, 'disk-full' or 'not-writable' for the folder.
 */
export async function copyHashed(
  source: string,
  folder: string,
): Promise<{ temporary: string; sha256: string; bytes: number }> {
  const temporary = temporaryIn(folder)
  const hash = createHash('sha256')
  let bytes = 0
  try {
    const target = await open(temporary, 'wx')
    try {
      for await (const chunk of createReadStream(source, { highWaterMark: 1 << 20 })) {
        hash.update(chunk)
        bytes += chunk.length
        await target.writeFile(chunk)
      }
      await target.sync()
    } finally {
      await target.close()
    }
  } catch (error) {
    rmSync(temporary, { force: true })
    throw readFailure(source, error) ?? translate(folder, error)
  }
  return { temporary, sha256: hash.digest('hex'), bytes }
}

/** The AppError for a source that cannot be read, or null when it was the target that failed. */
function readFailure(source: string, error: unknown): AppError | null {
  const { path, syscall, message } = error as NodeJS.ErrnoException
  if (path !== source && syscall !== 'read') return null
  return new AppError('image-unreadable', { path: source, reason: message }, { cause: error })
}

/** SHA-256 (hex) and size of a file, read in pieces; rejects where `signal` aborts. */
export async function hashFile(path: string, signal?: AbortSignal): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, signal })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { sha256: hash.digest('hex'), bytes }
}

/** Deletes this program's leftovers directly in a folder; answers their names. Other files are never touched. */
export function removeTemporaries(folder: string): string[] {
  const leftovers = listFolder(folder).filter(isTemporary)
  for (const name of leftovers) rmSync(join(folder, name), { recursive: true, force: true })
  return leftovers
}

/** Names in a folder, none when there is no folder. */
export function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

const CHECKSUM_BYTES = 32

/** What a checkpoint ends with, hex: the SHA-256 of what stands before. Null for a file that is gone or too short. */
export function checksumAtEnd(path: string): string | null {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(CHECKSUM_BYTES)
      const start = fstatSync(file).size - CHECKSUM_BYTES
      return start >= 0 && readSync(file, bytes, 0, CHECKSUM_BYTES, start) === CHECKSUM_BYTES
        ? bytes.toString('hex')
        : null
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}
