/** This program's version, as package.json has it. */
import { readFileSync } from 'node:fs'

function findVersion(folder: URL): string {
  try {
    const { name, version } = JSON.parse(readFileSync(new URL('package.json', folder), 'utf8'))
    if (name === 'cellbrush') return version
  } catch {
    // not here: look one folder up
  }
  const parent = new URL('..', folder)
  if (parent.href === folder.href) throw new Error('package.json of cellbrush is missing')
  return findVersion(parent)
}

/** "0.1.0"; found upwards from here, because a release runs from `dist/`. */
export const VERSION: string = findVersion(new URL('.', import.meta.url))
