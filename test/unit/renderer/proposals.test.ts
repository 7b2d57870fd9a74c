import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { AskError } from '../../../src-renderer/state/ask-error.ts'
import type { ObjectMaker } from '../../../src-renderer/state/object-maker.ts'
import { PlaneProposals } from '../../../src-renderer/state/plane-proposals.svelte.ts'
import { type Proposals, probabilityPlane, proposalsOf } from '../../../src-renderer/state/proposals.ts'
import type { PredictionView } from '../../../src-shared/api.ts'
import { predictionTileUrl } from '../../../src-shared/data-urls.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { TILE_PX, tilesOf } from '../../../src-shared/tile-map.ts'
import { FakeHost } from '../../drivers/fake-connection.ts'

const PLAN: ObjectsPlan = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: false, regrowPx: 0 }

/** Foreground probabilities (0..255) as two-class bytes, background first. */
const bytesOf = (rows: number[][]): Uint8Array => {
  const foreground = rows.flat()
  return Uint8Array.from([...foreground.map((value) => 255 - value), ...foreground])
}
const ROWS = [
  [255, 255, 0, 0, 0],
  [255, 255, 0, 160, 0],
  [0, 0, 0, 160, 0],
]

test('objects carry their box, area and the mean doubt of their pixels', () => {
  const bytes = bytesOf(ROWS)
  const { labels, objects } = proposalsOf(probabilityPlane(bytes, 5, 3), PLAN)
  expect([...labels]).toEqual([1, 1, 0, 0, 0, 1, 1, 0, 2, 0, 0, 0, 0, 2, 0])
  const doubt = 1 - Math.abs(2 * (160 / 255) - 1)
  expect(objects).toEqual([
    { id: 1, classIndex: 1, areaPx: 4, box: { x: 0, y: 0, w: 2, h: 2 }, doubt: 0 },
    { id: 2, classIndex: 1, areaPx: 2, box: { x: 3, y: 1, w: 1, h: 2 }, doubt: expect.closeTo(doubt, 5) },
  ])
})

test('with several classes an object has the likeliest class of its pixels, and two classes that touch are two objects', () => {
  const bytes = Uint8Array.from([0, 0, 255, 0, 200, 90, 0, 90, 55, 165, 0, 165])
  const { objects } = proposalsOf(probabilityPlane(bytes, 4, 1), PLAN)
  expect(objects.map(({ id, classIndex, areaPx }) => ({ id, classIndex, areaPx }))).toEqual([
    { id: 1, classIndex: 1, areaPx: 1 },
    { id: 2, classIndex: 2, areaPx: 1 },
    { id: 3, classIndex: 2, areaPx: 1 },
  ])
})

/** Makes objects at once, in the same thread. */
class DirectMaker implements ObjectMaker {
  /** As when the worker has too little memory. */
  isBroken = false
  #plane: { bytes: Uint8Array; width: number; height: number } | null = null
  #painted: Uint32Array | null = null
  setPainted(painted: Uint32Array | null) {
    this.#painted = painted
  }
  setPlane(bytes: Uint8Array, width: number, height: number) {
    this.#plane = { bytes, width, height }
  }
  async make(plan: ObjectsPlan): Promise<Proposals> {
    if (this.isBroken) throw new AskError('objects-not-made', 'The objects could not be made.')
    const { bytes, width, height } = this.#plane!
    return proposalsOf(probabilityPlane(bytes, width, height), plan, this.#painted)
  }
  dispose() {}
}

const PREDICTION: PredictionView = {
  id: 'p1',
  runId: 'r1',
  createdAt: '',
  state: 'finished',
  objects: PLAN,
  classes: 2,
  classIds: [1, 1],
  planes: [{ imageId: 1, z: 0, t: 0 }],
}
const PLANE = { imageId: 1, layer: 'objects', z: 0, t: 0 }

/** What is to be drawn; no labels where that is nothing. */
interface Shown {
  labels: Uint32Array | null
  region?: Rect
  classIds?: ReadonlyMap<number, number>
}

/** Two discs, one in each tile of a 300 x 20 plane; the right one is doubtful. */
async function opened() {
  const [width, height] = [300, 20]
  const host = new FakeHost({
    'prediction.accept': () => ({ changes: [], created: [41], leftOut: [], action: 'accepted' }),
    'prediction.reject': () => ({ changes: [], rejected: [41], action: 'rejected' }),
  })
  for (const tx of [0, 1]) {
    const tile = new Uint8Array(2 * TILE_PX * TILE_PX).fill(255, 0, TILE_PX * TILE_PX)
    for (const z of [0, 1]) host.tiles.set(predictionTileUrl('p1', 1, z, 0, { level: 0, tx, ty: 0 }), tile.buffer)
    for (let y = 5; y < 10; y++) {
      for (let x = 10; x < 16; x++) tile[y * TILE_PX + x] = tx === 0 ? 0 : 100
    }
  }
  const jumps: unknown[] = []
  const shown: Shown[] = []
  const failures: unknown[] = []
  const view = { visible: { x: 0, y: 0, w: 300, h: 20 }, painted: null as Uint32Array | null }
  const maker = new DirectMaker()
  const proposals = new PlaneProposals({
    ask: host.connection,
    data: host.connection.data,
    maker,
    jump: (box) => jumps.push(box),
    ringPx: () => 7,
    visible: () => view.visible,
    painted: async () => view.painted,
    shown: (proposed) => shown.push(proposed ?? { labels: null }),
    changing: (task) => task(),
    failed: (error) => void failures.push(error),
  })
  onTestFinished(() => expect(failures.filter((error) => !(error instanceof AskError))).toEqual([]))
  await proposals.open({ plane: PLANE, width, height }, PREDICTION)
  return { host, maker, proposals, jumps, shown, view, failures }
}
/** The proposed object that is drawn at a pixel of the plane. */
function drawnAt({ labels, region, classIds }: Shown, x: number, y: number): number {
  const id = labels![(y - region!.y) * region!.w + x - region!.x]!
  return classIds!.has(id) ? id : 0
}
const accepted = (host: FakeHost) => host.asked.filter(({ method }) => method === 'prediction.accept')

describe('proposals of a plane', () => {
  test('are put together from tiles, the most doubtful first', async () => {
    const { proposals } = await opened()
    expect(proposals.status).toBe('ready')
    expect(proposals.objects.map(({ box }) => box)).toEqual([
      { x: 266, y: 5, w: 6, h: 5 },
      { x: 10, y: 5, w: 6, h: 5 },
    ])
  })

  test('change with the threshold, and the seeds never stay below it', async () => {
    const { proposals } = await opened()
    proposals.choice.set('threshold', 0.7)
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(1))
    expect(proposals.choice.plan.seedThreshold).toBe(0.7)
    // Off, as they were: they follow the threshold down too. Once set higher they stay.
    proposals.choice.set('threshold', 0.6)
    expect(proposals.choice.plan.seedThreshold).toBe(0.6)
    proposals.choice.set('seedThreshold', 0.8)
    proposals.choice.set('threshold', 0.65)
    expect(proposals.choice.plan.seedThreshold).toBe(0.8)
    proposals.choice.set('threshold', 0.7)
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(1))
    expect(proposals.choice.isTouched).toBe(true)
    proposals.choice.reset()
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(2))
  })

  test('stay as the sliders make them when another plane of the image is opened, and when the plane is opened again', async () => {
    const { proposals } = await opened()
    proposals.choice.set('threshold', 0.7)
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(1))
    const known = { ...PREDICTION, planes: [...PREDICTION.planes, { imageId: 1, z: 1, t: 0 }] } // told anew by the host
    for (const z of [1, 0, 0]) {
      await proposals.open({ plane: { ...PLANE, z }, width: 300, height: 20 }, known)
      expect([proposals.choice.plan.threshold, proposals.choice.aim, proposals.objects.length]).toEqual([0.7, null, 1])
    }
    proposals.choice.reset()
    expect([proposals.choice.plan, proposals.choice.aim]).toEqual([PLAN, 'balanced'])
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, { ...known, id: 'p1' })
    expect(proposals.objects).toHaveLength(2)
  })

  test('made for another aim are as the host says; moving a slider leaves the aim, “Both” is what training chose', async () => {
    const { host, proposals } = await opened()
    const regions = { ...PLAN, threshold: 0.7, seedThreshold: 0.8 }
    host.answers['prediction.objects'] = () => regions
    await proposals.choice.makeFor('regions')
    expect(host.asked.at(-1)).toEqual({ method: 'prediction.objects', params: { id: 'p1', aim: 'regions' } })
    expect([proposals.choice.aim, proposals.choice.plan, proposals.objects.length]).toEqual(['regions', regions, 1])
    proposals.choice.set('minimumAreaPx', 3)
    expect(proposals.choice.aim).toBeNull()
    await proposals.choice.makeFor('balanced')
    expect([proposals.choice.aim, proposals.choice.plan, proposals.choice.isChoosing]).toEqual([
      'balanced',
      PLAN,
      false,
    ])
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(2))
  })

  test('the next doubt goes round the list', async () => {
    const { proposals, jumps } = await opened()
    for (let press = 0; press < 3; press++) proposals.nextDoubt()
    expect(jumps.map((box) => (box as { x: number }).x)).toEqual([266, 10, 266])
  })

  test('all are accepted in one request, with the ring', async () => {
    const { host, proposals } = await opened()
    await proposals.acceptAll()
    expect(accepted(host)).toEqual([
      { method: 'prediction.accept', params: { id: 'p1', plane: PLANE, objects: PLAN, ringPx: 7 } },
    ])
    expect(proposals.objects).toEqual([])
  })

  test('choosing, accepting and rejecting draw the very same map; only other objects are another one', async () => {
    const { proposals, shown } = await opened()
    const { labels } = shown.at(-1)!
    const [right, left] = proposals.objects
    proposals.choose([right!.id])
    await proposals.rejectChosen()
    expect([drawnAt(shown.at(-1)!, 12, 7), drawnAt(shown.at(-1)!, 268, 7)]).toEqual([left!.id, 0])
    proposals.choose([left!.id])
    await proposals.acceptChosen()
    expect(shown.slice(-4).map((of) => of.labels === labels)).toEqual([true, true, true, true])
    expect(shown.at(-1)!.classIds).toEqual(new Map())
    proposals.choice.set('regrowPx', 1)
    await vi.waitFor(() => expect(shown.at(-1)!.labels === labels).toBe(false))
  })

  test('what was accepted is not offered again when a slider moves', async () => {
    const { host, proposals, shown } = await opened()
    const left = proposals.objects[1]!
    proposals.choose([left.id])
    await proposals.acceptChosen()
    expect(accepted(host)[0]!.params).toMatchObject({ chosen: [{ x: 10, y: 5 }] })
    proposals.choice.set('regrowPx', 1)
    await vi.waitFor(() => expect(proposals.objects[0]?.areaPx).toBeGreaterThan(30))
    expect(proposals.objects).toHaveLength(1)
    expect(proposals.objects[0]!.box.x).toBeGreaterThan(256)
    expect([drawnAt(shown.at(-1)!, 12, 7), drawnAt(shown.at(-1)!, 268, 7)]).toEqual([0, proposals.objects[0]!.id])
    await proposals.acceptAll()
    expect(accepted(host)[1]!.params).toMatchObject({ except: [{ x: 10, y: 5 }] })
  })

  test('a rejected object becomes background in one request, named by one of its pixels', async () => {
    const { host, proposals } = await opened()
    proposals.choose([proposals.objects[0]!.id])
    await proposals.rejectChosen()
    expect(host.asked.filter(({ method }) => method.startsWith('prediction.'))).toEqual([
      { method: 'prediction.reject', params: { id: 'p1', plane: PLANE, objects: PLAN, chosen: [{ x: 266, y: 5 }] } },
    ])
    expect(proposals.objects.map(({ box }) => box.x)).toEqual([10])
  })

  test('taking an action back offers again what it has settled and nothing else; doing it again settles it', async () => {
    const { proposals } = await opened()
    proposals.choose([proposals.objects[0]!.id])
    await proposals.rejectChosen()
    await proposals.acceptAll()
    expect(proposals.objects).toEqual([])
    proposals.replayed('a stroke of somebody', true)
    proposals.replayed('rejected', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266]))
    proposals.replayed('rejected', false)
    await vi.waitFor(() => expect(proposals.objects).toEqual([]))
    proposals.replayed('accepted', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([10]))
  })

  /** The left disc, but for `free` of its 30 pixels, as object 16. */
  const leftPainted = (free = 0): Uint32Array => {
    const painted = new Uint32Array(300 * 20)
    for (let pixel = free; pixel < 30; pixel++) painted[(5 + Math.floor(pixel / 6)) * 300 + 10 + (pixel % 6)] = 16
    return painted
  }

  test('what is painted to 90 % when the plane is opened again is counted and not offered', async () => {
    const { proposals, view, shown } = await opened()
    const again = () => proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    view.painted = leftPainted(3)
    await again()
    expect(proposals.objects.map(({ box }) => box.x)).toEqual([266])
    expect(proposals.inAnnotation).toBe(1)
    expect(drawnAt(shown.at(-1)!, 12, 5)).toBe(0)
    view.painted = leftPainted(4)
    await again()
    expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10])
    expect(proposals.inAnnotation).toBe(0)
  })

  /** Background on both discs, as rejecting paints it, but for `free` of the 30 pixels of the left one. */
  const bothRejected = (free: number): Uint32Array => {
    const painted = leftPainted(free).map((label) => (label === 16 ? 1 : 0))
    for (let pixel = 0; pixel < 30; pixel++) painted[(5 + Math.floor(pixel / 6)) * 300 + 266 + (pixel % 6)] = 1
    return painted
  }

  test('what was rejected before the plane was opened is not offered, and is no part of the annotation', async () => {
    const { proposals, view, shown } = await opened()
    view.painted = bothRejected(14)
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    expect([proposals.objects, proposals.inAnnotation, proposals.canAcceptAll]).toEqual([[], 0, false])
    expect(shown.at(-1)!.classIds).toEqual(new Map())
    // Half of it is free, which accepting takes.
    view.painted = bothRejected(15)
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    expect(proposals.objects.map(({ box }) => box.x)).toEqual([10])
  })

  test('what was rejected before the plane was opened is offered again when that is taken back', async () => {
    const { proposals, view } = await opened()
    view.painted = bothRejected(0)
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    view.painted = null
    proposals.replayed('rejected long ago', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10]))
    view.painted = bothRejected(0)
    proposals.replayed('rejected long ago', false)
    await vi.waitFor(() => expect(proposals.objects).toEqual([]))
  })

  test('what was accepted before the plane was opened is offered when that is taken back, and counted when done again', async () => {
    const { proposals, view } = await opened()
    view.painted = leftPainted()
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    view.painted = null
    proposals.replayed('accepted long ago', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10]))
    view.painted = leftPainted()
    proposals.replayed('accepted long ago', false)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266]))
    expect(proposals.inAnnotation).toBe(1)
  })

  test('accepting counts; taken back it is offered again, also when the plane was looked at meanwhile', async () => {
    const { proposals, view } = await opened()
    proposals.choose([proposals.objects.find(({ box }) => box.x === 10)!.id])
    await proposals.acceptChosen()
    expect(proposals.inAnnotation).toBe(1)
    view.painted = leftPainted()
    proposals.replayed('a stroke of somebody', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266]))
    view.painted = null
    proposals.replayed('accepted', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10]))
    expect(proposals.inAnnotation).toBe(0)
  })

  /** The answer of the host to the next acceptance, when it is told to come. */
  function heldAnswer(host: FakeHost): () => void {
    const { promise, resolve } = Promise.withResolvers<unknown>()
    host.answers['prediction.accept'] = () => promise
    return () => resolve({ changes: [], created: [41], leftOut: [], action: 'accepted' })
  }

  test('asked for twice before the host answers, an object is accepted once; taken back it is offered again', async () => {
    const { host, proposals } = await opened()
    const answer = heldAnswer(host)
    proposals.choose([proposals.objects.find(({ box }) => box.x === 10)!.id])
    const accepting = [proposals.acceptChosen(), proposals.acceptChosen(), proposals.rejectChosen()]
    await vi.waitFor(() => expect(accepted(host)).toHaveLength(1))
    answer()
    await Promise.all(accepting)
    expect(host.asked.filter(({ method }) => /accept|reject/.test(method))).toHaveLength(1)
    proposals.replayed('accepted', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10]))
  })

  test('the next is accepted while the host still works on the one before, and accepting all leaves both to themselves', async () => {
    const { host, proposals } = await opened()
    const answers: ((answer: unknown) => void)[] = []
    host.answers['prediction.accept'] = () => new Promise((resolve) => answers.push(resolve))
    proposals.nextDoubt()
    const first = proposals.acceptChosen()
    proposals.nextDoubt()
    await vi.waitFor(() => expect(answers).toHaveLength(1))
    answers[0]!({ changes: [], created: [41], leftOut: [], action: 'first' })
    await first
    expect(proposals.objects.filter(({ id }) => proposals.chosen.has(id)).map(({ box }) => box.x)).toEqual([10])
    proposals.replayed('first', true)
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(2))

    const second = proposals.acceptChosen()
    proposals.choice.set('regrowPx', 1) // other objects in the same places
    await vi.waitFor(() => expect(proposals.objects[0]!.areaPx).toBeGreaterThan(30))
    const all = proposals.acceptAll()
    await vi.waitFor(() => expect(answers).toHaveLength(3))
    expect(accepted(host).slice(1)).toMatchObject([
      { params: { chosen: [{ x: 10, y: 5 }] } },
      { params: { except: [{ x: 10, y: 5 }] } },
    ])
    answers[1]!({ changes: [], created: [42], leftOut: [], action: 'second' })
    await second
    expect([proposals.isWorking, proposals.objects.map(({ box }) => box.x)]).toEqual([true, [265]])
    answers[2]!({ changes: [], created: [43], leftOut: [], action: 'all' })
    await all
    expect([proposals.isWorking, proposals.objects]).toEqual([false, []])
    proposals.replayed('second', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([9]))
  })

  test('where the host finds nothing to accept, nothing is settled: what is painted tells, or it is said', async () => {
    const { host, proposals, view, failures } = await opened()
    host.answers['prediction.accept'] = () => ({ changes: [], created: [], leftOut: [], action: 'nothing' })
    view.painted = leftPainted()
    proposals.choose([proposals.objects.find(({ box }) => box.x === 10)!.id])
    await proposals.acceptChosen()
    expect([proposals.objects.map(({ box }) => box.x), proposals.inAnnotation, failures]).toEqual([[266], 1, []])
    view.painted = null
    proposals.replayed('accepted elsewhere', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10]))
    await proposals.acceptAll()
    expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10])
    expect(failures.map(String)).toEqual([
      'AskError: Nothing was changed: most of what is proposed there is painted already; paint or erase by hand.',
    ])
  })

  test('of several, those that the host leaves out are neither counted nor lost: what is painted tells, or it is said', async () => {
    const { host, proposals, view, failures } = await opened()
    const leftOut = [{ x: 12, y: 7 }] // any pixel of the left disc
    host.answers['prediction.accept'] = () => ({ changes: [], created: [41], leftOut, action: 'one of two' })
    await proposals.acceptAll()
    expect([proposals.objects.map(({ box }) => box.x), proposals.inAnnotation]).toEqual([[10], 1])
    expect(failures.map(String)).toEqual([
      'AskError: Objects of which most is painted already were not accepted, and are proposed still; paint or erase by hand.',
    ])
    proposals.replayed('one of two', true)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266, 10]))
    view.painted = bothRejected(0).map((label, at) => (at % 300 < 256 ? label : 0))
    await proposals.acceptAll()
    expect([proposals.objects, proposals.inAnnotation, failures.length]).toEqual([[], 1, 1])
  })

  test('an answer that comes when the next plane is open settles nothing there', async () => {
    const { host, proposals } = await opened()
    const answer = heldAnswer(host)
    const accepting = proposals.acceptAll()
    await proposals.open({ plane: { ...PLANE, z: 1 }, width: 300, height: 20 }, PREDICTION)
    answer()
    await accepting
    expect([proposals.objects.map(({ box }) => box.x), proposals.inAnnotation]).toEqual([[266, 10], 0])
    await proposals.acceptAll()
    expect(accepted(host)[1]!.params).toEqual({ id: 'p1', plane: { ...PLANE, z: 1 }, objects: PLAN, ringPx: 7 })
  })

  test('an answer that comes when the plane was left and opened again is read from what is painted', async () => {
    const { host, proposals, view } = await opened()
    const answer = heldAnswer(host)
    proposals.choose([proposals.objects.find(({ box }) => box.x === 10)!.id])
    const accepting = proposals.acceptChosen()
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    view.painted = leftPainted()
    answer()
    await accepting
    expect([proposals.objects.map(({ box }) => box.x), proposals.inAnnotation]).toEqual([[266], 1])
  })

  test('an answer that comes when a slider has made other objects settles those in the same places', async () => {
    const { host, proposals } = await opened()
    const answer = heldAnswer(host)
    proposals.choose([proposals.objects.find(({ box }) => box.x === 10)!.id])
    const accepting = proposals.acceptChosen()
    proposals.choice.set('threshold', 0.7)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([10]))
    answer()
    await accepting
    expect([proposals.objects, proposals.inAnnotation]).toEqual([[], 1])
    proposals.choice.set('threshold', 0.5)
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box.x)).toEqual([266]))
    expect(proposals.inAnnotation).toBe(1)
  })

  test('that cannot be made say why, and are made when the plane is opened again', async () => {
    const { maker, proposals } = await opened()
    maker.isBroken = true
    proposals.choice.set('threshold', 0.6)
    await vi.waitFor(() => expect(proposals.status).toBe('failed'))
    expect([proposals.error, proposals.objects]).toEqual(['The objects could not be made.', []])
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    expect(proposals.status).toBe('failed')
    maker.isBroken = false
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    expect([proposals.status, proposals.objects.length]).toEqual(['ready', 2])
  })

  test('are drawn with the class that accepting gives to them', async () => {
    const { proposals, shown } = await opened()
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, { ...PREDICTION, classIds: [1, 7] })
    expect([...shown.at(-1)!.classIds!.values()]).toEqual([7, 7])
  })

  test('tiles that do not come are told, not shown as nothing', async () => {
    const { host, proposals } = await opened()
    host.tiles.clear()
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    expect(proposals.status).toBe('failed')
  })
})

describe('proposals of a plane of more than 16.7 million pixels', () => {
  const LARGE = { plane: PLANE, width: 6000, height: 3000 }
  const PITCH = 90

  /** A lattice of discs of radius 30, joined to their right neighbours in every fifth row. */
  function isCell(x: number, y: number): boolean {
    const row = Math.floor(y / PITCH)
    const [dx, dy] = [(x % PITCH) - 45, (y % PITCH) - 45]
    return dx * dx + dy * dy <= 900 || (row % 5 === 4 && Math.abs(dy) <= 2)
  }
  /** Boxes of the discs that a rectangle holds whole, with a pixel to spare; those in joined rows are never whole. */
  function boxesIn({ x, y, w, h }: Rect): string[] {
    const found: string[] = []
    for (let row = 0; row < 34; row++) {
      for (let column = 0; column < 67; column++) {
        const box = { x: column * PITCH + 15, y: row * PITCH + 15, w: 61, h: 61 }
        const isIn = box.x > x && box.y > y && box.x + 61 < x + w && box.y + 61 < y + h
        if (isIn && row % 5 !== 4 && box.x + 61 <= 6000 && box.y + 61 <= 3000) found.push(JSON.stringify(box))
      }
    }
    return found
  }

  async function openedLarge(visible: Rect) {
    const found = await opened()
    const { host, view, proposals } = found
    const places = new Map<string, { tx: number; ty: number }>()
    for (const at of tilesOf({ x: 0, y: 0, w: LARGE.width, h: LARGE.height })) {
      places.set(predictionTileUrl('p1', 1, 0, 0, { level: 0, ...at }), at)
    }
    host.tiles.get = (url) => tileAt(places.get(url)!)
    view.visible = visible
    await proposals.open(LARGE, PREDICTION)
    return found
  }
  function tileAt({ tx, ty }: { tx: number; ty: number }): ArrayBuffer {
    const tile = new Uint8Array(2 * TILE_PX * TILE_PX)
    for (let at = 0; at < TILE_PX * TILE_PX; at++) {
      tile[at] = isCell(tx * TILE_PX + (at & 255), ty * TILE_PX + (at >> 8)) ? 0 : 255
    }
    return tile.buffer
  }
  const boxesOf = (proposals: PlaneProposals) => proposals.objects.map(({ box }) => JSON.stringify(box)).sort()

  test('are those that lie whole in what is seen and a margin, and none that its edge cuts', async () => {
    const { proposals, shown } = await openedLarge({ x: 1030.5, y: 770.2, w: 800, h: 600 })
    expect(proposals.status).toBe('ready')
    expect(proposals.isPartial).toBe(true)
    const { region, labels, classIds } = shown.at(-1)!
    expect(region).toEqual({ x: 829, y: 569, w: 1203, h: 1003 }) // 201 px around, each edge through discs
    expect(boxesOf(proposals)).toEqual(boxesIn(region!).sort())
    for (let at = 0; at < labels!.length; at++) {
      const [x, y] = [region!.x + (at % region!.w), region!.y + Math.floor(at / region!.w)]
      if (labels![at] !== 0) expect(isCell(x, y)).toBe(true)
    }
    expect([...classIds!.keys()].sort()).toEqual(proposals.objects.map(({ id }) => id).sort())
  })

  test('follow the view after a moment, keep what was chosen, and are accepted by place', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const { host, proposals, view } = await openedLarge({ x: 1000, y: 700, w: 800, h: 600 })
      const right = proposals.objects.reduce((a, b) => (b.box.x > a.box.x ? b : a))
      proposals.choose([right.id])
      view.visible = { x: 1700, y: 700, w: 800, h: 600 }
      proposals.look(view.visible)
      await vi.advanceTimersByTimeAsync(300)
      await vi.waitFor(() => expect(proposals.objects.some(({ box }) => box.x > 2300)).toBe(true))
      const [chosen] = proposals.objects.filter(({ id }) => proposals.chosen.has(id))
      expect(chosen!.box).toEqual(right.box)
      await proposals.acceptChosen()
      const { chosen: places } = accepted(host)[0]!.params as { chosen: { x: number; y: number }[] }
      expect(places).toHaveLength(1)
      expect(isCell(places[0]!.x, places[0]!.y)).toBe(true)
      expect(places[0]!.y).toBe(right.box.y)
      expect(boxesOf(proposals)).not.toContain(JSON.stringify(right.box))
    } finally {
      vi.useRealTimers()
    }
  })

  test('are settled with the part that they were made of, so that the host makes no more of the plane', async () => {
    const { host, proposals, shown } = await openedLarge({ x: 1000, y: 700, w: 800, h: 600 })
    const region = shown.at(-1)!.region!
    expect(region).toEqual({ x: 800, y: 500, w: 1200, h: 1000 })
    for (const settle of [() => proposals.acceptChosen(), () => proposals.rejectChosen()]) {
      proposals.choose([proposals.objects[0]!.id])
      await settle()
    }
    const asked = host.asked.filter(({ method }) => /accept|reject/.test(method))
    expect(asked.map(({ params }) => (params as { region?: Rect }).region)).toEqual([region, region])
    await proposals.acceptAll()
    expect(host.asked.at(-1)!.params).not.toHaveProperty('region')
  })

  test('accepting all leaves those of the view open that the host leaves out, under the same plan too', async () => {
    const { host, proposals, failures } = await openedLarge({ x: 1000, y: 700, w: 800, h: 600 })
    const [first] = proposals.objects
    const before = proposals.objects.length
    const leftOut = [{ x: first!.box.x + 30, y: first!.box.y + 30 }]
    host.answers['prediction.accept'] = () => ({ changes: [], created: [41], leftOut, action: 'nearly all' })
    await proposals.acceptAll()
    expect([proposals.objects.map(({ box }) => box), proposals.inAnnotation]).toEqual([[first!.box], before - 1])
    expect(failures).toHaveLength(1)
    proposals.choice.set('minimumAreaPx', 3)
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(before))
    proposals.choice.reset()
    await vi.waitFor(() => expect(proposals.objects.map(({ box }) => box)).toEqual([first!.box]))
  })

  test('seen from too far none are listed; accepting all means the plane, and undo offers it again', async () => {
    const { host, proposals } = await openedLarge({ x: 0, y: 0, w: 6000, h: 3000 })
    expect([proposals.status, proposals.objects.length, proposals.canAcceptAll]).toEqual(['zoom-in', 0, true])
    await proposals.acceptAll()
    expect(accepted(host)[0]!.params).toEqual({ id: 'p1', plane: PLANE, objects: PLAN, ringPx: 7 })

    const near = await openedLarge({ x: 1000, y: 700, w: 800, h: 600 })
    const before = boxesOf(near.proposals)
    await near.proposals.acceptAll()
    expect(near.proposals.objects).toEqual([])
    near.proposals.replayed('accepted', true)
    await vi.waitFor(() => expect(boxesOf(near.proposals)).toEqual(before))
  })
})
