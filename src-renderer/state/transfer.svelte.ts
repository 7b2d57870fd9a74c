import type { ExportRequest, ImportOutcome, ImportRequest, Result } from '../../src-shared/api.ts'
import type { Asking, DataRoot } from './connection.ts'
import { sentenceOf } from './toasts.svelte.ts'

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

export type Pile = 'images' | 'masks'

/** Files on their way in, and exports on their way out. What goes wrong with one file does not stop the others. */
export class Transfer {
  piles = $state<Record<Pile, GivenFile[]>>({ images: [], masks: [] })
  isImporting = $state(false)
  outcomes = $state.raw<readonly ImportOutcome[] | null>(null)
  isExporting = $state(false)
  exported = $state.raw<Result<'export.start'> | null>(null)
  error = $state<string | null>(null)
  readonly #ask: Asking
  readonly #data: DataRoot
  #nextKey = 1

  readonly isSending = $derived(
    [...this.piles.images, ...this.piles.masks].some(({ id, error }) => id === undefined && error === undefined),
  )
  readonly ready = $derived(this.piles.images.filter(({ id }) => id !== undefined))

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
    const added = files.map((file) => ({ file, given: this.#add(pile, { name: file.name, share: 0 }) }))
    for (const { file, given } of added) await this.#send(file, given)
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
    this.piles[pile] = this.piles[pile].filter((given) => given.key !== key)
  }

  clear(): void {
    this.piles = { images: [], masks: [] }
    this.outcomes = null
    this.error = null
  }

  async import(rest: Omit<ImportRequest, 'files' | 'masks'>): Promise<readonly ImportOutcome[]> {
    const ids = (pile: Pile) => this.piles[pile].flatMap(({ id }) => (id === undefined ? [] : [id]))
    const masks = ids('masks')
    this.isImporting = true
    this.error = null
    try {
      const request = { ...rest, files: ids('images'), ...(masks.length > 0 ? { masks } : {}) }
      const { outcomes } = await this.#ask.ask('import.start', request)
      this.outcomes = outcomes
      return outcomes
    } catch (error) {
      this.error = sentenceOf(error)
      return []
    } finally {
      this.isImporting = false
    }
  }

  async export(request: ExportRequest): Promise<void> {
    this.isExporting = true
    this.error = null
    this.exported = null
    try {
      this.exported = await this.#ask.ask('export.start', request)
    } catch (error) {
      this.error = sentenceOf(error)
    } finally {
      this.isExporting = false
    }
  }

  save(): Promise<void> {
    return this.exported ? this.#data.save(this.exported.download) : Promise.resolve()
  }

  #add(pile: Pile, given: Omit<GivenFile, 'key'>): GivenFile {
    this.piles[pile].push({ ...given, key: this.#nextKey++ })
    return this.piles[pile].at(-1)! // the reactive one
  }

  async #send(file: File, given: GivenFile): Promise<void> {
    try {
      given.id = await this.#data.upload(file, (share) => {
        given.share = share
      })
      given.share = 1
    } catch (error) {
      given.error = sentenceOf(error)
    }
  }
}
