/**
 * The annotation as a run of the program would see it (its frozen inputs), for everything that learns without the
 * program: the same pixels, labels, held-out blocks and normalisation.
 */
import path from 'node:path'
import { normalised } from '../../../src-shared/normalise.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { PlanItem, RunPlan } from '../../../src-shared/run-plan.ts'
import { PixelFile } from '../../imaging/pixel-file.ts'
import { ProjectStore } from '../../store/index.ts'
import { listRuns, readPlan, runFolder } from '../runs.ts'
import { freezeNewRun } from '../training.ts'
import type { CellContext } from './cell-context.ts'
import { projectOf } from './cell-project.ts'

export interface FrozenPlane {
  item: PlanItem
  width: number
  height: number
  /** Normalised as for the network, row-major; first channel. */
  values: Float32Array
  /** Label codes and ids (labels.ts). */
  labels: Uint32Array
}

export interface FrozenAnnotation {
  plan: RunPlan
  planes: FrozenPlane[]
}

/** Freezes what the cell's project holds, once; nothing is learnt. Held-out blocks are those of the cell's seed. */
export async function frozenAnnotation(context: CellContext): Promise<FrozenAnnotation> {
  const project = await projectOf(context)
  const run = listRuns(project).at(-1)?.id ?? (await freeze(project, context))
  const folder = runFolder(project, run)
  const plan = readPlan(project, run)
  return { plan, planes: plan.items.map((item) => planeOf(folder, plan, item)) }
}

async function freeze(project: string, { cell, job }: CellContext): Promise<string> {
  const store = await ProjectStore.open(project, { program: 'cellbrush study' })
  try {
    return (await freezeNewRun(store, { preset: 'fast', steps: 1, seed: cell.seed }, job)).id
  } finally {
    store.close()
  }
}

function planeOf(folder: string, plan: RunPlan, item: PlanItem): FrozenPlane {
  const pixels = PixelFile.open(path.join(folder, item.pixels))
  const labels = PixelFile.open(path.join(folder, item.labels))
  try {
    const { width, height } = pixels.header
    const rect = { x: 0, y: 0, w: width, h: height }
    const image = pixels.readRegion({ z: item.z, t: item.t, rect, channels: [plan.input.channels[0]!] })
    const { data } = labels.readRegion({ z: 0, t: 0, rect })
    return { item, width, height, values: normalised(image, [item.range[0]!]), labels: data as Uint32Array }
  } finally {
    pixels.close()
    labels.close()
  }
}

/** A rectangle of a row-major map. */
export function cut<Values extends Float32Array | Uint32Array>(
  map: Values,
  width: number,
  { x, y, w, h }: Rect,
): Values {
  const part = map.slice(0, w * h) as Values
  for (let row = 0; row < h; row++) {
    part.set(map.subarray((y + row) * width + x, (y + row) * width + x + w), row * w)
  }
  return part
}
