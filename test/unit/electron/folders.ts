import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '..', '..', '..')
export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'cellbrush-electron-'))
