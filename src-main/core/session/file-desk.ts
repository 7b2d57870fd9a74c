/**
 * Files on their way in and out. The contract carries ids and places; here they become paths, and nowhere else. Files
 * come as uploads, as files a desktop shell was given by the user, or from folders the operator named; they go out as
 * downloads.
 */
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { AppError } from '../../../src-shared/errors.ts'
import { temporaryIn } from '../../files/durable.ts'
import { compareNaturally } from '../../imaging/list-images.ts'

export interface OfferedFile {
  path: string
  /** As the user knows it. */
  name: string
  /** An upload: it goes away once it is taken or not wanted, some time after its window, at the latest with the session. */
  isTemporary: boolean
  /** The window that uploaded it, by the name it has chosen. */
  client?: string
}

type Offer = Partial<Omit<OfferedFile, 'path'>>

export interface BrowseAnswer {
  place: string
  entries: { name: string; place: string; isFolder: boolean }[]
}

/** Exports that can be fetched still; a window shows one, the last it asked for. */
const KEPT_EXPORTS = 8

export class FileDesk {
  readonly #roots: { name: string; path: string }[]
  readonly #offered = new Map<string, OfferedFile>()
  readonly #downloads = new Map<string, { path: string; name: string }>()
  #home: string | undefined
  /** Where folders are made now, and where all of them were made. */
  #scratch: string | undefined
  readonly #scratches = new Set<string>()
  #made = 0

  /** @param roots folders whose content may be imported; must exist. Errors: 'file-missing'. */
  constructor(roots: readonly string[] = []) {
    this.#roots = roots.map((root) => {
      if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) throw new AppError('file-missing', { path: root })
      const real = realpathSync(root)
      return { name: path.basename(real) || real, path: real }
    })
  }

  /**
   * Where uploads and exports lie from now on: in the project, whose disk is meant for them, swept there after a crash.
   * Those of before stay where they are.
   */
  keepIn(project: string): void {
    this.#home = project
    this.#scratch = undefined
  }

  /**
   * A folder of this session's own, removed at its end; later ones come later in the order of paths, as uploads must. No
   * image is called like it: a folder with an image's name would hold the image's masks.
   */
  makeFolder(): string {
    this.#scratch ??= this.#makeScratch()
    this.#scratches.add(this.#scratch)
    const folder = path.join(this.#scratch, `.upload ${this.#made++}`)
    mkdirSync(folder)
    return folder
  }

  /**
   * Where an upload of this name is to lie: beside another upload, so that a table is found beside its image; in a folder
   * of its own where there is none, or where its name is taken.
   */
  placeFor(name: string, beside?: string): string {
    const other = beside === undefined ? undefined : this.#offered.get(beside)
    if (other?.isTemporary) {
      const file = path.join(path.dirname(other.path), name)
      if (!existsSync(file)) return file
    }
    return path.join(this.makeFolder(), name)
  }

  /** Takes in a file (or a folder) that lies on this machine; answers the id that the contract knows it by. */
  offer(file: string, { name = path.basename(file), isTemporary = false, client }: Offer = {}): string {
    const id = randomUUID()
    this.#offered.set(id, { path: file, name, isTemporary, ...(client === undefined ? {} : { client }) })
    return id
  }

  /** Removes the uploads among these ids: they have been taken, or nobody can ask for them any more. */
  letGo(ids: readonly string[]): void {
    for (const id of ids) {
      const { path: file, isTemporary } = this.#offered.get(id) ?? {}
      if (file === undefined || !isTemporary) continue
      this.#offered.delete(id)
      rmSync(file, { force: true })
      if (this.#isOwn(file)) removeIfEmpty(path.dirname(file)) // others may lie beside it
    }
  }

  /** Removes what a window has uploaded: it has gone. */
  letGoOf(client: string): void {
    this.letGo([...this.#offered].flatMap(([id, file]) => (file.client === client ? [id] : [])))
  }

  /** The file behind an id or a place. Errors: 'file-missing', also for places outside the folders. */
  find(idOrPlace: string): OfferedFile {
    const offered = this.#offered.get(idOrPlace)
    if (offered) return offered
    const found = this.#resolve(idOrPlace)
    return { path: found, name: path.basename(found), isTemporary: false }
  }

  /** What lies in a place; the folders themselves for "". Hidden files are left out. */
  browse(place: string): BrowseAnswer {
    if (place === '') {
      const entries = this.#roots.map(({ name }, index) => ({ name, place: String(index), isFolder: true }))
      return { place, entries }
    }
    const folder = this.#resolve(place)
    const found = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => !name.startsWith('.'))
    const entries = found.flatMap((entry) => {
      const status = statSync(path.join(folder, entry.name), { throwIfNoEntry: false }) // links are followed
      const isFolder = status?.isDirectory() === true
      if (!isFolder && !status?.isFile()) return []
      return [{ name: entry.name, place: `${place}/${entry.name}`, isFolder }]
    })
    entries.sort((a, b) => Number(b.isFolder) - Number(a.isFolder) || compareNaturally(a.name, b.name))
    return { place, entries }
  }

  /** Lets a file be fetched; answers its id. With it the oldest of those before may go, and the folder it was made in. */
  publish(file: string, name = path.basename(file)): string {
    const id = randomUUID()
    this.#downloads.set(id, { path: file, name })
    for (const [old, { path: gone }] of [...this.#downloads].slice(0, -KEPT_EXPORTS)) {
      this.#downloads.delete(old)
      if (this.#isOwn(gone)) this.removeFolder(path.dirname(gone))
    }
    return id
  }

  /** Takes away a folder that `makeFolder` made. */
  removeFolder(folder: string): void {
    rmSync(folder, { recursive: true, force: true })
  }

  /** A published file, or undefined. */
  download(id: string): { path: string; name: string } | undefined {
    return this.#downloads.get(id)
  }

  /** Removes uploads and exports that nobody can ask for any more. */
  close(): void {
    for (const folder of this.#scratches) rmSync(folder, { recursive: true, force: true })
    this.#offered.clear()
    this.#downloads.clear()
  }

  #makeScratch(): string {
    if (this.#home === undefined) return mkdtempSync(path.join(tmpdir(), 'cellbrush-session-'))
    const folder = temporaryIn(this.#home)
    mkdirSync(folder)
    return folder
  }

  /** Whether a file lies in a folder that `makeFolder` made. */
  #isOwn(file: string): boolean {
    return this.#scratches.has(path.dirname(path.dirname(file)))
  }

  /** A place as a path. What it really is, after all links, must lie in the folder it claims to lie in. */
  #resolve(place: string): string {
    const [index = '', ...rest] = place.split('/')
    const root = /^\d+$/.test(index) ? this.#roots[Number(index)] : undefined
    const isPlain = rest.every((part) => part !== '' && part !== '.' && part !== '..' && !/[\\\0]/.test(part))
    if (!root || !isPlain) throw new AppError('file-missing', { path: place })
    try {
      const real = realpathSync(path.join(root.path, ...rest))
      if (real === root.path || real.startsWith(root.path + path.sep)) return real
    } catch {
      // not there: said below
    }
    throw new AppError('file-missing', { path: rest.at(-1) ?? root.name })
  }
}

function removeIfEmpty(folder: string): void {
  if (readdirSync(folder).length === 0) rmdirSync(folder)
}
