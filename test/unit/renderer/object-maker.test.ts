import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WorkerObjectMaker } from '../../../src-renderer/state/object-maker.ts'
import type { ObjectsAnswer, ObjectsRequest } from '../../../src-renderer/state/workers/objects-worker.ts'

const PLAN = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: false, regrowPx: 0 }
const DECIDED = { inAnnotation: new Set<number>(), asNoObject: new Set<number>() }
const NONE = { labels: new Uint32Array(1), objects: [], decided: DECIDED }

/** Answers when it is told to, or fails. */
class HeldWorker {
  static all: HeldWorker[] = []
  onmessage: ((event: { data: ObjectsAnswer }) => void) | null = null
  onerror: (() => void) | null = null
  readonly asked: ObjectsRequest[] = []
  isTerminated = false
  constructor() {
    HeldWorker.all.push(this)
  }
  postMessage(request: ObjectsRequest): void {
    this.asked.push(request)
  }
  terminate(): void {
    this.isTerminated = true
  }
  /** Answers the plan that was asked for last. */
  answer(): void {
    const request = this.asked.findLast(({ type }) => type === 'plan') as Extract<ObjectsRequest, { type: 'plan' }>
    this.onmessage?.({ data: { ...NONE, ticket: request.ticket } })
  }
}

beforeEach(() => {
  HeldWorker.all = []
  vi.stubGlobal('Worker', HeldWorker)
})
afterEach(() => vi.unstubAllGlobals())

test('of those that wait only the newest is made', async () => {
  const maker = new WorkerObjectMaker()
  maker.setPlane(new Uint8Array(2), 1, 1)
  const made = [maker.make(PLAN), maker.make(PLAN), maker.make(PLAN)]
  const [worker] = HeldWorker.all
  worker!.answer()
  worker!.answer()
  expect((await Promise.all(made)).map((found) => found?.objects)).toEqual([[], undefined, []])
})

test('a worker that fails is ended, all that waits for it is told, and the next plane has another', async () => {
  const maker = new WorkerObjectMaker()
  maker.setPlane(new Uint8Array(2), 1, 1)
  const made = [maker.make(PLAN), maker.make(PLAN)]
  const [broken] = HeldWorker.all
  broken!.onerror!()
  const reasons = (await Promise.allSettled(made)).map((end) => end.status === 'rejected' && end.reason.code)
  expect([reasons, broken!.isTerminated]).toEqual([['objects-not-made', 'objects-not-made'], true])
  maker.setPlane(new Uint8Array(2), 1, 1)
  const again = maker.make(PLAN)
  HeldWorker.all[1]!.answer()
  expect((await again)?.objects).toEqual([])
})
