/** What a training predicted for its held-out region, out of `preview/` of its folder (docs/architecture.md). */
import { existsSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import type { RunPreviews } from '../../../src-shared/api.ts'
import { previewRegionSchema, snapshotFile, stepOfSnapshot } from '../../../src-shared/previews.ts'
import { PixelFile } from '../../imaging/pixel-file.ts'
import { listFolder, type ProjectStore } from '../../store/index.ts'
import { readModelHeader } from '../model-file.ts'
import { readJsonFile } from '../pixel-files.ts'

/** The region and the snapshots there are; null where nothing was held out, or no snapshot is there yet. Errors: 'run-missing'. */
export function previewsOf(store: ProjectStore, wanted: string): RunPreviews | null {
  const folder = store.runs.folderOf(store.runs.get(wanted).id)
  const steps = listFolder(path.join(folder, 'preview')).flatMap((name) => stepOfSnapshot(name) ?? [])
  const region = readRegion(folder)
  if (region === undefined || steps.length === 0) return null
  const modelStep = stepOfModel(folder)
  return {
    region,
    steps: steps.sort((a, b) => a - b),
    ...(modelStep === undefined ? {} : { modelStep }),
  }
}

/**
 * The region's two channels (`part` 'region'), or the probabilities after a step, uint8, channel by channel, row by row;
 * undefined where there are none. Errors: 'run-missing', 'image-unreadable'.
 */
export function readPreview(store: ProjectStore, wanted: string, part: string): Uint8Array | undefined {
  const name = part === 'region' ? 'region.cbpx' : /^\d{1,9}$/.test(part) ? snapshotFile(Number(part)) : undefined
  const { id } = store.runs.get(wanted)
  const file = name && path.join(store.runs.folderOf(id), 'preview', name)
  if (!file || !existsSync(file)) return undefined
  const pixels = PixelFile.open(file)
  try {
    const { width: w, height: h } = pixels.header
    const { data } = pixels.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w, h } })
    return data as Uint8Array
  } finally {
    pixels.close()
  }
}

function readRegion(folder: string): RunPreviews['region'] | undefined {
  const file = path.join(folder, 'preview', 'region.json')
  return existsSync(file) ? v.parse(previewRegionSchema, readJsonFile(file)) : undefined
}

/** Which step's weights predict; not told while they cannot be read. */
function stepOfModel(folder: string): number | undefined {
  try {
    return readModelHeader(path.join(folder, 'model.cbck')).step
  } catch {
    return undefined
  }
}
