/** The planes of a run as the sampler reads them, from the pixel files of the run folder. */
import { resolve } from 'node:path'
import { AppError } from '../../src-shared/errors.ts'
import { normalised } from '../../src-shared/normalise.ts'
import type { Pixels } from '../../src-shared/pixels.ts'
import type { PlanItem, RunPlan } from '../../src-shared/run-plan.ts'
import type { SamplePlane } from '../../src-shared/sampler-patch.ts'
import { PixelFile } from '../imaging/pixel-file.ts'

/** A run may have thousands of files, a process has about a thousand handles. */
const MOST_OPEN_FILES = 64

/** Pixel files by path; those not used for longest are closed. */
class OpenFiles {
  readonly #files = new Map<string, PixelFile>()
  get(path: string): PixelFile {
    const file = this.#files.get(path) ?? PixelFile.open(path)
    this.#files.delete(path)
    this.#files.set(path, file) // a Map keeps the order of entry: the first is the one unused for longest
    for (const [oldest, unused] of this.#files) {
      if (this.#files.size <= MOST_OPEN_FILES) break
      unused.close()
      this.#files.delete(oldest)
    }
    return file
  }
  close(): void {
    for (const file of this.#files.values()) file.close()
    this.#files.clear()
  }
}

export interface RunPlanes {
  planes: SamplePlane[]
  close(): void
}

/**
 * The planes of `role` of a run. A label file holds either the one plane of its item or all planes of its image.
 * Errors: 'file-missing', 'image-unreadable', 'channels-mismatch', 'mask-size'.
 */
export function openRunPlanes(folder: string, plan: RunPlan, role: PlanItem['role']): RunPlanes {
  const files = new OpenFiles()
  try {
    const planes = plan.items.filter((item) => item.role === role).map((item) => openPlane(files, folder, plan, item))
    return { planes, close: () => files.close() }
  } catch (error) {
    files.close()
    throw error
  }
}

function openPlane(files: OpenFiles, folder: string, plan: RunPlan, item: PlanItem): SamplePlane {
  const pixelPath = resolve(folder, item.pixels)
  const labelPath = resolve(folder, item.labels)
  const { width, height, channels } = files.get(pixelPath).header
  const labels = files.get(labelPath).header
  const wanted = plan.input.channels
  const missing = wanted.find((channel) => channel >= channels)
  if (missing !== undefined) {
    throw new AppError('channels-mismatch', { path: item.name, found: channels, expected: missing + 1 })
  }
  if (labels.width !== width || labels.height !== height) {
    const found = `${labels.width} x ${labels.height}`
    throw new AppError('mask-size', { path: item.labels, found, image: item.name, expected: `${width} x ${height}` })
  }
  const labelPlane = labels.z * labels.t === 1 ? { z: 0, t: 0 } : { z: item.z, t: item.t }
  return {
    width,
    height,
    item,
    readPixels: (rect) =>
      normalised(files.get(pixelPath).readRegion({ z: item.z, t: item.t, rect, channels: wanted }), item.range),
    readLabels: (rect) => asLabels(files.get(labelPath).readRegion({ ...labelPlane, rect }), item.labels),
  }
}

function asLabels({ data }: Pixels, path: string): Uint32Array {
  if (data instanceof Uint32Array) return data
  throw new AppError('mask-invalid', { path, reason: 'it does not hold uint32 labels' })
}
