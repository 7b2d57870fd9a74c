/** Folders and links, with the operating system's complaints as sentences. */
import { copyFileSync, existsSync, linkSync, mkdirSync, readdirSync } from 'node:fs'
import { asFileError, asWriteError } from '../files/file-errors.ts'

/** Names in a folder, none when there is no folder. */
export const listFolder = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : [])

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
