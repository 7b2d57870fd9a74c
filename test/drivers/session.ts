/** A session over a real project in a temporary folder, an engine that does as it is told, and windows that ask. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { encode } from 'fast-png'
import { onTestFinished } from 'vitest'
import type { CallOptions, Engine } from '../../src-main/core/engine.ts'
import { importInto } from '../../src-main/core/import.ts'
import { quietJob } from '../../src-main/core/job.ts'
import { SessionConnection } from '../../src-main/core/session/dispatch.ts'
import { Session, type SessionOptions } from '../../src-main/core/session/session.ts'
import { PixelFile } from '../../src-main/imaging/pixel-file.ts'
import { ProjectStore } from '../../src-main/store/index.ts'
import type { ApiError, ApiEvent, Method, Params, Result, ServerMessage } from '../../src-shared/api.ts'
import type { EngineApi, RunEvent } from '../../src-shared/engine-api.ts'
import { DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { ObjectsPlan, PredictionPlan, RunPlan } from '../../src-shared/run-plan.ts'

export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-session-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A grey PNG with a different value in every pixel of a row, so that places are told apart. */
export function writeGreyPng(file: string, width: number, height: number, seed = 0): void {
  const data = Uint8Array.from(
    { length: width * height },
    (_, at) => ((at % width) * 3 + Math.floor(at / width) + seed) & 255,
  )
  writeFileSync(file, encode({ width, height, data, channels: 1, depth: 8 }))
}

const SAMPLES_OF = { float32: Float32Array, uint8: Uint8Array, uint16: Uint16Array }

type Events<M extends keyof EngineApi> = (event: EngineApi[M]['event']) => void

/** An engine in this process: what `train` and `predict` do can be held, let go and made to fail. */
export class EngineDouble implements Engine {
  readonly calls: string[] = []
  /** The plan of each prediction that it was asked for. */
  readonly predictions: PredictionPlan[] = []
  /** Runs after the first step; until it resolves the training is under way. It may say more. */
  whileTraining: (folder: string, say: (event: RunEvent) => void) => Promise<void> | void = () => {}
  /** Runs before each plane. */
  whilePredicting: (item: number) => Promise<void> | void = () => {}
  /** Why a plane cannot be predicted, where it cannot. */
  failureOf: (item: number) => string | undefined = () => undefined
  /** Probability of the object, 0..1, at a pixel of a predicted plane. */
  probabilityAt = (_x: number, _y: number): number => 0
  #isStopping = false

  /** How objects are made for an aim, as if it had been searched for. */
  objectsFor: (params: EngineApi['objects']['params']) => ObjectsPlan = () => DEFAULT_OBJECTS

  async call<M extends keyof EngineApi>(
    method: M,
    params: EngineApi[M]['params'],
    { onEvent = () => {}, signal }: CallOptions<EngineApi[M]['event']> = {},
  ): Promise<EngineApi[M]['result']> {
    const { action } = params as { action?: string }
    this.calls.push(action ?? method)
    signal?.throwIfAborted()
    const { folder } = params as { folder: string }
    if (method === 'train') return (await this.#train(folder, onEvent as Events<'train'>, signal)) as never
    if (method === 'predict') return (await this.#predict(folder, onEvent as Events<'predict'>, signal)) as never
    if (method === 'objects')
      return { objects: this.objectsFor(params as EngineApi['objects']['params']), score: 0.9 } as never
    if (method === 'devices') return [{ device: 'cpu', isUsable: true, label: 'double', isGpu: false }] as never
    if (action === 'stop') this.#isStopping = true
    return { state: 'ok' } as never
  }

  async #train(folder: string, onEvent: Events<'train'>, signal?: AbortSignal): Promise<EngineApi['train']['result']> {
    const events: RunEvent[] = []
    const say = (event: RunEvent) => {
      events.push(event)
      writeFileSync(path.join(folder, 'log.jsonl'), events.map((line) => `${JSON.stringify(line)}\n`).join(''))
      onEvent(event)
    }
    this.#isStopping = false
    say({ type: 'planned', steps: 3, secondsPerStep: 0.1, device: 'cpu', label: 'double', memoryBytes: 1 })
    say({ type: 'step', step: 1, energy: 0.5, learningRate: 0.1, seconds: 0.1 })
    await this.whileTraining(folder, say)
    signal?.throwIfAborted()
    const state = this.#isStopping ? 'stopped' : 'finished'
    const step = this.#isStopping ? 2 : 3
    writeModel(folder)
    say({ type: 'state', state, step })
    return { state, step, model: 'model.cbck' }
  }

  async #predict(
    folder: string,
    onEvent: Events<'predict'>,
    signal?: AbortSignal,
  ): Promise<EngineApi['predict']['result']> {
    const plan: PredictionPlan = JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8'))
    this.predictions.push(plan)
    const failed: { item: number; message: string }[] = []
    for (const [item, { pixels, output, outputType }] of plan.items.entries()) {
      await this.whilePredicting(item)
      signal?.throwIfAborted()
      const message = this.failureOf(item)
      if (message !== undefined) {
        failed.push({ item, message })
        continue
      }
      const source = PixelFile.open(path.resolve(folder, pixels))
      const { width, height } = source.header
      source.close()
      const file = PixelFile.create(path.join(folder, output), { width, height, channels: 2, sampleType: outputType })
      const most = outputType === 'float32' ? 1 : outputType === 'uint8' ? 255 : 65535
      const object = Float64Array.from({ length: width * height }, (_, at) => {
        const share = most * this.probabilityAt(at % width, Math.floor(at / width))
        return most === 1 ? share : Math.round(share)
      })
      const data = new SAMPLES_OF[outputType]([...object.map((share) => most - share), ...object])
      file.writeRegion({ z: 0, t: 0, x: 0, y: 0 }, { width, height, channels: 2, data })
      file.close()
      onEvent({ item, done: 1, total: 1 })
    }
    return { device: 'cpu', label: 'double', seconds: 0, failed }
  }
}

/** The model of a run as the engine writes it, without weights. */
export function writeModel(
  runFolder: string,
  {
    file = 'model.cbck',
    weights = 0,
    objects = null,
  }: { file?: string; weights?: number; objects?: ObjectsPlan | null } = {},
): void {
  const plan: RunPlan = JSON.parse(readFileSync(path.join(runFolder, 'plan.json'), 'utf8'))
  const { network, input, targets } = plan
  const header = { format: 1, kind: 'model', network, input, targets, objects, step: 3, tensors: [] }
  const json = Buffer.from(JSON.stringify(header))
  const start = Buffer.alloc(8)
  start.write('CBCK')
  start.writeUInt32LE(json.length, 4)
  writeFileSync(path.join(runFolder, file), Buffer.concat([start, json, Buffer.alloc(32, `${plan.id} ${weights}`)]))
}

/** A window: asks, and keeps every event it hears. */
export class Window {
  readonly events: ApiEvent[] = []
  readonly #connection: SessionConnection
  readonly #waiting = new Map<number, (message: Exclude<ServerMessage, { event: ApiEvent }>) => void>()
  #last = 0

  constructor(session: Session, client = 'window') {
    this.#connection = new SessionConnection(session, {
      client,
      send: (sent) => {
        const message: ServerMessage = JSON.parse(JSON.stringify(sent)) // as it comes over a line
        if ('event' in message) this.events.push(message.event)
        else this.#waiting.get(message.id)?.(message)
      },
      onBug: (error) => {
        throw error
      },
    })
  }

  /** The answer, or the failure as it crosses the contract, thrown. */
  async ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const message = await this.raw(method, params)
    if (message.ok) return message.value as Result<M>
    throw Object.assign(new Error(message.error.message), { code: message.error.code })
  }

  async failure(method: Method, params: unknown): Promise<ApiError> {
    const message = await this.raw(method, params)
    if (message.ok) throw new Error(`${method} was answered: ${JSON.stringify(message.value)}`)
    return message.error
  }

  raw(method: Method, params: unknown): Promise<Exclude<ServerMessage, { event: ApiEvent }>> {
    const id = ++this.#last
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve)
      this.#connection.receive({ id, method, params })
    })
  }

  abortLast(): void {
    this.#connection.receive({ id: this.#last, abort: true })
  }

  of<T extends ApiEvent['type']>(type: T): Extract<ApiEvent, { type: T }>[] {
    return this.events.filter((event) => event.type === type) as Extract<ApiEvent, { type: T }>[]
  }

  close(): void {
    this.#connection.close()
  }
}

export interface Opened {
  session: Session
  engine: EngineDouble
  window: Window
  project: string
  folder: string
  /** Of the first image. */
  plane: PlaneKey
}

export interface ProjectOptions extends Partial<SessionOptions> {
  images?: number
  width?: number
  height?: number
}

/** A project with grey images of its own, opened. */
export async function openSession({
  images = 1,
  width = 96,
  height = 64,
  ...options
}: ProjectOptions = {}): Promise<Opened> {
  const folder = temporaryFolder()
  const project = path.join(folder, 'test.cellbrush')
  const store = await ProjectStore.create(project, { name: 'test', classes: [{ name: 'cell', colour: '#ff0000' }] })
  const inputs = Array.from({ length: images }, (_, index) => path.join(folder, `image-${index + 1}.png`))
  for (const [index, file] of inputs.entries()) writeGreyPng(file, width, height, index)
  if (images > 0) await importInto(store, { inputs, isComplete: false }, quietJob())
  store.close()
  return { ...(await reopenSession(project, options)), folder }
}

export async function reopenSession(
  project: string,
  options: Partial<SessionOptions> = {},
): Promise<Omit<Opened, 'folder'>> {
  const engine = new EngineDouble()
  const session = await Session.open(project, { engine, program: 'Cellbrush test', ...options })
  onTestFinished(() => session.close())
  const plane = { imageId: 1, layer: 'objects', z: 0, t: 0 }
  return { session, engine, window: new Window(session), project, plane }
}

/**
 * A copy of a project as it would lie there if this process died now: nobody has it or any of its runs. Another process
 * copies, because closing a file that SQLite has locked would let go of the lock.
 */
export function afterCrash(project: string): string {
  const copy = path.join(temporaryFolder(), 'crashed.cellbrush')
  const program = `fs.cpSync(process.argv[1], process.argv[2], { recursive: true, filter: (file) => !file.endsWith('lock.db') })`
  execFileSync(process.execPath, ['-e', program, project, copy])
  return copy
}

/** All labels of a plane. */
export function labelsOf({ store }: Session, plane: PlaneKey): Uint32Array {
  const { width, height } = store.images.get(plane.imageId)
  return store.labels.readRegion(plane, { x: 0, y: 0, w: width, h: height }).data
}

/** Resolves when `holds` does; the test's own time limit is the only one. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

/** A promise with its resolver: something to wait for. */
export const gate = (): PromiseWithResolvers<void> => Promise.withResolvers<void>()

let strokes = 0
/** A brush stroke with an id of its own. */
export const brush = (label: number | 'new' | 'background', at: [number, number][], radiusPx = 6) =>
  ({ tool: 'brush', id: `stroke-${strokes++}`, label, path: at, radiusPx }) as const

/** Paints two objects and some background, enough to train on. */
export async function paintSome(window: Window, plane: PlaneKey): Promise<void> {
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[20, 20]]) })
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[60, 30]]) })
  await window.ask('plane.stroke', {
    plane,
    stroke: brush(
      'background',
      [
        [40, 50],
        [80, 50],
      ],
      4,
    ),
  })
}
