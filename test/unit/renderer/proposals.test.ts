import { describe, expect, test, vi } from 'vitest'
import type { ObjectMaker } from '../../../src-renderer/state/object-maker.ts'
import { PlaneProposals } from '../../../src-renderer/state/plane-proposals.svelte.ts'
import { type Proposals, probabilityPlane, proposalsOf } from '../../../src-renderer/state/proposals.ts'
import type { PredictionView } from '../../../src-shared/api.ts'
import { predictionTileUrl } from '../../../src-shared/data-urls.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import { TILE_PX } from '../../../src-shared/tile-map.ts'
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
  #plane: { bytes: Uint8Array; width: number; height: number } | null = null
  setPlane(bytes: Uint8Array, width: number, height: number) {
    this.#plane = { bytes, width, height }
  }
  async make(plan: ObjectsPlan): Promise<Proposals> {
    const { bytes, width, height } = this.#plane!
    return proposalsOf(probabilityPlane(bytes, width, height), plan)
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

/** Two discs, one in each tile of a 300 x 20 plane; the right one is doubtful. */
async function opened() {
  const [width, height] = [300, 20]
  const host = new FakeHost({
    'prediction.accept': () => ({ changes: [], created: [41], action: 'accepted' }),
    'prediction.reject': () => ({ changes: [], rejected: [41], action: 'rejected' }),
  })
  for (const tx of [0, 1]) {
    const tile = new Uint8Array(2 * TILE_PX * TILE_PX).fill(255, 0, TILE_PX * TILE_PX)
    for (let y = 5; y < 10; y++) {
      for (let x = 10; x < 16; x++) tile[y * TILE_PX + x] = tx === 0 ? 0 : 100
    }
    host.tiles.set(predictionTileUrl('p1', 1, 0, 0, { level: 0, tx, ty: 0 }), tile.buffer)
  }
  const jumps: unknown[] = []
  const shown: { labels: Uint32Array | null }[] = []
  const proposals = new PlaneProposals({
    ask: host.connection,
    data: host.connection.data,
    maker: new DirectMaker(),
    jump: (box) => jumps.push(box),
    ringPx: () => 7,
    shown: (labels) => shown.push({ labels }),
    changing: (task) => task(),
    failed: (error) => {
      throw error
    },
  })
  await proposals.open({ plane: PLANE, width, height }, PREDICTION)
  return { host, proposals, jumps, shown }
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
    proposals.set('threshold', 0.7)
    await vi.waitFor(() => expect(proposals.objects).toHaveLength(1))
    expect(proposals.plan.seedThreshold).toBe(0.7)
    expect(proposals.isTouched).toBe(true)
    proposals.reset()
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

  test('what was accepted is not offered again when a slider moves', async () => {
    const { host, proposals, shown } = await opened()
    const left = proposals.objects[1]!
    proposals.choose([left.id])
    await proposals.acceptChosen()
    expect(accepted(host)[0]!.params).toMatchObject({ chosen: [{ x: 10, y: 5 }] })
    proposals.set('regrowPx', 1)
    await vi.waitFor(() => expect(proposals.objects[0]?.areaPx).toBeGreaterThan(30))
    expect(proposals.objects).toHaveLength(1)
    expect(proposals.objects[0]!.box.x).toBeGreaterThan(256)
    expect(
      shown
        .at(-1)!
        .labels!.subarray(0, 256)
        .some((id) => id !== 0),
    ).toBe(false)
    await proposals.acceptAll()
    expect(accepted(host)[1]!.params).toMatchObject({ chosen: [expect.objectContaining({ x: expect.any(Number) })] })
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

  test('a plane that is too large says so and can still be accepted whole', async () => {
    const { host, proposals } = await opened()
    await proposals.open({ plane: PLANE, width: 8192, height: 8192 }, PREDICTION)
    expect(proposals.status).toBe('too-large')
    await proposals.acceptAll()
    expect(accepted(host).at(-1)!.params).not.toHaveProperty('chosen')
  })

  test('tiles that do not come are told, not shown as nothing', async () => {
    const { host, proposals } = await opened()
    host.tiles.clear()
    await proposals.open({ plane: PLANE, width: 300, height: 20 }, PREDICTION)
    expect(proposals.status).toBe('failed')
  })
})
