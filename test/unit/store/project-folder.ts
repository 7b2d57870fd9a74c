/** Throw-away projects for the tests of the store. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type ImageRecord, ProjectStore } from '../../../src-main/store/index.ts'
import type { PlaneKey } from '../../../src-shared/planes.ts'
import { parseStroke, type Stroke } from '../../../src-shared/strokes.ts'

/** An empty folder that goes away after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellbrush-store-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A file with the given text in a folder. */
export function fileIn(folder: string, name: string, text = name): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

export interface Painted {
  store: ProjectStore
  image: ImageRecord
  plane: PlaneKey
  folder: string
  /** Closes and opens again. */
  reopen(): Promise<ProjectStore>
}

/** A project with one image of the given size. */
export async function paintedProject(size: { width?: number; height?: number; z?: number } = {}): Promise<Painted> {
  const folder = join(temporaryFolder(), 'test.cellbrush')
  const classes = [
    { name: 'cell', colour: '#ff0000' },
    { name: 'nucleus', colour: '#0000ff' },
  ]
  const made = await ProjectStore.create(folder, { name: 'test', classes })
  const image = await addImage(made, size)
  const painted: Painted = {
    store: made,
    image,
    plane: { imageId: image.id, layer: 'objects', z: 0, t: 0 },
    folder,
    async reopen() {
      painted.store.close()
      painted.store = await ProjectStore.open(folder)
      return painted.store
    },
  }
  onTestFinished(() => painted.store.close())
  return painted
}

/** The objects of an image, rejected ones included, each with where it lies and its area over all planes. */
export const measured = ({ objects }: ProjectStore, { id }: ImageRecord, layer = 'objects') =>
  objects.list(id, layer).map((object) => {
    const extents = objects.extents(id, layer, object.id)
    return { ...object, extents, areaPx: extents.reduce((sum, { areaPx }) => sum + areaPx, 0) }
  })

let files = 0

export async function addImage(
  store: ProjectStore,
  { width = 600, height = 500, z = 1 }: { width?: number; height?: number; z?: number } = {},
): Promise<ImageRecord> {
  const original = await store.images.addOriginal(fileIn(temporaryFolder(), `image${files++}.tif`))
  return store.images.add({ original, width, height, channels: 1, sampleType: 'uint8', z, t: 1 }).image
}

let strokes = 0

/** A stroke with an id of its own unless it has one. */
export const stroke = (of: Record<string, unknown>): Stroke => parseStroke({ id: `stroke-${strokes++}`, ...of })

/** A brush stroke. */
export const brush = (label: number | 'new', path: number[][], radiusPx = 10): Stroke =>
  stroke({ tool: 'brush', label, path, radiusPx })

/** All labels of a plane as one array. */
export const labelsOf = ({ store, image, plane }: Painted): Uint32Array =>
  store.labels.readRegion(plane, { x: 0, y: 0, w: image.width, h: image.height }).data
