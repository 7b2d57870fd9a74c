/** The sample images that come with Cellbrush. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

/** resources/samples/NAME lies beside src-main in a checkout and further up in a built release. */
export function samplesFolder(name: string): string {
  for (let folder = path.dirname(fileURLToPath(import.meta.url)); ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'resources', 'samples', name)
    if (existsSync(candidate)) return candidate
    if (path.dirname(folder) === folder) throw new Error('resources/samples is missing from this installation')
  }
}
