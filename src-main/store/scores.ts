/** Scores of a run, kept to compare models; the kinds are never mixed (docs/science.md). */
import type { ProjectDatabase } from './database.ts'

export interface Score {
  runId: string
  /** Absent for a mean over several images. */
  imageId?: number
  z?: number
  t?: number
  kind: 'raw' | 'thinned' | 'objects' | 'pixels'
  /** "vRand", "pixelError", "f1@0.5" ... */
  name: string
  value: number
}

export class ScoreStore {
  readonly #database: ProjectDatabase

  constructor(database: ProjectDatabase) {
    this.#database = database
  }

  add(scores: Score[]): void {
    this.#database.write(() => {
      for (const { runId, imageId, z = 0, t = 0, kind, name, value } of scores) {
        this.#database.run(
          'INSERT INTO score (run_id, image_id, z, t, kind, name, value, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
          ...([runId, imageId ?? null, z, t, kind, name, value, new Date().toISOString()] as const),
        )
      }
    })
  }

  /** In the order they were added. */
  list(runId: string): Score[] {
    const rows = this.#database.all<Score & { imageId: number | null }>(
      'SELECT run_id AS runId, image_id AS imageId, z, t, kind, name, value FROM score WHERE run_id = ? ORDER BY id',
      runId,
    )
    return rows.map(({ imageId, ...score }) => (imageId === null ? score : { ...score, imageId }))
  }
}
