/** Where the pixels of a project's images lie: `images/SHA256.cbpx`, derived from the original and made again if lost. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { importPixels } from '../imaging/import-pixels.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import type { ImageRecord, ProjectStore } from '../store/index.ts'

/** The path of an image's pixel file, whether it exists or not. */
export const pixelPath = (project: string, sha256: string): string => path.join(project, 'images', `${sha256}.cbpx`)

/** The pixel file of an image; decoded again when it has gone. Errors: 'file-missing', 'image-unreadable' ... */
export async function pixelFileOf(store: ProjectStore, image: ImageRecord, signal?: AbortSignal): Promise<string> {
  const file = pixelPath(store.folder, image.sha256)
  if (!existsSync(file)) await importPixels(store.images.pathOf(image), file, signal ? { signal } : {})
  return file
}

/** What a pixel file says of itself. Errors: those of opening it. */
export function readHeader(file: string): PixelFile['header'] {
  const pixels = PixelFile.open(file)
  pixels.close()
  return pixels.header
}

/** What a JSON file holds, unchecked. */
export const readJsonFile = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'))
