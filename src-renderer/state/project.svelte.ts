import type { ApiEvent, ClassView, ImageRole, ImageView, Params, ProjectView } from '../../src-shared/api.ts'
import type { Asking } from './connection.ts'
import { seriesOf } from './series-names.ts'
import { sentenceOf } from './toasts.svelte.ts'
import { byName } from './words.ts'

export type ImageProgress = 'none' | 'partly' | 'complete'

/** How far an image is painted: complete when every plane of it is marked so. */
export const progressOf = ({ painted, complete, z, t }: ImageView): ImageProgress =>
  complete >= z * t ? 'complete' : painted > 0 ? 'partly' : 'none'

function neighbourIn(list: readonly ImageView[], id: number): ImageView | undefined {
  const at = list.findIndex((image) => image.id === id)
  return at < 0 ? undefined : (list[at + 1] ?? list[at - 1])
}

export interface ImageFilter {
  text: string
  role: ImageRole | 'any'
  progress: ImageProgress | 'any'
}

/** The open project as the host last told it, and which of its images are listed and chosen. */
export class Project {
  view = $state.raw<ProjectView | null>(null)
  /** Why it could not be opened. */
  error = $state<string | null>(null)
  filter = $state<ImageFilter>({ text: '', role: 'any', progress: 'any' })
  isTrashShown = $state(false)
  /** Images ticked in the list, beside the open one. */
  chosen = $state.raw<ReadonlySet<number>>(new Set())
  readonly #ask: Asking

  readonly images = $derived(
    (this.view?.images ?? []).filter(({ isTrashed }) => !isTrashed).sort((a, b) => byName.compare(a.name, b.name)),
  )
  /** What their names have in common. */
  readonly series = $derived(seriesOf(this.images.map(({ name }) => name)))
  readonly trashed = $derived((this.view?.images ?? []).filter(({ isTrashed }) => isTrashed))
  readonly listed = $derived((this.isTrashShown ? this.trashed : this.images).filter((image) => this.#passes(image)))
  readonly classes = $derived(this.view?.classes ?? [])
  readonly isReadOnly = $derived(this.view?.readOnly ?? true)
  readonly isFiltered = $derived(
    this.filter.text !== '' || this.filter.role !== 'any' || this.filter.progress !== 'any',
  )

  constructor(ask: Asking) {
    this.#ask = ask
  }

  async load(): Promise<void> {
    try {
      this.#take(await this.#ask.ask('project.view', {}))
    } catch (error) {
      this.error = sentenceOf(error)
    }
  }

  hear(event: ApiEvent): void {
    if (event.type === 'project-changed') this.#take(event.project)
    if (event.type === 'image-changed') this.#put(event.image)
  }

  image(id: number | undefined): ImageView | undefined {
    return this.view?.images.find((image) => image.id === id)
  }

  /** The image after another, or the one before where there is none: a listed one, else one that the filter leaves out. */
  neighbourOf(id: number): ImageView | undefined {
    return neighbourIn(this.listed, id) ?? neighbourIn(this.images, id)
  }

  classOf(id: number): ClassView | undefined {
    return this.classes.find((known) => known.id === id)
  }

  async rename(name: string): Promise<void> {
    await this.#ask.ask('project.rename', { name })
    if (this.view) this.view = { ...this.view, name }
  }

  /** Shown at once; put back where the host refuses. */
  async updateImage(change: Params<'image.update'>): Promise<void> {
    const before = this.image(change.id)
    if (!before) return
    this.#put({ ...before, ...change })
    try {
      this.#put(await this.#ask.ask('image.update', change))
    } catch (error) {
      this.#put(before)
      throw error
    }
  }

  async addClass(name: string, colour: string): Promise<ClassView> {
    const made = await this.#ask.ask('class.add', { name, colour })
    const isKnown = this.classes.some(({ id }) => id === made.id) // the event may have come first
    if (this.view && !isKnown) this.view = { ...this.view, classes: [...this.view.classes, made] }
    return made
  }

  async updateClass(change: Params<'class.update'>): Promise<void> {
    await this.#ask.ask('class.update', change)
    if (!this.view) return
    const classes = this.view.classes.map((known) => (known.id === change.id ? { ...known, ...change } : known))
    this.view = { ...this.view, classes }
  }

  toggleChosen(id: number): void {
    const next = new Set(this.chosen)
    if (!next.delete(id)) next.add(id)
    this.chosen = next
  }

  choose(ids: Iterable<number>): void {
    this.chosen = new Set(ids)
  }

  clearFilter(): void {
    this.filter = { text: '', role: 'any', progress: 'any' }
  }

  #passes(image: ImageView): boolean {
    const { text, role, progress } = this.filter
    if (role !== 'any' && image.role !== role) return false
    if (progress !== 'any' && progressOf(image) !== progress) return false
    const wanted = text.trim().toLowerCase()
    return wanted === '' || `${image.name} ${image.fileName} ${image.notes}`.toLowerCase().includes(wanted)
  }

  #take(view: ProjectView): void {
    this.view = view
    this.error = null
  }

  #put(image: ImageView): void {
    if (!this.view) return
    this.view = { ...this.view, images: this.view.images.map((known) => (known.id === image.id ? image : known)) }
  }
}
