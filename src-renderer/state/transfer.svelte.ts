import type { ExportRequest, ImportRequest, ImportResult, Result } from '../../src-shared/api.ts'
import type { Asking, DataRoot } from './connection.ts'
import { folderOf, type Pile } from './dropped-files.ts'
import { sentenceOf } from './toasts.svelte.ts'
import { byName } from './words.ts'

/** A file somebody has given: on its way to the host, or known there by an id. */
export interface GivenFile {
  key: number
  name: string
  /** Absent until the host has it. */
  id?: string
  /** How much of it is there, 0..1. */
  share: number
  error?: string
}

/** How files are imported, whichever they are. */
export type ImportSettings = Omit<ImportRequest, 'files' | 'masks'>

/** Whether the host has a file. */
const isReady = (file: GivenFile): file is GivenFile & { id: string } => file.id !== undefined

/** Files on their way in, and exports on their way out. What goes wrong with one file does not stop the others. */
export class Transfer {
  piles = $state<Record<Pile, GivenFile[]>>({ images: [], masks: [] })
  isImporting = $state(false)
  isStopping = $state(false)
  imported = $state.raw<ImportResult | null>(null)
  isExporting = $state(false)
  exported = $state.raw<Result<'export.start'> | null>(null)
  /** Why nothing came in, or went out. */
  importError = $state<string | null>(null)
  exportError = $state<string | null>(null)
  readonly #ask: Asking
  readonly #data: DataRoot
  #nextKey = 1
  /** Of files that are given no longer. */
  readonly #gone = new Set<number>()
  /** Of files that the import under way was sent. */
  #taken: ReadonlySet<number> = new Set()
  /** Of the last import. */
  #settings: ImportSettings = {}
  #sending = new AbortController()
  #importing = new AbortController()
  #exporting = new AbortController()

  readonly isSending = $derived(
    [...this.piles.images, ...this.piles.masks].some(({ id, error }) => id === undefined && error === undefined),
  )
  readonly ready = $derived(this.piles.images.filter(isReady))
  readonly hasFiles = $derived(this.piles.images.length + this.piles.masks.length > 0)

  constructor(ask: Asking, data: DataRoot) {
    this.#ask = ask
    this.#data = data
  }

  /** Takes files in from a drop or a file field. */
  async give(pile: Pile, files: readonly File[]): Promise<void> {
    const { desktop } = this.#data
    if (desktop) {
      const offered = await desktop.offerDropped(files)
      for (const { id, name } of offered) this.#add(pile, { name, id, share: 1 })
      return
    }
    const { signal } = this.#sending
    const inOrder = [...files].sort((a, b) => byName.compare(a.name, b.name))
    const added = inOrder.map((file) => ({ file, given: this.#add(pile, { name: file.name, share: 0 }) }))
    const sent = new Map<string, GivenFile[]>() // by folder
    for (const { file, given } of added) {
      if (signal.aborted) return
      const folder = folderOf(file)
      const others = sent.get(folder) ?? []
      const beside = others.find(({ key }) => !this.#gone.has(key))
      await this.#send(file, given, signal, pile === 'masks' ? beside?.id : undefined)
      if (this.#gone.has(given.key)) this.#letGo([given])
      else if (given.id !== undefined) others.push(given)
      sent.set(folder, others)
    }
  }

  /** Opens the system's dialog; under Electron only. */
  async choose(pile: Pile, kind: 'images' | 'masks' | 'folder'): Promise<void> {
    const offered = (await this.#data.desktop?.chooseFiles(kind)) ?? []
    for (const { id, name } of offered) this.#add(pile, { name, id, share: 1 })
  }

  /** Takes a file that lies in a folder of the server. */
  giveFromServer(pile: Pile, name: string, place: string): void {
    if (!this.piles[pile].some(({ id }) => id === place)) this.#add(pile, { name, id: place, share: 1 })
  }

  remove(pile: Pile, key: number): void {
    const given = this.piles[pile].filter((of) => of.key === key)
    this.piles[pile] = this.piles[pile].filter((of) => of.key !== key)
    this.#letGo(given)
  }

  /** Forgets what was given, and what became of it; what is still on its way is stopped. */
  clear(): void {
    this.#sending.abort()
    this.#sending = new AbortController()
    const { images, masks } = this.piles
    this.piles = { images: [], masks: [] }
    this.imported = null
    this.importError = null
    this.#letGo([...images, ...masks])
  }

  /**
   * Imports the files that are there, by default as those before; null where that failed as a whole, or was stopped
   * before it began. What a stop has left stays given.
   */
  async import(settings: ImportSettings = this.#settings): Promise<ImportResult | null> {
    const images = this.piles.images.filter(isReady)
    const masks = this.piles.masks.filter(isReady)
    this.#importing = new AbortController()
    const { signal } = this.#importing
    this.#taken = new Set([...images, ...masks].map(({ key }) => key))
    this.#settings = settings
    this.isImporting = true
    this.importError = null
    this.imported = null
    try {
      const idsOf = (files: typeof images) => files.map(({ id }) => id)
      const request = { ...settings, files: idsOf(images), ...(masks.length > 0 ? { masks: idsOf(masks) } : {}) }
      const imported = await this.#ask.ask('import.start', request, { signal, answersStop: true })
      this.imported = imported
      this.#forget('images', images, imported.left?.files)
      this.#forget('masks', masks, imported.left?.masks)
      return imported
    } catch (error) {
      if (!signal.aborted) this.importError = sentenceOf(error)
      return null
    } finally {
      this.isImporting = false
      this.isStopping = false
      this.#taken = new Set()
      // An import that came to its end has let all of them go.
      const isOver = this.imported !== null && this.imported.left === undefined
      if (!isOver) this.#letGo([...images, ...masks].filter(({ key }) => this.#gone.has(key)))
    }
  }

  /** Images that are in already stay; the other files stay given. */
  stopImport(): void {
    this.isStopping = true
    this.#importing.abort()
  }

  /** Has label images written; false where that failed, or was stopped. */
  async export(request: ExportRequest): Promise<boolean> {
    this.#exporting = new AbortController()
    const { signal } = this.#exporting
    this.isExporting = true
    this.exportError = null
    this.exported = null
    try {
      this.exported = await this.#ask.ask('export.start', request, { signal })
      return true
    } catch (error) {
      if (!signal.aborted) this.exportError = sentenceOf(error)
      return false
    } finally {
      this.isExporting = false
    }
  }

  stopExport(): void {
    this.#exporting.abort()
  }

  /** Forgets what was exported, and why it was not. */
  clearExport(): void {
    this.exported = null
    this.exportError = null
  }

  save(): Promise<void> {
    return this.exported ? this.#data.save(this.exported.download) : Promise.resolve()
  }

  #forget(pile: Pile, sent: readonly GivenFile[], left: readonly string[] = []): void {
    const stays = new Set<string | undefined>(left)
    const gone = new Set(sent.filter(({ id }) => !stays.has(id)).map(({ key }) => key))
    this.piles[pile] = this.piles[pile].filter(({ key }) => !gone.has(key))
    for (const key of gone) this.#gone.add(key)
  }

  /** The host need not keep these files for this window, unless an import has to read them first. */
  #letGo(given: readonly GivenFile[]): void {
    for (const { key } of given) this.#gone.add(key)
    const files = given.filter(({ key }) => !this.#taken.has(key)).flatMap(({ id }) => id ?? [])
    if (files.length > 0) this.#ask.ask('import.forget', { files }).catch(() => {}) // they go after this window, too
  }

  #add(pile: Pile, given: Omit<GivenFile, 'key'>): GivenFile {
    this.piles[pile].push({ ...given, key: this.#nextKey++ })
    return this.piles[pile].at(-1)! // the reactive one
  }

  async #send(file: File, given: GivenFile, signal: AbortSignal, beside?: string): Promise<void> {
    try {
      const told = (share: number) => {
        given.share = share
      }
      given.id = await this.#data.upload(file, told, signal, beside)
      given.share = 1
    } catch (error) {
      given.error = sentenceOf(error)
    }
  }
}
