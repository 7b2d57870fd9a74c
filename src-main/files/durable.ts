/**
 * Files that have, after a crash, either their old or their new content, whole: everything is written under a temporary
 * name beside the final one, synced, renamed, and the folder synced.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { asWriteError } from './file-errors.ts'

const PREFIX = '.tmp-cellbrush-'

/** True for files and folders this program made and would have renamed: the only ones a sweep may delete. */
export const isTemporary = (name: string): boolean => basename(name).startsWith(PREFIX)

/** An unused temporary name in a folder. */
export const temporaryIn = (folder: string): string => join(folder, PREFIX + randomUUID())

/**
 * Creates or replaces a file. `write` gets an unused path in the same folder and leaves a synced file there.
 * Errors: 'disk-full', 'not-writable'.
 */
export function replaceDurably(path: string, write: (temporary: string) => void): void {
  const temporary = temporaryIn(dirname(path))
  try {
    write(temporary)
    commitTemporary(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw asWriteError(error, path)
  }
}

/** The same with content that is in memory, in parts that follow each other. Errors: as replacing. */
export function writeFileDurably(path: string, ...parts: readonly (Uint8Array | string)[]): void {
  replaceDurably(path, (temporary) => {
    const file = openSync(temporary, 'wx')
    try {
      for (const part of parts) writeFully(file, typeof part === 'string' ? Buffer.from(part) : part)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  })
}

/** Gives a finished file, which has been synced, its name. Errors: as replacing; the temporary file is left then. */
export function commitTemporary(temporary: string, path: string): void {
  try {
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw asWriteError(error, path)
  }
}

/** Writes all bytes, however few the system takes at a time; at the end of what was written, or at a position. */
export function writeFully(file: number, bytes: Uint8Array, position?: number): void {
  for (let done = 0; done < bytes.length; ) {
    const at = position === undefined ? null : position + done
    done += writeSync(file, bytes, done, bytes.length - done, at)
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
