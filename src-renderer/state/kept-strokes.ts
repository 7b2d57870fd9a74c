/** What earlier windows have painted and could not save, on planes that nobody may open again. */
import type { ImageView, ProjectView } from '../../src-shared/api.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import { projectKey } from '../../src-shared/project-key.ts'
import type { StrokeStorage } from '../annotator/link.ts'
import { forgetUnsaved, moveUnsaved, unsavedPlanes } from '../annotator/outbox.ts'
import { storeFor } from './stored.ts'

const FOLDERS = 'cellbrush-unsaved-folders'

/**
 * Strokes that are not saved yet, for the open project in the folder where it lies. A copy of that folder has the same
 * `createdAt`, but strokes of its own: what is kept for the one is never sent to the other unless somebody asks for it.
 */
export class KeptStrokes implements StrokeStorage {
  readonly #here: StrokeStorage
  /** The folders that a project of this `createdAt` has had strokes in. */
  readonly #folders: StrokeStorage
  readonly #project: () => ProjectView | null

  constructor(project: () => ProjectView | null) {
    this.#project = project
    this.#here = storeFor(() => nameOf(project()?.createdAt, project()?.folderId))
    this.#folders = storeFor(() => project()?.createdAt ?? '')
  }

  get isLasting(): boolean {
    return this.#here.isLasting !== false
  }

  getItem(key: string): string | null {
    return this.#here.getItem(key)
  }

  setItem(key: string, value: string): void {
    const { folderId } = this.#project() ?? {}
    const known = this.#known()
    if (folderId && !known.includes(folderId)) this.#folders.setItem(FOLDERS, JSON.stringify([...known, folderId]))
    this.#here.setItem(key, value)
  }

  removeItem(key: string): void {
    this.#here.removeItem(key)
  }

  /** Whether strokes are kept that were painted in another copy of the project, or before its folder was moved. */
  get hasElsewhere(): boolean {
    return this.#elsewhere().some((store) => unsavedPlanes(store).length > 0)
  }

  /** Makes them strokes of this folder, but for planes where some are waiting already; answers the planes. */
  takeOver(): PlaneKey[] {
    return this.#elsewhere().flatMap((store) => unsavedPlanes(store).filter((plane) => moveUnsaved(store, this, plane)))
  }

  forget(planes: readonly PlaneKey[]): void {
    for (const plane of planes) forgetUnsaved(this, plane)
  }

  #elsewhere(): StrokeStorage[] {
    const { createdAt, folderId } = this.#project() ?? {}
    const others = this.#known().filter((known) => known !== folderId)
    // Windows of earlier releases did not say which folder.
    return ['', ...others].map((other) => storeFor(() => nameOf(createdAt, other)))
  }

  #known(): string[] {
    try {
      const known: unknown = JSON.parse(this.#folders.getItem(FOLDERS) ?? '[]')
      return Array.isArray(known) ? known.filter((folder) => typeof folder === 'string') : []
    } catch {
      return []
    }
  }
}

const nameOf = (createdAt = '', folderId = ''): string => (folderId ? projectKey({ createdAt, folderId }) : createdAt)

/** Hands over each plane with such strokes; answers those whose image is no more. */
export function handOverKept(
  storage: StrokeStorage,
  imageOf: (id: number) => ImageView | undefined,
  send: (image: ImageView, plane: PlaneKey) => void,
): PlaneKey[] {
  return unsavedPlanes(storage).filter((plane) => {
    const image = imageOf(plane.imageId)
    if (image) send(image, plane)
    return !image
  })
}
