/** Projects as a whole: made, listed, checked. */
import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { SampleType } from '../../src-shared/pixels.ts'
import { DEFAULT_LAYER } from '../../src-shared/planes.ts'
import { type CheckReport, type ImageRecord, type ImageRole, type ObjectClass, ProjectStore } from '../store/index.ts'
import { classColour } from './class-colours.ts'
import type { Job } from './job.ts'
import { listRuns, type RunSummary } from './runs.ts'

export interface NewProjectRequest {
  /** The folder's name without .cellbrush where left out. */
  name?: string
  classes?: { name: string; colour?: string }[]
}

export interface ImageSummary {
  id: number
  name: string
  fileName: string
  width: number
  height: number
  channels: number
  sampleType: SampleType
  z: number
  t: number
  pixelSizeUm?: { x: number; y: number; z?: number }
  role: ImageRole
  layers: LayerSummary[]
}

export interface LayerSummary {
  name: string
  objects: number
  /** Planes with something painted. */
  paintedPlanes: number
  completePlanes: number
}

export interface ProjectSummary {
  path: string
  name: string
  createdAt: string
  /** Of everything in the folder. */
  bytes: number
  classes: ObjectClass[]
  images: ImageSummary[]
  /** The oldest first. */
  runs: RunSummary[]
}

/** Makes an empty project. Errors: 'project-exists', 'not-writable', 'disk-full'. */
export async function createProject(folder: string, request: NewProjectRequest = {}): Promise<ProjectSummary> {
  const name = request.name ?? path.basename(path.resolve(folder)).replace(/\.cellbrush$/i, '')
  const classes = (request.classes ?? []).map(({ name, colour }, index) => ({
    name,
    colour: colour ?? classColour(index),
  }))
  const project = await ProjectStore.create(folder, { name, classes })
  try {
    return summaryOf(project)
  } finally {
    project.close()
  }
}

/** What is in a project; works while another program has it open. */
export async function summarizeProject(folder: string): Promise<ProjectSummary> {
  const project = await ProjectStore.open(folder, { readOnly: true })
  try {
    return summaryOf(project)
  } finally {
    project.close()
  }
}

/** Reads everything and says what is missing or damaged; changes nothing. */
export async function checkProject(
  folder: string,
  { signal, progress }: Job,
): Promise<CheckReport & { backups: string[] }> {
  const store = await ProjectStore.open(folder, { readOnly: true })
  try {
    const onProgress = (done: number, total: number) => progress({ label: 'Checking', done, total, unit: 'files' })
    const report = await store.check({ deep: true, signal, onProgress })
    return { ...report, backups: store.backups() }
  } finally {
    store.close()
  }
}

function summaryOf(store: ProjectStore): ProjectSummary {
  const { name, createdAt } = store.project
  return {
    path: store.folder,
    name,
    createdAt,
    bytes: bytesIn(store.folder),
    classes: store.classes.list(),
    images: store.images.list().map((image) => imageSummary(store, image)),
    runs: listRuns(store.folder),
  }
}

function imageSummary(store: ProjectStore, image: ImageRecord): ImageSummary {
  const { id, name, fileName, width, height, channels, sampleType, z, t, pixelSizeUm, role } = image
  const shape = { width, height, channels, sampleType, z, t }
  const size = pixelSizeUm === undefined ? {} : { pixelSizeUm }
  return { id, name, fileName, ...shape, ...size, role, layers: layersOf(store, id) }
}

function layersOf(store: ProjectStore, imageId: number): LayerSummary[] {
  const planes = Map.groupBy(store.labels.planes(imageId), ({ layer }) => layer)
  return [...planes].map(([name, states]) => ({
    name,
    objects: store.objects.list(imageId, name).filter(({ state }) => state !== 'rejected').length,
    paintedPlanes: states.filter((state) => store.labels.areas(state).size > 0).length,
    completePlanes: states.filter(({ isComplete }) => isComplete).length,
  }))
}

/** The layer most images have, for a table of one line per image. */
export const mainLayer = ({ layers }: ImageSummary): LayerSummary =>
  layers.find(({ name }) => name === DEFAULT_LAYER) ??
  layers[0] ?? { name: DEFAULT_LAYER, objects: 0, paintedPlanes: 0, completePlanes: 0 }

function bytesIn(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue
    bytes += statSync(path.join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0
  }
  return bytes
}
