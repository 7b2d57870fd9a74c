/** The original files of a project: copied to images/SHA256.EXT, or linked where they lie. */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { commitTemporary } from '../files/durable.ts'
import { copyHashed, hashFile } from './folder-files.ts'

/** A file that has been taken in. */
export interface Original {
  sha256: string
  bytes: number
  /** As the user knows it, with its extension. */
  fileName: string
  /** Lower case with the dot: ".tif". */
  extension: string
  /** Where to read it from. */
  path: string
  /** Set when the file was left where it is. */
  linkedPath?: string
}

/** Where the copy of an original lies. */
export const originalPath = (folder: string, sha256: string, extension: string): string =>
  join(folder, 'images', sha256 + extension)

/**
 * Takes a file into the project folder: read once, hashed while it is copied, synced and renamed to its hash, so that
 * equal files are stored once. With `link` it is only hashed. Nothing is written to the database.
 * Throws 'file-missing', 'image-unreadable', 'disk-full' or 'not-writable'.
 */
export async function takeOriginal(folder: string, path: string, { link = false } = {}): Promise<Original> {
  requireFile(path)
  const fileName = basename(path)
  const extension = plainExtension(fileName)
  const named = { fileName, extension }
  if (link) return { ...(await readHash(path)), ...named, path: resolve(path), linkedPath: resolve(path) }
  const images = join(folder, 'images')
  mkdirSync(images, { recursive: true })
  const { temporary, sha256, bytes } = await copyHashed(path, images)
  const kept = originalPath(folder, sha256, extension)
  if (existsSync(kept) && statSync(kept).size === bytes) rmSync(temporary, { force: true })
  else commitTemporary(temporary, kept)
  return { sha256, bytes, ...named, path: kept }
}

function requireFile(path: string): void {
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) throw new AppError('file-missing', { path })
  if (!status.isFile()) throw new AppError('image-unreadable', { path, reason: 'it is not a file' })
}

async function readHash(path: string): Promise<{ sha256: string; bytes: number }> {
  try {
    return await hashFile(path)
  } catch (error) {
    throw new AppError('image-unreadable', { path, reason: (error as Error).message }, { cause: error })
  }
}

/** The extension as it may appear in a file name of any system. */
function plainExtension(fileName: string): string {
  const extension = extname(fileName).toLowerCase()
  return /^\.[a-z0-9]{1,12}$/.test(extension) ? extension : ''
}
