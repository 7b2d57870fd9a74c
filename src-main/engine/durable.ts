/** Files that have, after a crash, either their old or their new content, whole. */
import { randomUUID } from 'node:crypto'
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'

/**
 * Creates or replaces a file. `write` gets an unused path in the same folder and leaves a file there that is on the
 * disk (`fsync`). Errors: 'disk-full', 'not-writable'.
 */
export function replaceDurably(path: string, write: (temporary: string) => void): void {
  const temporary = join(dirname(path), `.tmp-cellbrush-${randomUUID()}`)
  try {
    write(temporary)
    renameSync(temporary, path)
    syncFolder(dirname(path))
  } catch (cause) {
    rmSync(temporary, { force: true })
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new AppError('disk-full', { path }, { cause })
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS')
      throw new AppError('not-writable', { path }, { cause })
    throw cause
  }
}

/** The same for a short text. */
export function writeTextDurably(path: string, text: string): void {
  replaceDurably(path, (temporary) => {
    const file = openSync(temporary, 'wx')
    try {
      writeFileSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
  })
}

function syncFolder(folder: string): void {
  if (process.platform === 'win32') return
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}
