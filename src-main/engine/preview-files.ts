/** `preview/` of a run folder: one held-out region, and what the network made of it at some steps. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { keptPreviews, type PreviewRegion, snapshotFile, stepOfSnapshot } from '../../src-shared/previews.ts'
import { replaceDurably, writeFileDurably } from '../files/durable.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import type { PreviewBase } from './preview.ts'

const REGION = 'region.json'
const recordOf = (region: PreviewRegion): string => `${JSON.stringify(region, null, 2)}\n`

export class PreviewFiles {
  readonly #folder: string

  constructor(runFolder: string) {
    this.#folder = join(runFolder, 'preview')
  }

  /** Drops what an interrupted attempt saw after the step that training goes on from. */
  trim(step: number): void {
    for (const taken of this.#steps()) if (taken > step) this.#drop(taken)
  }

  /**
   * Writes the snapshot `[K, h, w]` of a step, durably, and thins out the older ones. `base` is asked for once in a
   * run; snapshots of another region, which an earlier release had chosen, make room for this one. Errors: 'disk-full',
   * 'not-writable'.
   */
  save(step: number, region: PreviewRegion, snapshot: Uint8Array, base: () => PreviewBase): void {
    if (this.#record() !== recordOf(region)) this.#begin(region, base())
    writePixels(join(this.#folder, snapshotFile(step)), region, snapshot)
    const steps = this.#steps()
    const kept = new Set(keptPreviews(steps, step))
    for (const taken of steps) if (!kept.has(taken)) this.#drop(taken)
  }

  /** What `region.json` says; empty where nothing is written yet. */
  #record(): string {
    const file = join(this.#folder, REGION)
    return existsSync(file) ? readFileSync(file, 'utf8') : ''
  }

  /** The record is written last: with it, everything that belongs to it is there. */
  #begin(region: PreviewRegion, { grey, truth }: PreviewBase): void {
    rmSync(this.#folder, { recursive: true, force: true })
    mkdirSync(this.#folder, { recursive: true })
    const both = new Uint8Array(grey.length + truth.length)
    both.set(grey)
    both.set(truth, grey.length)
    writePixels(join(this.#folder, 'region.cbpx'), region, both)
    writeFileDurably(join(this.#folder, REGION), recordOf(region))
  }

  #drop(step: number): void {
    rmSync(join(this.#folder, snapshotFile(step)))
  }

  #steps(): number[] {
    if (!existsSync(this.#folder)) return []
    return readdirSync(this.#folder).flatMap((name) => stepOfSnapshot(name) ?? [])
  }
}

/** Bytes `[channels, h, w]` of the region as a pixel file. */
function writePixels(path: string, { rect: { w: width, h: height } }: PreviewRegion, data: Uint8Array): void {
  const channels = data.length / (width * height)
  replaceDurably(path, (temporary) => {
    const file = PixelFile.create(temporary, { width, height, channels, sampleType: 'uint8' })
    try {
      file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels, data })
      file.sync()
    } finally {
      file.close()
    }
  })
}
