/** Looks whether everything a project refers to is there and whole. Changes nothing. */
import { existsSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { ProjectDatabase } from './database.ts'
import { hashFile, listFolder } from './folder-files.ts'
import { originalPath } from './originals.ts'
import { decodeTile, hashTile, summarizeTile } from './tile-codec.ts'

/** One thing that is wrong, in words a user can act on. */
export interface Finding {
  kind:
    | 'original-missing'
    | 'original-damaged'
    | 'link-missing'
    | 'run-missing'
    | 'prediction-missing'
    | 'database-damaged'
    | 'tile-damaged'
    | 'objects-damaged'
  /** The file or folder, relative to the project where it lies inside. */
  path: string
  message: string
}

export interface CheckReport {
  findings: Finding[]
  /** How much was looked at. */
  checked: { originals: number; tiles: number; pins: number }
}

export interface CheckOptions {
  /** Also hashes every original and every tile, and lets SQLite check itself: reads everything once. */
  deep?: boolean
  onProgress?: (done: number, total: number) => void
  signal?: AbortSignal
}

interface OriginalRow {
  sha256: string
  extension: string
  fileName: string
  bytes: number
  linkedPath: string | null
}

/** The quick check lists folders and file sizes; the deep one is `cellbrush project check`. */
export async function checkProject(
  database: ProjectDatabase,
  folder: string,
  { deep = false, onProgress, signal }: CheckOptions = {},
): Promise<CheckReport> {
  const originals = database.all<OriginalRow>(
    `SELECT sha256, extension, min(file_name) AS fileName, bytes, max(linked_path) AS linkedPath
     FROM image GROUP BY sha256, extension`,
  )
  const findings = [...checkFolders(database, folder)]
  for (const [index, original] of originals.entries()) {
    signal?.throwIfAborted()
    const finding = await checkOriginal(folder, original, deep)
    if (finding) findings.push(finding)
    onProgress?.(index + 1, originals.length)
  }
  const tiles = deep ? checkTiles(database, findings, signal) : 0
  if (deep) findings.push(...checkDatabase(database), ...checkObjects(database))
  const pins = database.one<{ n: number }>('SELECT count(*) AS n FROM pin')!.n
  return { findings, checked: { originals: originals.length, tiles, pins } }
}

async function checkOriginal(folder: string, original: OriginalRow, deep: boolean): Promise<Finding | null> {
  const { sha256, extension, fileName, bytes, linkedPath } = original
  const copy = originalPath(folder, sha256, extension)
  const isCopied = existsSync(copy)
  const path = isCopied || linkedPath === null ? copy : linkedPath
  const shown = isCopied || linkedPath === null ? relative(folder, copy) : linkedPath
  const status = statSync(path, { throwIfNoEntry: false })
  if (!status) {
    return linkedPath === null
      ? { kind: 'original-missing', path: shown, message: `${shown} (${fileName}) is gone; import ${fileName} again.` }
      : { kind: 'link-missing', path: shown, message: `${shown} is gone; link ${fileName} again where it is now.` }
  }
  const isWhole = status.size === bytes && (!deep || (await hashFile(path)).sha256 === sha256)
  const message = `${shown} (${fileName}) has changed since it was imported; put the original back.`
  return isWhole ? null : { kind: 'original-damaged', path: shown, message }
}

function* checkFolders(database: ProjectDatabase, folder: string): Generator<Finding> {
  for (const [table, name, kind] of [
    ['run', 'runs', 'run-missing'],
    ['prediction', 'predictions', 'prediction-missing'],
  ] as const) {
    const there = new Set(listFolder(join(folder, name)))
    for (const { id } of database.all<{ id: string }>(`SELECT id FROM ${table}`)) {
      if (!there.has(id)) yield { kind, path: join(name, id), message: `The folder ${join(name, id)} is gone.` }
    }
  }
}

/** Every tile decompresses to its hash, and its summary tells what it holds. */
function checkTiles(database: ProjectDatabase, findings: Finding[], signal?: AbortSignal): number {
  let count = 0
  for (let last = 0; ; count++) {
    signal?.throwIfAborted()
    const tile = database.one<{ id: number; hash: Buffer; bytes: Buffer }>(
      'SELECT id, hash, bytes FROM tile WHERE id > ? ORDER BY id LIMIT 1',
      last,
    )
    if (!tile) return count
    last = tile.id
    const reason = faultOf(database, tile)
    if (reason) findings.push({ kind: 'tile-damaged', path: 'project.db', message: `Label tile ${last} ${reason}.` })
  }
}

function faultOf(database: ProjectDatabase, { id, hash, bytes }: { id: number; hash: Buffer; bytes: Buffer }): string {
  let tile: Uint32Array
  try {
    tile = decodeTile(bytes)
  } catch {
    return 'cannot be decompressed'
  }
  if (!hashTile(tile).equals(hash)) return 'does not have the content it was stored with'
  const stored = database.all(
    `SELECT value, area_px AS areaPx, min_x AS minX, min_y AS minY, max_x AS maxX, max_y AS maxY
     FROM tile_value WHERE tile_id = ? ORDER BY value`,
    id,
  )
  return JSON.stringify(stored) === JSON.stringify(summarizeTile(tile)) ? '' : 'has a wrong summary'
}

function* checkDatabase(database: ProjectDatabase): Generator<Finding> {
  const damaged = (message: string): Finding => ({ kind: 'database-damaged', path: 'project.db', message })
  for (const row of database.raw.pragma('integrity_check') as { integrity_check: string }[]) {
    if (row.integrity_check !== 'ok') yield damaged(`project.db: ${row.integrity_check}.`)
  }
  for (const row of database.raw.pragma('foreign_key_check') as { table: string; parent: string }[]) {
    yield damaged(`project.db: a row of ${row.table} refers to a row of ${row.parent} that is gone.`)
  }
}

/** An object without pixels has been rejected; pixels of an object have its row. */
function* checkObjects(database: ProjectDatabase): Generator<Finding> {
  const pixels = `SELECT DISTINCT layer_id, value FROM plane JOIN plane_tile ON plane_id = plane.id
    JOIN tile_value USING (tile_id) WHERE value >= 16`
  const lost = database.all<{ layer: number; id: number }>(
    `SELECT layer_id AS layer, value AS id FROM (${pixels}) EXCEPT SELECT layer_id, id FROM object`,
  )
  const empty = database.all<{ layer: number; id: number }>(
    `SELECT layer_id AS layer, id FROM object WHERE state <> 'rejected' EXCEPT SELECT layer_id, value FROM (${pixels})`,
  )
  const finding = (message: string): Finding => ({ kind: 'objects-damaged', path: 'project.db', message })
  for (const { layer, id } of lost) yield finding(`Object ${id} of layer ${layer} has pixels but no row.`)
  for (const { layer, id } of empty) yield finding(`Object ${id} of layer ${layer} has a row but no pixels.`)
}
