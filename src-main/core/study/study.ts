/** A study as a whole: its cells one after another, each of them done once, whatever happens in between. */
import { existsSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../../src-shared/errors.ts'
import type { RunPlan } from '../../../src-shared/run-plan.ts'
import { applySettings, presetSettings, requireFittingPatch } from '../../../src-shared/settings.ts'
import { FolderLock, writeFileDurably } from '../../store/index.ts'
import type { Engine } from '../engine.ts'
import { makeFolder } from '../folders.ts'
import { throwIfStopped } from '../job.ts'
import type { EngineJob } from '../training.ts'
import { masksOf, paintedShareOf } from './annotation.ts'
import type { CellContext, CellOutcome } from './cell-context.ts'
import { runFloor } from './cell-floor.ts'
import { requirePeers, runPeer } from './cell-peer.ts'
import { runTraining } from './cell-train.ts'
import { type Cell, type CellChoice, cellName, cellsOf, fingerprintOf, type Length, lengthOf } from './cells.ts'
import { Commands } from './commands.ts'
import { keepLength, lengthOfCell, rememberSteps, requireLength } from './lengths.ts'
import { machineNow, versionsNow } from './machine.ts'
import { rescored } from './rescore.ts'
import { type CellResult, cellFolder, readResult, writeResult } from './results.ts'
import { imagesOf, requireData } from './study-data.ts'
import type { Study } from './study-file.ts'

export interface StudyRequest extends CellChoice {
  /** Data root. */
  root: string
  /** Where everything is written. */
  out: string
  /** Instead of the study's length. */
  minutes?: number
  steps?: number
  device: RunPlan['device']
  /** Cells with a result keep their networks, but make objects and scores as the program does now; those of peers scores. */
  objectsAnew?: true
  /** Cells with a result keep everything that was predicted, and are scored as the program does now. */
  scoresAnew?: true
}

export interface StudyHears {
  /** A cell begins; `done` are complete. */
  cell: (cell: Cell, done: number, total: number) => void
  /** A cell is complete. */
  result: (result: CellResult) => void
}

/**
 * Runs every cell that has no result yet, and with `objectsAnew` or `scoresAnew` the last part of those that have one.
 * Stopping keeps what is done; a training in the middle goes on from its last checkpoint the next time. Errors:
 * 'study-data-missing', 'study-invalid', 'study-changed', 'setting-*', 'project-busy' where another program runs the same
 * folder, 'peers-unavailable', and those of training and predicting.
 */
export async function runStudy(
  study: Study,
  request: StudyRequest,
  engine: Engine,
  job: EngineJob,
  hears: StudyHears,
): Promise<void> {
  const cells = cellsOf(study, request)
  const length = lengthOf(study, request)
  for (const { arm } of cells) {
    if (arm.kind === 'cellbrush') requireFittingPatch(applySettings(presetSettings(arm.preset), arm.settings))
  }
  makeFolder(request.out)
  const lock = FolderLock.acquire(request.out, 'cellbrush study')
  try {
    requireData(study, request.root, cells, request.out)
    requireLength(request.out, length)
    requireSame(study, request.out, cells, length)
    const workOf = (cell: Cell) => workOn(cell, readResult(request.out, cell), request)
    if (cells.some((cell) => cell.arm.kind === 'peer' && workOf(cell) === 'run')) await requirePeers(job)
    keepLength(request.out, length)
    for (const [index, cell] of cells.entries()) {
      throwIfStopped(job)
      const work = workOf(cell)
      if (work === 'none') continue
      hears.cell(cell, index, cells.length)
      const run = () => runCell(study, cell, length, { request, engine, job })
      hears.result(await (work === 'run' ? run() : scoreCell(study, cell, { request, job })))
    }
  } finally {
    lock.release()
  }
}

/** Of peers neither network nor probabilities of the held-out blocks are kept: their objects are not made again. */
function workOn(cell: Cell, before: CellResult | undefined, request: StudyRequest): 'run' | 'score' | 'none' {
  if (before === undefined || (request.objectsAnew && cell.arm.kind !== 'peer')) return 'run'
  return request.objectsAnew || request.scoresAnew ? 'score' : 'none'
}

async function scoreCell(
  study: Study,
  cell: Cell,
  { request, job }: Pick<With, 'request' | 'job'>,
): Promise<CellResult> {
  const { out, root } = request
  const images = imagesOf(study, root, cell, out)
  const result = await rescored(readResult(out, cell)!, { cell, images, folder: cellFolder(out, cell), job })
  writeResult(out, cell, result)
  return result
}

/** What is there must be of this study as it is now: results of different studies are never mixed. */
function requireSame(study: Study, out: string, cells: readonly Cell[], length: Length): void {
  for (const cell of cells) {
    const found = readResult(out, cell)?.fingerprint ?? startedAs(out, cell)
    if (found === undefined || found === fingerprintOf(study, cell, length)) continue
    throw new AppError('study-changed', { path: out, cell: cellName(cell) })
  }
}

const startedFile = (out: string, cell: Cell): string => path.join(cellFolder(out, cell), 'cell.json')

function startedAs(out: string, cell: Cell): string | undefined {
  const file = startedFile(out, cell)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).fingerprint : undefined
}

interface With {
  request: StudyRequest
  engine: Engine
  job: EngineJob
}

async function runCell(study: Study, cell: Cell, length: Length, { request, engine, job }: With): Promise<CellResult> {
  const { out, root, device } = request
  const folder = cellFolder(out, cell)
  makeFolder(folder)
  const fingerprint = fingerprintOf(study, cell, length)
  writeFileDurably(startedFile(out, cell), `${JSON.stringify({ fingerprint })}\n`)
  const machine = machineNow()
  const images = imagesOf(study, root, cell, out)
  const masks = await masksOf(cell, images, path.join(folder, 'annotation'))
  const before = readResult(out, cell)
  const commands = new Commands({ root, out, folder })
  const context: CellContext = {
    ...{ study, cell, images, masks, folder, device, engine, job, commands, objectsAnew: before !== undefined },
    length: lengthOfCell(study, out, cell, length),
  }
  const { versions, ...outcome } = await outcomeOf(context)
  if ('minutes' in length && outcome.plannedSteps !== undefined) rememberSteps(study, out, cell, outcome.plannedSteps)
  const result: CellResult = {
    format: 1,
    study: study.name,
    cell: { split: cell.split.name, arm: cell.arm.name, seed: cell.seed },
    fingerprint,
    finishedAt: new Date().toISOString(),
    machine,
    versions: { ...versionsNow(), ...versions },
    trainImages: images.train.map((file) => path.basename(file)),
    testImages: images.test.map((file) => path.basename(file)),
    paintedShare: await paintedShareOf(cell, images, masks),
    ...outcome,
    ...(before && learnedAs(before)),
    commands: commands.lines,
  }
  writeResult(out, cell, result)
  rmSync(path.join(folder, 'scratch'), { recursive: true, force: true })
  return result
}

/** What stays where nothing is learned again: the machine and the times are those of the training. */
const learnedAs = ({ machine, trainSeconds, isResumed }: CellResult) => ({ machine, trainSeconds, isResumed })

function outcomeOf(context: CellContext): Promise<CellOutcome> {
  const { arm } = context.cell
  if (arm.kind === 'cellbrush') return runTraining(context, arm)
  if (arm.kind === 'peer') return runPeer(context, arm)
  return runFloor(context, arm)
}
