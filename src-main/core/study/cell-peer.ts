/**
 * A cell of a peer: the same annotation, held-out blocks, minutes and cores, learnt by another program in Python. The way
 * from its probabilities to objects is searched on the held-out blocks by the code that the program uses for its own.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { AppError } from '../../../src-shared/errors.ts'
import { chooseObjectsPlan } from '../../../src-shared/objects-search.ts'
import type { InputContract, ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { validationScore } from '../../../src-shared/scores/objects.ts'
import { targetsOf } from '../../../src-shared/targets.ts'
import { type Job, Stopped, throwIfStopped } from '../job.ts'
import { type CellContext, type CellOutcome, NO_CURVE } from './cell-context.ts'
import { imagesFor, predictionFolder } from './cell-predictions.ts'
import { normalisedPlane, writePrediction } from './foreign-predictions.ts'
import { cut, type FrozenAnnotation, frozenAnnotation } from './frozen-annotation.ts'
import { peerPython } from './peer-environment.ts'
import { type Answer, Peer } from './peer-process.ts'
import type { CellResult } from './results.ts'
import { scoreFolder } from './scoring.ts'
import type { SplitImages } from './study-data.ts'
import type { ArmOf } from './study-file.ts'

/** An image to predict, as the peer reads and answers it. */
interface Task {
  prediction: string
  file: string
  width: number
  height: number
  output: string
}

export async function runPeer(context: CellContext, arm: ArmOf<'peer'>): Promise<CellOutcome> {
  const { folder, job, commands } = context
  const frozen = await frozenAnnotation(context)
  const scratch = path.join(folder, 'scratch')
  mkdirSync(scratch, { recursive: true })
  const planes = frozen.planes.map((_, index) => writePlane(frozen, index, scratch))
  const shown = new Map<string, SplitImages>()
  for (const options of arm.predictions) shown.set(options.name, await imagesFor(context, options))
  const tasks = await writeTasks(arm, shown, frozen.plan.input, scratch)
  const { peer, isNormalised } = arm
  const request = {
    ...{ ask: 'segment', peer, isNormalised, planes, tests: tasks, ...context.length },
    seed: context.cell.seed,
    threads: os.availableParallelism(),
  }
  const { answer, versions } = await askPeer(request, job)
  commands.study(context.study, context.cell, context.length)
  const objects = objectsOn(frozen, planes)
  const predictions: CellResult['predictions'] = {}
  for (const [name, images] of shown) {
    const own = tasks.filter(({ prediction }) => prediction === name)
    predictions[name] = await scored(own, images, { objects, folder: predictionFolder(folder, name), job })
    predictions[name].seconds = (Number(answer.predictSeconds) * own.length) / tasks.length
    commands.evaluate(predictionFolder(folder, name), images)
  }
  const facts = { ...numbersOf(answer), isResumed: false, objects: { ...objects }, versions }
  return { device: `${peer} in Python, ${request.threads} threads`, ...facts, predictions, curve: NO_CURVE }
}

const numbersOf = (answer: Answer) => {
  const { steps, secondsPerStep, stepSeconds, trainSeconds } = answer as Record<string, number | undefined>
  return { steps, secondsPerStep, stepSeconds, trainSeconds }
}

/** Float32 values and uint8 targets (0 unknown, 1 background, 2 object), carved as the program carves. */
function writePlane({ plan, planes }: FrozenAnnotation, index: number, scratch: string) {
  const { item, width, height, values, labels } = planes[index]!
  const { classIndex, weight } = targetsOf(labels, width, height, item, plan.targets)
  const targets = Uint8Array.from(classIndex, (c, at) => (weight[at]! > 0 ? Math.min(1, c) + 1 : 0))
  const at = (kind: string) => path.join(scratch, `plane-${index}.${kind}`)
  writeFileSync(at('values'), bytesOf(values))
  writeFileSync(at('targets'), targets)
  return { width, height, heldOut: item.heldOut, values: at('values'), targets: at('targets'), output: at('found') }
}

async function writeTasks(
  arm: ArmOf<'peer'>,
  shown: ReadonlyMap<string, SplitImages>,
  input: InputContract,
  scratch: string,
): Promise<(Task & { values: string; average: boolean })[]> {
  const tasks: (Task & { values: string; average: boolean })[] = []
  for (const { name, average } of arm.predictions) {
    for (const [index, file] of shown.get(name)!.test.entries()) {
      const { width, height, values: data } = await normalisedPlane(file, input)
      const at = (kind: string) => path.join(scratch, `${name}-${index}.${kind}`)
      writeFileSync(at('values'), bytesOf(data))
      tasks.push({ prediction: name, file, width, height, average, values: at('values'), output: at('found') })
    }
  }
  return tasks
}

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength)

function readFound(file: string): Float32Array {
  const bytes = readFileSync(file)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
}

/** Says before the first hour is spent that the peers cannot run; makes their environment. Errors: 'peers-unavailable'. */
export async function requirePeers(job: Job): Promise<void> {
  await withPeer(job, versionsOf)
}

const versionsOf = async (peer: Peer): Promise<Record<string, string>> => {
  const { ok: _, ...versions } = await peer.ask({ ask: 'versions', also: ['scikit-learn', 'scikit-image'] })
  return versions as Record<string, string>
}

const askPeer = (
  request: Record<string, unknown>,
  job: Job,
): Promise<{ answer: Answer; versions: Record<string, string> }> =>
  withPeer(job, async (peer) => {
    const versions = await versionsOf(peer)
    const answer = await peer.ask(request, (progress) => job.progress({ label: 'Peer', ...progress }))
    return { answer, versions }
  })

async function withPeer<T>(job: Job, act: (peer: Peer) => Promise<T>): Promise<T> {
  const peer = new Peer(await environment(job))
  const kill = () => peer.kill()
  job.signal.addEventListener('abort', kill)
  try {
    throwIfStopped(job)
    return await act(peer)
  } catch (error) {
    if (job.signal.aborted) throw new Stopped()
    throw new AppError('peers-unavailable', { reason: (error as Error).message }, { cause: error })
  } finally {
    job.signal.removeEventListener('abort', kill)
    peer.close()
  }
}

async function environment(job: Job): Promise<string> {
  try {
    return (await peerPython(true, job.note))!
  } catch (error) {
    throw new AppError('peers-unavailable', { reason: (error as Error).message.replace(/\.$/, '') }, { cause: error })
  }
}

/** The plan for objects that is best on the held-out blocks, as in the validation of a run. */
function objectsOn({ planes }: FrozenAnnotation, written: readonly { output: string }[]): ObjectsPlan {
  const blocks = planes.flatMap(({ item, width, labels }, index) => {
    if (item.heldOut.length === 0) return []
    const found = readFound(written[index]!.output)
    return item.heldOut.map((rect) => ({
      width: rect.w,
      height: rect.h,
      foreground: cut(found, width, rect),
      truth: cut(labels, width, rect),
      isComplete: item.isComplete,
      isPart: true,
    }))
  })
  return chooseObjectsPlan(blocks, validationScore).objects
}

async function scored(
  tasks: readonly Task[],
  images: SplitImages,
  { objects, folder, job }: { objects: ObjectsPlan; folder: string; job: Job },
): Promise<CellResult['predictions'][string]> {
  for (const { file, width, height, output } of tasks) {
    writePrediction(folder, file, { width, height, values: readFound(output) }, objects)
  }
  return { seconds: 0, ...(await scoreFolder(folder, images, job)) }
}
