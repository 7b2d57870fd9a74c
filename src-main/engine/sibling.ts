import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Path of a module beside the one that asks: TypeScript in a checkout, JavaScript in a release. */
export function siblingPath(meta: { url: string }, name: string): string {
  return fileURLToPath(new URL(`${name}${extname(fileURLToPath(meta.url))}`, meta.url))
}
