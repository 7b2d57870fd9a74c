/** The window's parts together, on a host in memory. */
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Preferences } from '../../../src-renderer/state/preferences.svelte.ts'
import { memoryStore } from '../../../src-renderer/state/stored.ts'
import { Workstation } from '../../../src-renderer/state/workstation.svelte.ts'
import type { PredictionView, ProjectView, RunView } from '../../../src-shared/api.ts'
import type { DesktopBridge, MenuCommand } from '../../../src-shared/desktop.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import { anImage, aProject, aRun, FakeHost } from '../../drivers/fake-connection.ts'

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener() {}, removeEventListener() {} }))
})
afterEach(() => vi.unstubAllGlobals())

const OBJECTS = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: false, regrowPx: 0 }

/** A finished prediction of the first plane of an image; newer the later its id is in the alphabet. */
const aPrediction = (id: string, imageId: number, changes: Partial<PredictionView> = {}): PredictionView => ({
  ...{ id, runId: 'r1', createdAt: `2026-11-22T10:00:00.000Z ${id}`, state: 'finished', objects: OBJECTS },
  ...{ classes: 2, classIds: [1, 1], planes: [{ imageId, z: 0, t: 0 }] },
  ...changes,
})

/** A window that shows the first image of a project; `now.project` is what the host answers with. */
async function opened(
  project: ProjectView = aProject(),
  answers: FakeHost['answers'] = {},
  desktop?: Partial<DesktopBridge>,
) {
  const now = { project }
  const host = new FakeHost({
    'project.view': () => now.project,
    'plane.view': () => ({ isComplete: false, revision: 1, undo: 0, redo: 0 }),
    'plane.objects': () => [],
    ...answers,
  })
  if (desktop) host.connection.data.desktop = desktop as DesktopBridge
  const ws = new Workstation(host.connection, new Preferences(memoryStore()))
  onTestFinished(ws.start())
  await vi.waitFor(() => expect(ws.page.status).toBe('ready'))
  const change = (changes: Partial<ProjectView>) => {
    now.project = { ...now.project, ...changes }
    host.tell({ type: 'project-changed', project: now.project })
  }
  const said = () => ws.toasts.shown.map(({ text }) => text)
  return { host, ws, now, change, said }
}

describe('while the next plane is being fetched', () => {
  test('nothing is painted and nothing taken back; a tool can be chosen', async () => {
    const { host, ws } = await opened(aProject({ images: [anImage(1, { z: 2 })] }))
    const can = () => ['plane.complete', 'edit.undo', 'edit.redo', 'tool.brush'].map((action) => ws.canAct(action))
    expect([ws.page.status, ...can()]).toEqual(['ready', true, true, true, true])
    host.isSilent = true
    void ws.page.stepPlane(1)
    expect([ws.page.status, ...can()]).toEqual(['changing', false, false, false, true])
    ws.act('plane.complete')
    expect(ws.page.isComplete).toBe(false)
  })
})

describe('when a lost line is back', () => {
  const step = (at: number): RunEvent => ({ type: 'step', step: at, energy: 1, learningRate: 1, seconds: 1 })

  /** A window that has followed a run to its second step, with a job that runs, one that waits and one that failed. */
  async function following() {
    const run = (changes: Partial<RunView>) => aRun('r1', { state: 'running', hasModel: false, step: 2, ...changes })
    const events = [step(1), step(2)]
    const shown = { run: run({}) }
    const found = await opened(aProject({ runs: [shown.run] }), {
      'run.details': () => ({ ...shown.run, plan: { items: [] }, events }),
      'run.previews': () => null,
    })
    const { host, ws, now } = found
    host.tell({ type: 'job', id: 'j1', title: 'Training Run r1', training: 'r1', state: 'running' })
    host.tell({ type: 'job', id: 'j2', title: 'Exporting', state: 'waiting' })
    host.tell({ type: 'job', id: 'j3', title: 'Importing', state: 'failed', message: 'The disk is full.' })
    await ws.training.loadDetails('r1')
    await ws.previews.open('r1')
    host.drop()
    /** What happens meanwhile. */
    const meanwhile = (changes: Partial<ProjectView>, of: Partial<RunView> = {}) => {
      shown.run = run(of)
      now.project = { ...now.project, runs: [shown.run], ...changes }
    }
    const reopened = () => vi.waitFor(() => expect(ws.connection).toBe('open'))
    return { ...found, events, meanwhile, reopened }
  }

  test('what was not heard is asked for: curves, lists, previews, the open plane; jobs that have gone are gone', async () => {
    const { host, ws, events, meanwhile, reopened, said } = await following()
    events.push(step(3), step(4))
    meanwhile({ images: [anImage(1), anImage(3)] }, { state: 'finished', step: 4, hasModel: true })
    const before = host.asked.length
    await reopened()
    host.tell({ type: 'job', id: 'j4', title: 'Predicting', state: 'running' })
    await vi.waitFor(() => expect(ws.training.curve('r1').steps).toEqual([1, 2, 3, 4]))
    expect(ws.jobs.all.map(({ id }) => id)).toEqual(['j3', 'j4'])
    expect(ws.project.images.map(({ id }) => id)).toEqual([1, 3])
    expect(said()).toEqual(['“Run r1” has finished.'])
    const wanted = ['plane.objects', 'plane.view', 'project.view', 'run.details', 'run.previews']
    await vi.waitFor(() =>
      expect(
        host.asked
          .slice(before)
          .map(({ method }) => method)
          .sort(),
      ).toEqual(wanted),
    )
  })

  test('predictions that ended meanwhile are said, those that failed without the reason that nobody has heard', async () => {
    const { meanwhile, reopened, said } = await following()
    const planes = [0, 1].map((z) => ({ imageId: 2, z, t: 0 }))
    meanwhile({ predictions: [aPrediction('p1', 2, { planes }), aPrediction('p2', 10, { state: 'failed' })] })
    await reopened()
    await vi.waitFor(() =>
      expect(said()).toEqual(['Predicted 2 planes.', 'A prediction failed; predict again to see why.']),
    )
  })
})

test('a window whose project is not the one served any more is loaded anew, once', async () => {
  let loads = 0
  vi.stubGlobal('location', { reload: () => loads++ })
  const { host, ws } = await opened()
  expect(host.dialled).toBeUndefined()
  host.drop()
  await vi.waitFor(() => expect(host.dialled).toBe('2026-11-22T09:00:00.000Z/folder-1'))
  await vi.waitFor(() => expect(ws.connection).toBe('open'))
  expect(loads).toBe(0)
  host.drop('elsewhere')
  expect([ws.connection, loads]).toEqual(['elsewhere', 1])
})

test('such a window is not loaded anew while strokes are in it alone, and goes on when its project is served again', async () => {
  let loads = 0
  vi.stubGlobal('location', { reload: () => loads++ })
  const { host, ws } = await opened()
  ws.page.isKept = false
  host.drop('elsewhere')
  expect([ws.connection, loads]).toEqual(['elsewhere', 0])
  ws.tryAgain()
  await vi.waitFor(() => expect(ws.connection).toBe('open'))
  expect([host.dialled, loads]).toEqual(['2026-11-22T09:00:00.000Z/folder-1', 0])
})

test('undo of the native menu is that of the text where one is written; under a dialog it takes nothing back', async () => {
  class Element extends EventTarget {}
  class TextArea extends Element {}
  vi.stubGlobal('HTMLElement', Element)
  vi.stubGlobal('HTMLTextAreaElement', TextArea)
  const document = { activeElement: null as EventTarget | null }
  vi.stubGlobal('document', document)
  const texts: string[] = []
  let choose = (_: MenuCommand) => {}
  const onCommand: DesktopBridge['onCommand'] = (hear) => {
    choose = hear
    return () => {}
  }
  const { ws } = await opened(aProject(), {}, { onCommand, editText: (how) => texts.push(how) })
  const undo = vi.spyOn(ws.page, 'undo').mockResolvedValue(undefined)
  const undone = () => undo.mock.calls.length
  document.activeElement = new TextArea()
  choose('undo')
  choose('redo')
  expect([texts, undone()]).toEqual([['undo', 'redo'], 0])
  document.activeElement = null
  ws.act('project.keys')
  choose('undo')
  expect(undone()).toBe(0)
  ws.dialog = null
  choose('undo')
  expect(undone()).toBe(1)
})

describe('a run that was interrupted', () => {
  const run = aRun('r1', { state: 'interrupted', step: 15, hasModel: false })
  const details = () => ({ ...run, plan: { items: [] }, events: [] })
  const answers = { 'run.details': details, 'training.resume': () => null }

  test('before the project was opened is said once, with where it goes on', async () => {
    const { host, ws, said, change } = await opened(aProject({ runs: [run] }), answers)
    await vi.waitFor(() => expect(said()).toEqual(['“Run r1” was interrupted at step 15.']))
    expect(ws.toasts.shown[0]!.action!.label).toBe('Resume from step 0')
    change({ notes: 'painted on' })
    expect(said()).toHaveLength(1)
    ws.toasts.shown[0]!.action!.run()
    await vi.waitFor(() => expect(host.asked.at(-1)).toEqual({ method: 'training.resume', params: { run: 'r1' } }))
  })

  test('long ago, with runs after it, is not spoken of; nor where nothing can be changed', async () => {
    const later = aRun('r2', { createdAt: '2026-11-23T10:00:00.000Z' })
    const { ws, said } = await opened(aProject({ runs: [later, run] }), answers)
    expect([ws.training.cutOff, said()]).toEqual([undefined, []])
    const readOnly = await opened(aProject({ runs: [run], readOnly: true }), answers)
    expect(readOnly.said()).toEqual(['This project cannot be written; you can look at everything and change nothing.'])
  })

  test('under our eyes is said with where it goes on', async () => {
    const { ws, said, change } = await opened(aProject({ runs: [{ ...run, state: 'running', step: 1 }] }), answers)
    expect(ws.training.cutOff).toBeUndefined()
    change({ runs: [run] })
    await vi.waitFor(() => expect(said()).toEqual(['“Run r1” was interrupted at step 15.']))
    expect([ws.training.cutOff?.id, ws.toasts.shown[0]!.action!.label]).toEqual(['r1', 'Resume from step 0'])
  })
})

test('while the line is lost, what a run does is not known', async () => {
  const { host, ws } = await opened(aProject({ runs: [aRun('r1', { state: 'running' })] }))
  const known = () => [ws.connection, ws.training.isOutOfTouch]
  expect(known()).toEqual(['open', false])
  host.drop()
  expect(known()).toEqual(['lost', true])
  await vi.waitFor(() => expect(known()).toEqual(['open', false]))
})

describe('a prediction that ends', () => {
  test('of another image is said with its planes, and the open plane shows what it showed', async () => {
    const known = [aPrediction('a', 1), aPrediction('b', 1)]
    const { ws, change, said } = await opened(aProject({ predictions: known }))
    await ws.showPrediction('a')
    ws.proposals.choice.set('threshold', 0.9)
    const planes = [0, 1, 2].map((z) => ({ imageId: 2, z, t: 0 }))
    change({ predictions: [...known, aPrediction('c', 2, { planes })] })
    expect([ws.proposals.prediction?.id, ws.proposals.choice.plan.threshold]).toEqual(['a', 0.9])
    expect(said()).toEqual(['Predicted 3 planes.'])
  })

  test('of the open plane is shown there', async () => {
    const { ws, change } = await opened(aProject({ predictions: [aPrediction('a', 1), aPrediction('c', 1)] }))
    expect(ws.proposals.prediction?.id).toBe('c')
    change({ predictions: [...(ws.project.view?.predictions ?? []), aPrediction('b', 1)] })
    expect(ws.proposals.prediction?.id).toBe('b')
  })

  test('with a failure is said once, with the sentence of its job', async () => {
    const running = aPrediction('p1', 2, { state: 'running' })
    const { host, change, said } = await opened(aProject({ predictions: [running] }))
    const message = '“image 2” could not be predicted.'
    host.tell({ type: 'job', id: 'j0', title: 'Exporting', state: 'failed', message: 'The disk is full.' })
    host.tell({ type: 'job', id: 'j1', title: 'Predicting image 2', predicting: 'p1', state: 'failed', message })
    change({ predictions: [{ ...running, state: 'failed' }] })
    expect(said()).toEqual([message])
  })
})

describe('which run predicts', () => {
  const runs = [1, 2, 3].map((n) => aRun(`run-${n}`, { createdAt: `2026-11-2${n}T10:00:00.000Z` }))
  const [first, second, third] = runs as [RunView, RunView, RunView]
  const answers = { 'prediction.start': () => aPrediction('p1', 1), 'run.discard': () => null }

  /** What was asked for by what follows. */
  async function asked(host: FakeHost, act: () => unknown) {
    const before = host.asked.length
    act()
    await vi.waitFor(() =>
      expect(host.asked.slice(before).some(({ method }) => method === 'prediction.start')).toBe(true),
    )
    return host.asked.slice(before).map(({ params }) => (params as { run?: string }).run ?? 'the newest')
  }

  test('is after retraining the run that has finished, where the message offers it', async () => {
    const running = { ...second, state: 'running' as const, hasModel: false }
    const { host, ws, change } = await opened(aProject({ runs: [first, running] }), answers)
    ws.predictions.form.run = 'run-1'
    change({ runs: [first, second] })
    expect(await asked(host, ws.toasts.shown[0]!.action!.run)).toEqual(['the newest'])
    change({ runs: [first, running, third] })
    change({ runs })
    expect(await asked(host, ws.toasts.shown.at(-1)!.action!.run)).toEqual(['run-2'])
  })

  test('is the newest where it was that when it was chosen, and another as long as it has a model', async () => {
    const { host, ws, change } = await opened(aProject({ runs: [first, second] }), answers)
    ws.predictions.use(second)
    change({ runs })
    expect(await asked(host, () => ws.act('predict.start'))).toEqual(['the newest'])
    ws.predictions.use(second)
    expect([ws.predictions.run, await asked(host, () => ws.act('predict.start'))]).toEqual(['run-2', ['run-2']])
    ws.training.form.from = 'run-2'
    expect(ws.training.request().from).toBe('run-2')
    change({ runs: [first, third] }) // discarded, in another window
    expect([ws.predictions.run, await asked(host, () => ws.act('predict.start'))]).toEqual(['', ['the newest']])
    expect([ws.training.from, ws.training.request().from]).toEqual(['', undefined])
  })
})

describe('the prediction of the next image', () => {
  const of = (id: string, imageId: number, runId: string) => aPrediction(id, imageId, { runId })
  const known = [of('a', 1, 'r1'), of('b', 1, 'r2'), of('c', 2, 'r1'), of('d', 2, 'r2'), of('e', 10, 'r2')]

  test('is of the run that was chosen last, else the newest', async () => {
    const { ws } = await opened(aProject({ predictions: known }))
    const shown = async (image: number) => {
      await ws.openImage(image)
      return ws.proposals.prediction?.id
    }
    expect([await shown(2), await shown(1)]).toEqual(['d', 'b'])
    await ws.showPrediction('a')
    expect([await shown(10), await shown(2), await shown(1)]).toEqual(['e', 'c', 'a'])
  })

  test('is what has been predicted there since', async () => {
    const { ws, change } = await opened(aProject({ predictions: known }))
    await ws.showPrediction('a')
    change({ predictions: [...known, of('f', 2, 'r2')] })
    expect(ws.proposals.prediction?.id).toBe('a')
    await ws.openImage(2)
    expect(ws.proposals.prediction?.id).toBe('f')
  })
})

describe('Train, by its key, elsewhere than in Learn,', () => {
  /** The panel of Learn asks again, a moment after it has come, before the first question is answered. */
  async function pressed() {
    const answers: ((value: unknown) => void)[] = []
    const found = await opened(aProject(), {
      'training.readiness': () => new Promise((done) => answers.push(done)),
      'training.start': () => aRun('r1', { state: 'planned', hasModel: false }),
    })
    const training = [found.ws.train(), found.ws.train()]
    const checking = found.ws.training.check()
    await vi.waitFor(() => expect(answers).toHaveLength(3))
    const answer = async (sentence?: string) => {
      const problems = sentence ? [{ severity: 'blocks', sentence }] : []
      answers[2]!({ canStart: !sentence, problems, images: 1, objects: 1 })
      await Promise.all([...training, checking])
      return [found.host.asked.filter(({ method }) => method === 'training.start').length, found.said()]
    }
    return { ...found, answer }
  }

  test('starts on what is known then, once', async () => {
    const { ws, answer } = await pressed()
    ws.training.readiness = { canStart: false, problems: [], images: 0, objects: 0 }
    expect(await answer()).toEqual([1, []])
  })

  test('says what stands in the way', async () => {
    const { answer } = await pressed()
    expect(await answer('nothing is painted.')).toEqual([0, ['Training cannot start: nothing is painted.']])
  })
})

describe('the open image, put into the trash,', () => {
  const trashing = { 'image.update': ({ id }: { id: number }) => anImage(id, { isTrashed: true }) }
  const four = aProject({ images: [1, 2, 10, 11].map((id) => anImage(id)) })

  test('gives way to the next of the list, the last to the one before', async () => {
    const { ws } = await opened(four, trashing)
    for (const [id, next] of [
      [10, 11],
      [11, 2],
    ] as const) {
      await ws.openImage(id)
      await ws.images.trash(ws.project.image(id)!, true)
      expect(ws.page.imageId).toBe(next)
    }
  })

  test('gives way to a neighbour of all images where the filter shows no other', async () => {
    const { ws } = await opened(four, trashing)
    ws.project.filter.text = 'image 10'
    await ws.openImage(10)
    await ws.images.trash(ws.project.image(10)!, true)
    expect(ws.page.imageId).toBe(11)
  })

  test('leaves nothing open where there is no other, and nothing to take back; put back, it is open again', async () => {
    const { ws } = await opened(aProject({ images: [anImage(1)], predictions: [aPrediction('p1', 1)] }), {
      'image.update': ({ id, isTrashed }) => anImage(id, { isTrashed }),
    })
    const shown = () => [
      ...[ws.page.status, ws.page.plane?.imageId, ws.page.prediction.shown?.id, ws.proposals.prediction?.id],
      ...[ws.canAct('edit.undo'), ws.canAct('plane.complete')],
    ]
    expect(shown()).toEqual(['ready', 1, 'p1', 'p1', true, true])
    await ws.images.trash(ws.project.image(1)!, true)
    expect(shown()).toEqual(['empty', undefined, undefined, undefined, false, false])
    ws.toasts.shown[0]!.action!.run()
    await vi.waitFor(() => expect(shown()).toEqual(['ready', 1, 'p1', 'p1', true, true]))
  })

  test('is chosen no longer', async () => {
    const { ws } = await opened(four, trashing)
    ws.project.choose([2, 10])
    await ws.images.trash(ws.project.image(2)!, true)
    expect([...ws.project.chosen]).toEqual([10])
    expect(ws.page.imageId).toBe(1)
  })
})

test('the key that leaves the comparison gives its maps back, too', async () => {
  const { ws } = await opened()
  const { comparison } = ws.results
  ws.act('go.compare')
  comparison.shown = {
    ...comparison.shown,
    a: { status: 'ready', error: '', labels: new Uint32Array(1), source: 'painted' },
  }
  expect(comparison.isOpen).toBe(true)
  ws.act('go.compare')
  expect([comparison.isOpen, comparison.shown.a.labels]).toEqual([false, null])
})
