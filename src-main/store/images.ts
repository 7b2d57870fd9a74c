/** The images of a project: what they are, where their originals lie, and their sticky role. */
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import type { SampleType } from '../../src-shared/pixels.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import type { ProjectDatabase } from './database.ts'
import { hashFile } from './folder-files.ts'
import { type Original, originalPath, takeOriginal } from './originals.ts'

export type ImageRole = 'train' | 'validation' | 'test'

/** What decoding the original told. */
export interface ImageShape {
  width: number
  height: number
  channels: number
  sampleType: SampleType
  /** Number of z planes and of time points. */
  z: number
  t: number
  pixelSizeUm?: PixelSizeUm
}

export interface ImageRecord extends ImageShape {
  id: number
  sha256: string
  /** Which image of its file, 0 but for files with several. */
  series: number
  /** Shown to the user: the file name without extension, unless renamed. */
  name: string
  fileName: string
  extension: string
  bytes: number
  role: ImageRole
  notes: string
  /** Where a linked original was last seen; absent for a copied one. */
  linkedPath?: string
  /** ISO 8601; set while the image is in the trash. */
  trashedAt?: string
  addedAt: string
}

export interface NewImage extends ImageShape {
  original: Original
  series?: number
  name?: string
  role?: ImageRole
}

interface ImageRow {
  id: number
  sha256: string
  series: number
  name: string
  file_name: string
  extension: string
  bytes: number
  width: number
  height: number
  channels: number
  sample_type: SampleType
  z: number
  t: number
  pixel_size_x_um: number | null
  pixel_size_y_um: number | null
  pixel_size_z_um: number | null
  role: ImageRole
  notes: string
  linked_path: string | null
  trashed_at: string | null
  added_at: string
}

export class ImageStore {
  readonly #database: ProjectDatabase
  readonly #folder: string

  constructor(database: ProjectDatabase, folder: string) {
    this.#database = database
    this.#folder = folder
  }

  /** Copies a file into the project by its sha256 (or links it); see `takeOriginal`. Then decode it and `add` it. */
  addOriginal(path: string, options: { link?: boolean } = {}): Promise<Original> {
    return takeOriginal(this.#folder, path, options)
  }

  /**
   * Adds an image whose original has been taken in. The same file and series again is the image it already is; from the
   * trash it is put back.
   */
  add(image: NewImage): { image: ImageRecord; isNew: boolean; isPutBack: boolean } {
    return this.#database.write(() => {
      const { original, series = 0 } = image
      const sql = 'SELECT id, trashed_at IS NOT NULL AS isTrashed FROM image WHERE sha256 = ? AND series = ?'
      const known = this.#database.one<{ id: number; isTrashed: number }>(sql, original.sha256, series)
      const isPutBack = known?.isTrashed === 1
      if (isPutBack) this.restore(known.id)
      const id = known?.id ?? this.#insert(image)
      return { image: this.get(id), isNew: !known, isPutBack }
    })
  }

  /** Whether an image, in the trash or not, has this file. */
  hasFile(sha256: string): boolean {
    return this.#database.one('SELECT 1 FROM image WHERE sha256 = ? LIMIT 1', sha256) !== undefined
  }

  #insert({ original, series = 0, name, role = 'train', ...shape }: NewImage): number {
    const { sha256, fileName, extension, bytes, linkedPath } = original
    const shown = name ?? (extension ? fileName.slice(0, -extension.length) : fileName)
    const { x, y, z } = shape.pixelSizeUm ?? {}
    return this.#database.run(
      `INSERT INTO image (sha256, series, name, file_name, extension, bytes, width, height, channels, sample_type, z, t,
         pixel_size_x_um, pixel_size_y_um, pixel_size_z_um, role, linked_path, added_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[sha256, series, shown, fileName, extension, bytes],
      ...[shape.width, shape.height, shape.channels, shape.sampleType, shape.z, shape.t],
      ...[x ?? null, y ?? null, z ?? null, role, linkedPath ?? null, new Date().toISOString()],
    ).id
  }

  /** Throws 'image-unknown'. */
  get(id: number): ImageRecord {
    const row = this.#database.one<ImageRow>('SELECT * FROM image WHERE id = ?', id)
    if (!row) throw new AppError('image-unknown', { name: id })
    return toRecord(row)
  }

  /** Images in the order they were added; those in the trash only when asked for. */
  list({ role, trashed = false }: { role?: ImageRole; trashed?: boolean } = {}): ImageRecord[] {
    const rows = this.#database.all<ImageRow>(
      `SELECT * FROM image WHERE (trashed_at IS NOT NULL) = ? AND (? IS NULL OR role = ?) ORDER BY id`,
      ...([trashed ? 1 : 0, role ?? null, role ?? null] as const),
    )
    return rows.map(toRecord)
  }

  /** How many images are not in the trash. */
  count(): number {
    return this.#database.one<{ n: number }>('SELECT count(*) AS n FROM image WHERE trashed_at IS NULL')!.n
  }

  /** Images whose name or file name matches a pattern with * and ?; throws 'image-unknown' when none does. */
  find(pattern: string): ImageRecord[] {
    const rows = this.#database.all<ImageRow>(
      `SELECT * FROM image
       WHERE trashed_at IS NULL AND (name GLOB ? OR file_name GLOB ? OR name = ? OR file_name = ?) ORDER BY id`,
      ...([pattern, pattern, pattern, pattern] as const),
    )
    if (rows.length === 0) throw new AppError('image-unknown', { name: pattern })
    return rows.map(toRecord)
  }

  /** The role stays until it is set again. */
  setRole(id: number, role: ImageRole): void {
    this.#set(id, 'role', role)
  }

  setNotes(id: number, notes: string): void {
    this.#set(id, 'notes', notes)
  }

  /**
   * What a person says of the pixel size; null: unknown. All of the images or none; a z is kept where there are planes.
   * Throws 'image-unknown'.
   */
  setPixelSize(ids: readonly number[], size: PixelSizeUm | null): void {
    this.#database.write(() => {
      for (const id of ids) {
        const { changes } = this.#database.run(
          `UPDATE image SET pixel_size_x_um = ?, pixel_size_y_um = ?, pixel_size_z_um = CASE WHEN z > 1 THEN ? END WHERE id = ?`,
          ...([size?.x ?? null, size?.y ?? null, size?.z ?? null, id] as const),
        )
        if (changes === 0) throw new AppError('image-unknown', { name: id })
      }
    })
  }

  rename(id: number, name: string): void {
    this.#set(id, 'name', name)
  }

  /** Hides an image; its file, labels and journal stay. */
  trash(id: number): void {
    this.#set(id, 'trashed_at', new Date().toISOString())
  }

  restore(id: number): void {
    this.#set(id, 'trashed_at', null)
  }

  /** Where to read the original; throws 'file-missing' when it is gone. */
  pathOf(image: ImageRecord): string {
    const copied = originalPath(this.#folder, image.sha256, image.extension)
    if (existsSync(copied)) return copied
    if (image.linkedPath && existsSync(image.linkedPath)) return image.linkedPath
    throw new AppError('file-missing', { path: image.linkedPath ?? copied })
  }

  /** Says where a linked original has moved; throws 'image-another' when the file there has another content. */
  async relink(id: number, path: string): Promise<void> {
    const image = this.get(id)
    if (!existsSync(path)) throw new AppError('file-missing', { path })
    const { sha256 } = await hashFile(path)
    if (sha256 !== image.sha256) {
      throw new AppError('image-another', { path, fileName: image.fileName })
    }
    this.#database.write(() =>
      this.#database.run('UPDATE image SET linked_path = ? WHERE sha256 = ?', resolve(path), sha256),
    )
  }

  #set(id: number, column: 'role' | 'notes' | 'name' | 'trashed_at', value: string | null): void {
    this.#database.write(() => {
      const { changes } = this.#database.run(`UPDATE image SET ${column} = ? WHERE id = ?`, value, id)
      if (changes === 0) throw new AppError('image-unknown', { name: id })
    })
  }
}

function toRecord(row: ImageRow): ImageRecord {
  const { pixel_size_x_um: x, pixel_size_y_um: y, pixel_size_z_um: z } = row
  return {
    id: row.id,
    sha256: row.sha256,
    series: row.series,
    name: row.name,
    fileName: row.file_name,
    extension: row.extension,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    channels: row.channels,
    sampleType: row.sample_type,
    z: row.z,
    t: row.t,
    ...(x !== null && y !== null ? { pixelSizeUm: { x, y, ...(z !== null ? { z } : {}) } } : {}),
    role: row.role,
    notes: row.notes,
    ...(row.linked_path !== null ? { linkedPath: row.linked_path } : {}),
    ...(row.trashed_at !== null ? { trashedAt: row.trashed_at } : {}),
    addedAt: row.added_at,
  }
}
