/** The projects opened last, the newest first. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { app } from 'electron'
import * as v from 'valibot'
import { writeFileDurably } from '../../store/index.ts'

const MOST = 10
const Saved = v.array(v.string())

export class RecentProjects {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** Folders that hold a project now; one on a disk that is not there today comes back with it. */
  list(): string[] {
    return this.#read().filter((folder) => existsSync(join(folder, 'project.db')))
  }

  add(folder: string): void {
    this.#write([folder, ...this.#read().filter((other) => other !== folder)].slice(0, MOST))
    app.addRecentDocument(folder)
  }

  clear(): void {
    this.#write([])
    app.clearRecentDocuments()
  }

  #read(): string[] {
    try {
      return v.parse(Saved, JSON.parse(readFileSync(this.#file, 'utf8')))
    } catch {
      return [] // none yet, or a file that somebody changed
    }
  }

  #write(folders: string[]): void {
    writeFileDurably(this.#file, JSON.stringify(folders, null, 1))
  }
}

/** As it stands in a menu: "nuclei" of "/data/nuclei.cellbrush". */
export const projectName = (folder: string): string => basename(folder).replace(/\.cellbrush$/i, '')
