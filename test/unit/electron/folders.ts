import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

export const root = join(import.meta.dirname, '..', '..', '..')

/** Removed when the file's tests are over: a release tree is large. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellbrush-electron-'))
  made.push(folder)
  return folder
}

const made: string[] = []
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true })
})
