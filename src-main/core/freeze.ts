/**
 * Turns what is painted now into a run folder: pixel files linked, label maps written, the plan complete. Nothing the
 * person paints afterwards changes the run.
 */
import { mkdirSync, rmSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { largestOf, leastOf } from '../../src-shared/extremes.ts'
import type { Rect } from '../../src-shared/planes.ts'
import type { Readiness } from '../../src-shared/readiness.ts'
import { type PlanItem, type RunPlan, runPlanSchema } from '../../src-shared/run-plan.ts'
import { requireFittingPatch, type Settings } from '../../src-shared/settings.ts'
import { classFactor } from '../../src-shared/targets.ts'
import { classWeights } from '../../src-shared/weight-map.ts'
import { asFileError } from '../files/file-errors.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import { type ProjectStore, writeFileDurably } from '../store/index.ts'
import { linkOrCopy } from './folders.ts'
import { chooseHeldOut } from './held-out.ts'
import { blocksHeldOutBefore, hasLearnedWhatJudges, type StartingRun } from './held-out-before.ts'
import { objectPixelsNear, type PaintedGrid } from './held-out-places.ts'
import { type Job, letOthersWork, throwIfStopped } from './job.ts'
import { type ModelHeader, readModelHeader } from './model-file.ts'
import { countPainted, type PaintRules, paintedGrid } from './painted.ts'
import { pixelFileOf } from './pixel-files.ts'
import { rangesInTurns } from './ranges.ts'
import { judgeReadiness, requireReadiness } from './ready.ts'
import type { TaughtPlane } from './taught-planes.ts'
import { VERSION } from './version.ts'

export interface FreezeRequest {
  id: string
  name: string
  preset: string
  device: RunPlan['device']
  settings: Settings
  /** Share of the painted area to hold out as blocks; absent: 15 % where no image is validated on, else nothing. */
  share?: number
  /** A run whose model to start from: its network, its input contract and what it held out are kept. */
  from?: StartingRun
}

const FROM = path.posix.join('inputs', 'from.cbck')
const STRIP_PX = 256

/**
 * Writes `plan.json` and `inputs/` into `folder` and returns the plan. Label maps and links come first, the plan last:
 * a folder with a plan is whole. Errors: 'not-ready', 'channels-mismatch', 'setting-invalid', 'model-unreadable',
 * 'disk-full', 'not-writable'.
 */
export async function freezeRun(
  store: ProjectStore,
  folder: string,
  planes: readonly TaughtPlane[],
  request: FreezeRequest,
  job: Job,
): Promise<RunPlan> {
  try {
    mkdirSync(path.join(folder, 'inputs'), { recursive: true })
  } catch (error) {
    throw asFileError(error, folder)
  }
  const survey = await surveyRun(store, planes, request, job.signal)
  const { settings, heldOut, painted, classNames, hasSeenHeldOut } = survey
  requireReadiness(survey.readiness, job)
  if (request.from !== undefined) linkOrCopy(request.from.model, path.join(folder, FROM))
  const channels = channelsOf(planes, settings.input.channels)
  const items: PlanItem[] = []
  for (const [index, plane] of planes.entries()) {
    throwIfStopped(job)
    job.progress({ label: 'Preparing', done: index, total: planes.length, unit: 'planes', detail: plane.image.name })
    items.push(await freezePlane(store, folder, plane, heldOut[index]!, { ...settings.input, channels }))
  }
  const pixelSizeUm = commonPixelSize(planes, job)
  const plan: RunPlan = v.parse(runPlanSchema, {
    format: 1,
    ...{ id: request.id, name: request.name, preset: request.preset, device: request.device },
    createdAt: new Date().toISOString(),
    cellbrush: VERSION,
    network: { ...settings.network, inputChannels: channels.length, classes: classNames.length },
    input: { ...settings.input, channels, ...(pixelSizeUm === undefined ? {} : { pixelSizeUm }) },
    targets: { ...settings.targets, classNames, ...weightsOf(planes, painted, settings) },
    augmentation: settings.augmentation,
    optimization: settings.optimization,
    items,
    ...(request.from === undefined ? {} : { from: FROM }),
    ...(hasSeenHeldOut ? { hasSeenHeldOut } : {}),
  } satisfies RunPlan)
  writeFileDurably(path.join(folder, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`)
  return plan
}

/** What a run would learn from, counted. */
export interface RunSurvey {
  /** As chosen, or with the network and input of the model to start from. */
  settings: Settings
  classNames: string[]
  heldOut: Rect[][]
  /** The model to start from has learned from some of what is validated on. */
  hasSeenHeldOut: boolean
  /** Pixels of each class that teach, per plane. */
  painted: Float64Array[]
  readiness: Readiness
  /** Images that teach, and the objects painted in them. */
  images: number
  objects: number
}

/**
 * Counts what is painted, with pauses in which others may work. Errors: 'model-unreadable', 'model-other-network',
 * 'setting-invalid' for a patch that the network cannot answer.
 */
export async function surveyRun(
  store: ProjectStore,
  planes: readonly TaughtPlane[],
  request: Pick<FreezeRequest, 'settings' | 'share' | 'from'>,
  signal?: AbortSignal,
): Promise<RunSurvey> {
  const { from } = request
  const model = from && readModelHeader(from.model)
  const settings = model ? takenOver(request.settings, model, from!.model) : request.settings
  requireFittingPatch(settings)
  const classNames = ['background', ...store.classes.list().map(({ name }) => name)]
  const { ringPx } = settings.targets
  const rules = { ringPx, carve: settings.targets.carve, classes: classNames.length }
  const heldOut = await blocksHeldOut(planes, rules, request, signal)
  const hasSeenHeldOut = from !== undefined && hasLearnedWhatJudges(planes, heldOut, from)
  const painted = await countAll(planes, heldOut, rules, signal)
  // Before carving: the seams between touching objects alone are no background to learn from.
  const byHand = rules.carve ? await countAll(planes, heldOut, { ...rules, carve: false }, signal) : painted
  const fromClassNames = model?.targets.classNames
  const readiness = judgeReadiness({
    ...{ planes, painted: byHand, heldOut, classNames, ringPx },
    ...{ fromClassNames, hasSeenHeldOut },
  })
  const teaching = planes.filter(({ role }) => role === 'train')
  const images = new Set(teaching.map(({ image }) => image.id)).size
  const objects = teaching.reduce((sum, plane) => sum + plane.objects, 0)
  return { settings, classNames, heldOut, hasSeenHeldOut, painted, readiness, images, objects }
}

/** What background and each class will weigh over the planes that teach, counted as for a run. */
export async function weighClasses(
  store: ProjectStore,
  planes: readonly TaughtPlane[],
  { settings, share, from }: Pick<FreezeRequest, 'settings' | 'share' | 'from'>,
  signal?: AbortSignal,
): Promise<number[]> {
  const { ringPx, carve } = settings.targets
  const rules = { ringPx, carve, classes: store.classes.list().length + 1 }
  const heldOut = await blocksHeldOut(planes, rules, { settings, share, from }, signal)
  const targets = {
    ...settings.targets,
    ...weightsOf(planes, await countAll(planes, heldOut, rules, signal), settings),
  }
  return targets.classWeights.map((_, index) => classFactor(targets, index))
}

async function countAll(
  planes: readonly TaughtPlane[],
  heldOut: readonly Rect[][],
  rules: PaintRules & { classes: number },
  signal: AbortSignal | undefined,
): Promise<Float64Array[]> {
  const counts: Float64Array[] = []
  for (const [index, plane] of planes.entries()) {
    signal?.throwIfAborted()
    counts.push(await countPainted(plane, rules, heldOut[index]!, signal))
  }
  return counts
}

/** Removes a run folder that never became a run. */
export const discardRun = (folder: string): void => rmSync(folder, { recursive: true, force: true })

/**
 * The network and input of another run's model; everything else stays as chosen, and the classes are those of the project.
 * Errors: 'model-other-network' where the preset is for another kind of network.
 */
function takenOver(settings: Settings, { network, input }: ModelHeader, path: string): Settings {
  const { inputChannels: _, classes: __, ...chosen } = network
  if (chosen.kind !== settings.network.kind) throw new AppError('model-other-network', { path })
  const { channels, percentileLow, percentileHigh } = input
  return {
    ...settings,
    network: { ...chosen, dropout: settings.network.dropout },
    input: { channels, percentileLow, percentileHigh },
  }
}

/**
 * Blocks per plane: none on images that are validated on as a whole. A run that begins with another keeps what that held
 * out, whatever share is asked for, as long as some object is painted there.
 */
async function blocksHeldOut(
  planes: readonly TaughtPlane[],
  rules: PaintRules & { classes: number },
  { share, settings, from }: Pick<FreezeRequest, 'settings' | 'share' | 'from'>,
  signal: AbortSignal | undefined,
): Promise<Rect[][]> {
  const hasValidation = planes.some(({ role }) => role === 'validation')
  const blocks: Rect[][] = planes.map(() => [])
  if (share === 0 || (share === undefined && hasValidation)) return blocks
  const before = from && blocksHeldOutBefore(planes, from)
  if (before && (await showsObjects(planes, before, rules, signal))) return before
  const teaching = planes.flatMap((plane, index) => (plane.role === 'train' ? [index] : []))
  const grids: PaintedGrid[] = []
  for (const index of teaching) {
    signal?.throwIfAborted()
    grids.push(await paintedGrid(planes[index]!, rules, signal))
  }
  const { seed } = settings.optimization
  const chosen = await chooseHeldOut(grids, { share, seed })
  for (const [place, ofPlane] of chosen.entries()) blocks[teaching[place]!] = ofPlane
  return blocks
}

/** Whether an object is painted in one of the blocks. */
async function showsObjects(
  planes: readonly TaughtPlane[],
  blocks: readonly Rect[][],
  rules: PaintRules & { classes: number },
  signal: AbortSignal | undefined,
): Promise<boolean> {
  for (const [index, ofPlane] of blocks.entries()) {
    if (ofPlane.length === 0) continue
    signal?.throwIfAborted()
    const grid = await paintedGrid(planes[index]!, rules, signal)
    if (ofPlane.some((block) => objectPixelsNear(grid, block) > 0)) return true
  }
  return false
}

/** The channels to learn from: those chosen, or all that the images share. */
function channelsOf(planes: readonly TaughtPlane[], chosen: readonly number[]): number[] {
  const fewest = planes.reduce((least, plane) => (plane.image.channels < least.image.channels ? plane : least))
  const counts = new Set(planes.map(({ image }) => image.channels))
  if (chosen.length === 0 && counts.size > 1) {
    const most = Math.max(...counts)
    throw new AppError('channels-mismatch', { path: fewest.image.name, found: fewest.image.channels, expected: most })
  }
  const channels = chosen.length > 0 ? [...chosen] : Array.from({ length: fewest.image.channels }, (_, index) => index)
  const highest = Math.max(...channels)
  if (highest < fewest.image.channels) return channels
  const { name, channels: found } = fewest.image
  throw new AppError('channels-mismatch', { path: name, found, expected: highest + 1 })
}

async function freezePlane(
  store: ProjectStore,
  folder: string,
  plane: TaughtPlane,
  heldOut: Rect[],
  input: Settings['input'],
): Promise<PlanItem> {
  const { image, key, isComplete, objectClasses, role } = plane
  const source = await pixelFileOf(store, image)
  const pixels = path.posix.join('inputs', path.basename(source))
  linkOrCopy(source, path.join(folder, pixels))
  const labels = path.posix.join('inputs', `labels-${image.id}-${key.z}-${key.t}.cbpx`)
  await writeLabels(plane, path.join(folder, labels))
  const range = await rangesInTurns(source, key, input)
  const at = { z: key.z, t: key.t }
  return { imageId: image.id, name: image.name, ...at, pixels, labels, isComplete, objectClasses, range, role, heldOut }
}

async function writeLabels(plane: TaughtPlane, file: string): Promise<void> {
  const { width, height } = plane
  const labels = PixelFile.create(file, { width, height, channels: 1, sampleType: 'uint32' })
  try {
    for (let y = 0; y < height; y += STRIP_PX) {
      const rect = { x: 0, y, w: width, h: Math.min(STRIP_PX, height - y) }
      const pixels = { width: rect.w, height: rect.h, channels: 1, data: plane.read(rect) }
      labels.writeRegion({ z: 0, t: 0, x: 0, y }, pixels)
      await letOthersWork()
    }
    labels.sync()
  } finally {
    labels.close()
  }
}

/** wc over the training planes; what was chosen instead goes before what was counted. */
function weightsOf(
  planes: readonly TaughtPlane[],
  painted: readonly Float64Array[],
  { targets }: Settings,
): Pick<RunPlan['targets'], 'classWeights' | 'countedWeights'> {
  const counts = new Float64Array(painted[0]!.length)
  for (const [index, { role }] of planes.entries()) {
    if (role === 'train') for (const [k, count] of painted[index]!.entries()) counts[k]! += count
  }
  const { classWeights: chosen } = targets
  const counted = classWeights(counts)
  if (chosen.length === 0) return { classWeights: counted }
  if (chosen.length === counts.length) return { classWeights: chosen, countedWeights: counted }
  const expected = `${counts.length} numbers, background first`
  throw new AppError('setting-invalid', { key: 'classWeights', value: JSON.stringify(chosen), expected })
}

/** How far two pixel sizes may be apart and still count as one: a network tolerates that much. */
const SAME_SIZE = 1.1

/** The pixel size of the images when all tell one and agree within 10 %; a note when they disagree. */
function commonPixelSize(planes: readonly TaughtPlane[], job: Job): { x: number; y: number } | undefined {
  const sizes = planes.map(({ image }) => image.pixelSizeUm)
  if (sizes.some((size) => size === undefined)) return undefined
  const widths = sizes.map((size) => size!.x)
  const [least, most] = [leastOf(widths), largestOf(widths)]
  if (most <= SAME_SIZE * least) return { x: sizes[0]!.x, y: sizes[0]!.y }
  const [low, high] = [least, most].map((size) => size.toPrecision(3))
  job.note(`The images have pixels of ${low} to ${high} µm; the network will learn them as they are.`)
  return undefined
}
