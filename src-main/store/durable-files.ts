/** Files before rows: a file is complete and on disk under its final name before anything refers to it. */
import { createHash, randomUUID } from 'node:crypto'
import { closeSync, createReadStream, fsyncSync, openSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { translate } from './database.ts'

const PREFIX = '.tmp-cellbrush-'

/** True for files and folders this program made and would have renamed: the only ones a sweep may delete. */
export const isTemporary = (name: string): boolean => basename(name).startsWith(PREFIX)

/** An unused temporary name in a folder. */
export const temporaryIn = (folder: string): string => join(folder, PREFIX + randomUUID())

/** Replaces or creates a file so that after a crash it has either its old or its new content, whole. */
export function writeFileDurably(path: string, bytes: Uint8Array | string): void {
  const temporary = temporaryIn(dirname(path))
  const content = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  try {
    const file = openSync(temporary, 'wx')
    try {
      for (let done = 0; done < content.length; ) done += writeSync(file, content, done)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (error) {
    rmSync(temporary, { force: true })
    throw translate(path, error)
  }
}

/** Moves a finished temporary file to its name, durably. The file must have been synced. */
export function commitTemporary(temporary: string, path: string): void {
  try {
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw translate(path, error)
  }
}

/** Makes renames in a folder durable. Windows has no such call and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

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

/** SHA-256 (hex) and size of a file, read in pieces. */
export async function hashFile(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
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
