import { describe, expect, test, vi } from 'vitest'
import { Predictions } from '../../../../src-renderer/state/predictions.svelte.ts'
import { Project } from '../../../../src-renderer/state/project.svelte.ts'
import { Comparison } from '../../../../src-renderer/state/results/comparison.svelte.ts'
import type { Computer } from '../../../../src-renderer/state/results/computer.ts'
import { JOBS, type JobName, type JobParams, type JobResult } from '../../../../src-renderer/state/results/jobs.ts'
import { MOST_SIDE_PX, PlaneMaps, partOf } from '../../../../src-renderer/state/results/maps.ts'
import { Measures } from '../../../../src-renderer/state/results/measures.svelte.ts'
import { MistakeList } from '../../../../src-renderer/state/results/mistakes.svelte.ts'
import { Results } from '../../../../src-renderer/state/results/results.svelte.ts'
import { RunScores } from '../../../../src-renderer/state/results/run-scores.svelte.ts'
import { PAINTED, sourcesOf } from '../../../../src-renderer/state/results/sources.ts'
import type { ImageView, PredictionView } from '../../../../src-shared/api.ts'
import type { CellMeasure } from '../../../../src-shared/cell-measures.ts'
import { imageTileUrl, labelTileUrl, predictionTileUrl } from '../../../../src-shared/data-urls.ts'
import { DEFAULT_OBJECTS } from '../../../../src-shared/objects.ts'
import { TILE_PX } from '../../../../src-shared/tile-map.ts'
import { anImage, aProject, aRun, FakeHost, settled } from '../../../drivers/fake-connection.ts'

/** Computes at once, in the same thread. */
class DirectComputer implements Computer {
  asked = 0
  async do<N extends JobName>(name: N, params: JobParams<N>): Promise<JobResult<N>> {
    this.asked++
    return (JOBS[name] as (params: JobParams<N>) => JobResult<N>)(params)
  }
  dispose() {}
}

const PLANE = { imageId: 1, layer: 'objects', z: 0, t: 0 }
const IMAGE = anImage(1, { width: 40, height: 10, painted: 1, complete: 1, role: 'validation' })
const TILE = { level: 0, tx: 0, ty: 0 }
const aPrediction = (id: string, runId: string): PredictionView => ({
  ...{
    id,
    runId,
    createdAt: '',
    state: 'finished',
    classes: 2,
    classIds: [1, 1],
    planes: [{ imageId: 1, z: 0, t: 0 }],
  },
  objects: { ...DEFAULT_OBJECTS, regrowPx: 0 },
})

/** A plane of 40 x 10: object 16 at 2..7, object 17 at 20..25; predicted are 2..7 and 30..33; all in rows 3 to 6. */
function aHost({ isComplete = true } = {}) {
  const host = new FakeHost({
    'plane.view': () => ({ revision: 5, isComplete, undo: 0, redo: 0 }),
  })
  const labels = new Uint32Array(TILE_PX * TILE_PX)
  const image = new Uint8Array(TILE_PX * TILE_PX)
  const probabilities = new Uint8Array(2 * TILE_PX * TILE_PX).fill(255, 0, TILE_PX * TILE_PX)
  for (let y = 3; y < 7; y++) {
    for (let x = 0; x < 40; x++) {
      const at = y * TILE_PX + x
      if (x >= 2 && x < 8) labels[at] = 16
      if (x >= 20 && x < 26) labels[at] = 17
      if ((x >= 2 && x < 8) || (x >= 30 && x < 34)) probabilities[at] = 0
      image[at] = x
    }
  }
  host.tiles.set(labelTileUrl(PLANE, 5, TILE), labels.buffer)
  host.tiles.set(imageTileUrl(1, 0, 0, TILE), image.buffer)
  host.tiles.set(predictionTileUrl('p1', 1, 0, 0, TILE), probabilities.buffer)
  const computer = new DirectComputer()
  return { host, computer, maps: new PlaneMaps(host.connection, computer) }
}
const AREA = { areaPx: 24, box: { x: 0, y: 0, w: 6, h: 4 }, z: 0, t: 0 }
const PART = partOf(IMAGE, PLANE, { x: 20, y: 5, w: 0, h: 0 })

const partAt = (z: number) => ({ ...PART, plane: { ...PLANE, z } })

/** Another plane of the same image and prediction: object 30 at 10..15, rows 3 to 6, and nothing predicted. */
function addPlane(host: FakeHost, z: number): void {
  const labels = new Uint32Array(TILE_PX * TILE_PX)
  for (let y = 3; y < 7; y++) labels.fill(30, y * TILE_PX + 10, y * TILE_PX + 16)
  host.tiles.set(labelTileUrl({ ...PLANE, z }, 5, TILE), labels.buffer)
  host.tiles.set(imageTileUrl(1, z, 0, TILE), new Uint8Array(TILE_PX * TILE_PX).buffer)
  const probabilities = new Uint8Array(2 * TILE_PX * TILE_PX).fill(255, 0, TILE_PX * TILE_PX)
  host.tiles.set(predictionTileUrl('p1', 1, z, 0, TILE), probabilities.buffer)
}

/** An image of two planes, the first of which is open, as Results see it. */
async function aStack() {
  const { host, computer } = aHost()
  addPlane(host, 1)
  const project = new Project(host.connection)
  project.view = aProject({ images: [{ ...IMAGE, z: 2 }] })
  const page = {
    ...{ plane: PLANE, centre: { x: 20, y: 5 }, isOpen: true },
    get image() {
      return project.image(1)!
    },
  }
  const change = (changes: Partial<ImageView>) =>
    project.hear({ type: 'image-changed', image: { ...page.image, ...changes } })
  const of = { page, project, predictions: new Predictions(host.connection, project) }
  const results = new Results(host.connection, computer, of as unknown as ConstructorParameters<typeof Results>[2])
  const { measures } = results
  measures.scope = 'image'
  /** Steps to a plane; answers how much has been computed until then. */
  const shown = async (z: number) => {
    page.plane = { ...PLANE, z }
    project.view = { ...project.view! } // the plane of this page tells nobody that it is another
    results.measure()
    await vi.waitFor(() => expect([measures.map?.plane.z, measures.status, measures.done]).toEqual([z, 'ready', 2]))
    return computer.asked
  }
  await settled() // the line is open
  const predicted = (predictions: PredictionView[]) => {
    project.view = { ...project.view!, predictions }
  }
  return { host, page, results, shown, change, predicted }
}

describe('the list of mistakes', () => {
  test('is the largest first, can be filtered, and is gone through round and round', async () => {
    const { maps } = aHost()
    const jumps: number[] = []
    const list = new MistakeList(maps, ({ x }) => jumps.push(x))
    await list.open(PART, aPrediction('p1', 'r1'))
    expect(list.all).toMatchObject([
      { kind: 'missed', truth: [17], sizePx: 24, box: { x: 20, y: 3, w: 6, h: 4 } },
      { kind: 'invented', prediction: [2], sizePx: 16, box: { x: 30, y: 3, w: 4, h: 4 } },
    ])
    expect(list.counts).toEqual({ missed: 1, invented: 1, split: 0, merged: 0 })
    for (const by of [1, 1, 1, -1] as const) list.step(by)
    expect(jumps).toEqual([20, 30, 20, 30])
    list.toggleKind('invented')
    expect(list.chosen).toBeNull()
    expect(list.shown).toHaveLength(1)
  })

  test('does not blame a prediction for what nobody has painted', async () => {
    const { maps } = aHost({ isComplete: false })
    const list = new MistakeList(maps, () => {})
    await list.open(PART, aPrediction('p1', 'r1'))
    expect(list.all.map(({ kind }) => kind)).toEqual(['missed'])
  })

  test('says when the maps do not come', async () => {
    const { host, maps } = aHost()
    host.tiles.clear()
    const list = new MistakeList(maps, () => {})
    await list.open(PART, aPrediction('p1', 'r1'))
    expect(list.status).toBe('failed')
    expect(list.error).not.toBe('')
  })

  test('has nothing of the plane before, though one prediction covers both', async () => {
    const { host, maps } = aHost()
    addPlane(host, 1)
    const list = new MistakeList(maps, () => {})
    await list.open(PART, aPrediction('p1', 'r1'))
    const opening = list.open(partAt(1), aPrediction('p1', 'r1'))
    expect([list.status, list.maps, list.all]).toEqual(['loading', null, []])
    await opening
    expect(list.maps?.plane).toEqual({ ...PLANE, z: 1 })
    expect(list.all.map(({ kind, truth }) => [kind, truth])).toEqual([['missed', [30]]])
  })
})

test('a prediction is made into objects once, however often it is asked for', async () => {
  const { maps, computer } = aHost()
  const [one, two] = [aPrediction('p1', 'r1'), aPrediction('p1', 'r1')]
  expect(await maps.predicted(PART, one)).toBe(await maps.predicted(PART, two))
  expect(computer.asked).toBe(1)
})

test('of a large plane the part around what is looked at is taken', () => {
  const large = anImage(1, { width: 10_000, height: 3000 })
  expect(partOf(large, PLANE, { x: 9000, y: 100, w: 0, h: 0 }).rect).toEqual({ x: 5904, y: 0, w: 4096, h: 3000 })
})

describe('the comparison', () => {
  const sources = sourcesOf([aPrediction('p1', 'r1')], [aRun('r1')])

  test('shows what is painted beside the newest prediction, and both when asked for', async () => {
    const { maps } = aHost()
    const comparison = new Comparison(maps, () => [])
    await comparison.load(PART, sources)
    expect(['a', 'b'].map((side) => comparison.shown[side as 'a' | 'b'].source)).toEqual([PAINTED, 'p1'])
    expect(comparison.labelAt('a', { x: 21.5, y: 4 })).toBe(17)
    expect(comparison.labelAt('b', { x: 21.5, y: 4 })).toBe(0)
    expect(comparison.labelAt('b', { x: 30, y: 6.9 })).toBe(2)
    comparison.choose('a', 'p1')
    await comparison.load(PART, sources)
    expect(comparison.labelAt('a', { x: 30, y: 6.9 })).toBe(2)
    expect(comparison.labelAt('a', { x: 400, y: 6 })).toBe(0)
  })

  test('finds which object of B is which of A, whichever of them is painted', async () => {
    const { maps } = aHost()
    const comparison = new Comparison(maps, () => [])
    await comparison.load(PART, sources)
    expect([...comparison.counterparts]).toEqual([[1, 16]])
    comparison.choose('a', 'p1')
    comparison.choose('b', PAINTED)
    await comparison.load(PART, sources)
    expect([...comparison.counterparts]).toEqual([[16, 1]])
    comparison.close()
    expect(comparison.counterparts.size).toBe(0)
  })

  test('keeps the runs that were chosen, whichever of their predictions a plane has', async () => {
    const ids = [
      ['p1', 'r1'],
      ['p2', 'r2'],
      ['p3', 'r1'],
      ['p4', 'r2'],
      ['p5', 'r3'],
    ] as const
    const known = ids.map(([id, runId]) => aPrediction(id, runId))
    const comparison = new Comparison(aHost().maps, () => known)
    const on = (...predicted: string[]) => {
      const there = sourcesOf(
        predicted.flatMap((id) => known.find((of) => of.id === id) ?? []),
        [],
      )
      return [comparison.sourceOf('a', there).id, comparison.sourceOf('b', there).id]
    }
    comparison.choose('a', 'p2')
    comparison.choose('b', 'p1')
    expect(on('p1', 'p2')).toEqual(['p2', 'p1'])
    expect(on('p5', 'p3', 'p4')).toEqual(['p4', 'p3'])
    expect(on('p5', 'p4')).toEqual(['p4', 'p5'])
    expect(on('p5', 'p2', 'p1')).toEqual(['p2', 'p1'])
  })

  test('keeps its view while the plane is painted on', async () => {
    const { maps } = aHost()
    const comparison = new Comparison(maps, () => [])
    await comparison.load(PART, sources)
    comparison.view((viewport) => viewport.zoomTo(7))
    await comparison.load(PART, sources)
    expect(comparison.viewport.zoom).toBe(7)
  })
})

function someScores(of: Parameters<typeof aHost>[0] = {}) {
  const { host, maps } = aHost(of)
  return { host, scores: new RunScores(maps, host.connection) }
}

test('runs are scored by the newest prediction of each painted plane', async () => {
  const { scores } = someScores()
  const [newest, older] = [aPrediction('p1', 'r1'), aPrediction('p0', 'r1')]
  await scores.compute([aRun('r1'), aRun('r2')], [newest, older], [IMAGE, anImage(2)])
  expect(scores.status).toBe('ready')
  expect([...scores.byRun.keys()]).toEqual(['r1'])
  const { tally, scores: of } = scores.byRun.get('r1')!
  expect(tally).toMatchObject({ planes: 1, matches: 1, missed: 1, invented: 1, knownPx: 400, wrongPx: 40 })
  expect(of).toMatchObject({ f1: 0.5, meanIou: 1, seg: 0.5, pixelError: 0.1 })
})

test('a prediction that failed on another image is scored where it came', async () => {
  const { scores } = someScores()
  await scores.compute([aRun('r1')], [{ ...aPrediction('p1', 'r1'), state: 'failed' }], [IMAGE, anImage(2)])
  expect(scores.byRun.get('r1')!.tally).toMatchObject({ planes: 1, matches: 1 })
})

test('with several classes each is scored alone, by the classes that accepting would give', async () => {
  const { host, scores } = someScores()
  // Painted: 16 of class 8, 17 of class 9. Predicted: the object at 2..7 is of class index 2, which is class 8 here.
  host.answers['plane.objects'] = () =>
    [16, 17].map((id) => ({ id, classId: id === 16 ? 8 : 9, origin: 'hand', state: 'accepted', ...AREA }))
  const bytes = new Uint8Array(3 * TILE_PX * TILE_PX)
  const two = new Uint8Array(host.tiles.get(predictionTileUrl('p1', 1, 0, 0, TILE))!)
  bytes.set(two.subarray(0, TILE_PX * TILE_PX))
  for (let at = 0; at < TILE_PX * TILE_PX; at++) if (bytes[at] === 0) bytes[2 * TILE_PX * TILE_PX + at] = 255
  host.tiles.set(predictionTileUrl('p1', 1, 0, 0, TILE), bytes.buffer)
  const prediction = { ...aPrediction('p1', 'r1'), classes: 3, classIds: [8, 9, 8] }
  await scores.compute([aRun('r1')], [prediction], [IMAGE], [8, 9])
  const { byClass } = scores.byRun.get('r1')!
  expect(byClass.get(8)!.tally).toMatchObject({
    truthObjects: 1,
    predictedObjects: 2,
    matches: 1,
    invented: 1,
    missed: 0,
  })
  expect(byClass.get(9)!.tally).toMatchObject({ truthObjects: 1, predictedObjects: 0, matches: 0, missed: 1 })
})

test('held out leaves the images away that teach', async () => {
  const { host, scores } = someScores()
  host.answers['run.details'] = () => ({ ...aRun('r1'), events: [], plan: { items: [] } })
  scores.setScope('held-out')
  await scores.compute([aRun('r1')], [aPrediction('p1', 'r1')], [{ ...IMAGE, role: 'train' }])
  expect(scores.total).toBe(0)
  await scores.compute([aRun('r1')], [aPrediction('p1', 'r1')], [IMAGE])
  expect(scores.byRun.size).toBe(1)
})

test('held out leaves away what a run has learned from, also where the image is for testing now', async () => {
  const { host, scores } = someScores()
  const item = (imageId: number, role: 'train' | 'validation') => ({ imageId, role })
  const plans: Record<string, unknown> = {
    // Taught by the image that is scored, by others, and by others on top of an older run.
    r1: { items: [item(1, 'train')] },
    r2: { items: [item(1, 'validation'), item(2, 'train')] },
    r3: { items: [item(2, 'train')], from: 'inputs/from.cbck' },
  }
  host.answers['run.details'] = ({ id }) => ({ ...aRun(id), events: [], plan: plans[id] })
  scores.setScope('held-out')
  const runs = ['r3', 'r2', 'r1'].map((id) => ({ ...aRun(id), createdAt: id }))
  const predictions = runs.map(({ id }) => ({ ...aPrediction('p1', id) }))
  await scores.compute(runs, predictions, [{ ...IMAGE, role: 'test' }])
  expect([scores.status, [...scores.byRun.keys()]]).toEqual(['ready', ['r2']])
  await scores.compute(runs, predictions, [{ ...IMAGE, role: 'test' }])
  expect(host.asked.filter(({ method }) => method === 'run.details')).toHaveLength(3) // a plan never changes
  scores.setScope('all')
  await scores.compute(runs, predictions, [{ ...IMAGE, role: 'test' }])
  expect([...scores.byRun.keys()]).toEqual(['r3', 'r2', 'r1'])
})

test('a run whose plan cannot be read is not scored as if it had not learned', async () => {
  const { scores } = someScores()
  scores.setScope('held-out')
  await scores.compute([aRun('r1')], [aPrediction('p1', 'r1')], [IMAGE])
  expect(scores).toMatchObject({ status: 'failed', error: expect.stringMatching(/./), total: 0 })
})

test('of a large plane the part with the most paint is judged, and it is said that it was a part', async () => {
  const { host, scores } = someScores({ isComplete: false })
  host.answers['plane.painted'] = () => [{ tx: 0, ty: 0 }]
  const [labels, probabilities] = [new ArrayBuffer(4 * TILE_PX ** 2), new Uint8Array(2 * TILE_PX ** 2).buffer]
  for (let tx = 1; tx * TILE_PX < 12_000; tx++) {
    host.tiles.set(labelTileUrl(PLANE, 5, { ...TILE, tx }), labels)
    host.tiles.set(predictionTileUrl('p1', 1, 0, 0, { ...TILE, tx }), probabilities)
  }
  await scores.compute([aRun('r1')], [aPrediction('p1', 'r1')], [{ ...IMAGE, width: 12_000 }])
  const { tally, cut } = scores.byRun.get('r1')!
  expect([tally.knownPx, tally.truthObjects, tally.matches, cut]).toEqual([48, 2, 1, 1])
  const small = someScores().scores
  await small.compute([aRun('r1')], [aPrediction('p1', 'r1')], [IMAGE])
  expect(small.byRun.get('r1')!.cut).toBe(0)
})

test('planes that cannot be read are said, not counted as wrong', async () => {
  const { host, scores } = someScores()
  host.tiles.clear()
  await scores.compute([aRun('r1')], [aPrediction('p1', 'r1')], [IMAGE])
  expect(scores).toMatchObject({ status: 'failed', error: expect.stringMatching(/./) })
})

describe('measurements', () => {
  const [painted, predicted] = sourcesOf([aPrediction('p1', 'r1')], [aRun('r1')])
  const measured = async (source = painted!, image = IMAGE) => {
    const { maps } = aHost()
    const measures = new Measures(maps, () => image)
    await measures.measure(
      [{ ...PART, image }],
      () => source,
      () => predicted,
    )
    return measures
  }

  test('are of the stored values, and of the doubt about the same pixels', async () => {
    const measures = await measured()
    expect(measures.cells).toMatchObject([
      { id: 16, areaPx: 24, intensities: [4.5], doubt: 0, centre: { x: 5, y: 5 } },
      { id: 17, areaPx: 24, intensities: [22.5], doubt: 0 },
    ])
    expect((await measured(predicted!)).cells.map(({ id, areaPx }) => [id, areaPx])).toEqual([
      [1, 24],
      [2, 16],
    ])
  })

  test('are of all cells of a plane, more than a call takes arguments', async () => {
    const { maps, computer } = aHost()
    const cell = { id: 16, ...AREA, centre: { x: 5, y: 5 }, intensities: [4.5], doubt: 0 }
    computer.do = async () => new Array(200_000).fill(cell) as never
    const measures = new Measures(maps, () => undefined)
    await measures.measure(
      [PART],
      () => painted,
      () => undefined,
    )
    expect([measures.status, measures.cells.length]).toEqual(['ready', 200_000])
  })

  test('a cell is selected when it lies in all ranges, ends included', async () => {
    const measures = await measured(predicted!)
    expect(measures.selected).toEqual([])
    measures.select({ area: [16, 24] })
    expect(measures.selected).toHaveLength(2)
    measures.select({ area: [16, 24], intensity: [31.5, 40] })
    expect(measures.selected.map(({ id }) => id)).toEqual([2])
  })

  test('areas are in µm² where the pixel size is known, as it is now', async () => {
    const { results, change } = await aStack()
    results.measure()
    await vi.waitFor(() => expect(results.measures.status).toBe('ready'))
    const area = () => {
      const { unit, of } = results.measures.quantities.area
      return [unit, of(results.measures.cells[0]!)]
    }
    expect(area()).toEqual(['px', 24])
    change({ pixelSizeUm: { x: 0.5, y: 0.5 } })
    expect(area()).toEqual(['µm²', 6])
  })

  test('of an image with fewer channels than the chosen one are of its last; with its image the choice comes back', async () => {
    const { results, change } = await aStack()
    const { measures } = results
    const cell = { intensities: [4, 5, 6] } as CellMeasure
    const shown = (channels: number) => {
      change({ channels })
      return [measures.channel, measures.quantities.intensity.of(cell)]
    }
    measures.wantedChannel = 2
    expect([3, 1, 2, 3].map(shown)).toEqual([
      [2, 6],
      [0, 4],
      [1, 5],
      [2, 6],
    ])
  })

  test('what failed is said', async () => {
    const { host, maps } = aHost()
    host.tiles.clear()
    const measures = new Measures(maps, () => undefined)
    await measures.measure(
      [PART],
      () => painted,
      () => undefined,
    )
    await vi.waitFor(() => expect(measures.status).toBe('failed'))
  })

  test('of all planes are not made again by a step: only the map of the new plane comes', async () => {
    const { host, maps, computer } = aHost()
    addPlane(host, 1)
    const measures = new Measures(maps, () => undefined)
    const none = () => undefined
    const measuring = measures.measure([PART, partAt(1)], () => painted, none)
    await measures.showMap(partAt(1), painted)
    await measuring
    expect(measures.cells.map(({ id, z }) => [id, z])).toEqual([
      [16, 0],
      [17, 0],
      [30, 1],
    ])
    expect([measures.map?.plane.z, measures.map?.labels.includes(30)]).toEqual([1, true])
    const { asked } = computer
    await measures.showMap(PART, painted)
    expect([measures.map?.plane.z, measures.map?.labels.includes(17)]).toEqual([0, true])
    expect([measures.cells.length, computer.asked]).toEqual([3, asked])
  })
})

describe('measurements of all planes', () => {
  test('are made once, and again when something has changed on one of them', async () => {
    const { host, shown } = await aStack()
    expect([await shown(0), await shown(1), await shown(0)]).toEqual([2, 2, 2])
    const rect = { x: 0, y: 0, w: 1, h: 1 }
    const change = { plane: { ...PLANE, z: 1 }, rect, revision: 6 }
    host.tell({ type: 'plane-changed', change, history: { undo: 1, redo: 0 }, by: 'another window' })
    expect([await shown(1), await shown(0)]).toEqual([4, 4])
  })

  test('are made again after a lost line, for what has changed meanwhile was not heard of', async () => {
    const { host, shown } = await aStack()
    expect([await shown(0), await shown(1)]).toEqual([2, 2])
    host.drop()
    host.connection.retry()
    await settled()
    expect([await shown(0), await shown(1)]).toEqual([4, 4])
  })

  test('are of one run, though its newest prediction does not have each plane, and count what is predicted later', async () => {
    const { host, results, shown, predicted } = await aStack()
    host.tiles.set(predictionTileUrl('p2', 1, 1, 0, TILE), host.tiles.get(predictionTileUrl('p1', 1, 1, 0, TILE))!)
    const [older, newer] = [aPrediction('p1', 'r1'), aPrediction('p2', 'r1')]
    older.planes = [0, 1].map((z) => ({ imageId: 1, z, t: 0 }))
    predicted([{ ...older, createdAt: '1' }])
    results.measures.source = 'p1'
    await shown(0)
    const counted = () => results.measures.cells.map(({ id, z }) => [id, z])
    const onFirst = [1, 2].map((id) => [id, 0])
    expect([results.measuredSource.id, counted()]).toEqual(['p1', onFirst])
    // A cancelled one that has but the other plane is the newest there, and lets the chosen one hold for its run.
    const before = results.measuredBy
    predicted([
      { ...newer, createdAt: '2', state: 'interrupted', planes: [{ imageId: 1, z: 1, t: 0 }] },
      { ...older, createdAt: '1' },
    ])
    expect(results.measuredBy).not.toBe(before)
    const asked = await shown(1)
    expect([results.measuredSource.id, counted()]).toEqual(['p2', onFirst])
    results.measures.source = 'p2'
    expect(await shown(0)).toBe(asked)
    expect([results.measuredSource.id, counted()]).toEqual(['p1', onFirst])
  })

  test('of which a part is measured are made again where a step shows another part', async () => {
    const { host, shown, change } = await aStack()
    change({ width: MOST_SIDE_PX + TILE_PX })
    const [empty, picture] = [new Uint32Array(TILE_PX * TILE_PX), new Uint8Array(TILE_PX * TILE_PX)]
    for (const z of [0, 1]) {
      for (let tx = 0; tx <= MOST_SIDE_PX / TILE_PX; tx++) {
        const at = { ...TILE, tx }
        const [labels, image] = [labelTileUrl({ ...PLANE, z }, 5, at), imageTileUrl(1, z, 0, at)]
        if (!host.tiles.has(labels)) host.tiles.set(labels, empty.buffer)
        if (!host.tiles.has(image)) host.tiles.set(image, picture.buffer)
      }
    }
    expect([await shown(0), await shown(1)]).toEqual([2, 4])
  })
})

test('runs of one name are told apart', () => {
  const runs = [aRun('r1', { name: 'Fast' }), aRun('r2', { name: 'Fast' }), aRun('r3', { name: 'Paper' })]
  const names = sourcesOf(
    [aPrediction('p3', 'r3'), aPrediction('p2', 'r2'), aPrediction('p1', 'r1'), aPrediction('p0', 'r1')],
    runs,
  ).map(({ name }) => name)
  expect(names).toHaveLength(4)
  expect(names.slice(0, 2)).toEqual(['Painted', 'Paper'])
  expect(names[2]).toMatch(/^Fast, /)
})
