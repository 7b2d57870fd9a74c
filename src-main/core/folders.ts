/** Folders and links, with the operating system's complaints as sentences. */
import { copyFileSync, linkSync, mkdirSync } from 'node:fs'
import { asFileError, asWriteError } from '../files/file-errors.ts'

/** Makes a folder for results. Errors: 'not-writable', 'disk-full'. */
export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true })
  } catch (error) {
    throw asWriteError(error, folder)
  }
}

/** A hard link, so that a frozen input costs no room; a copy where the file system has no links or it is another disk. */
export function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return
    try {
      copyFileSync(from, to)
    } catch (second) {
      throw asFileError(second, to)
    }
  }
}
