import { describe, expect, test } from 'vitest'
import { Project } from '../../../src-renderer/state/project.svelte.ts'
import { Training } from '../../../src-renderer/state/training.svelte.ts'
import type { RunView } from '../../../src-shared/api.ts'
import type { RunEvent } from '../../../src-shared/engine-api.ts'
import { aProject, aRun, FakeHost } from '../../drivers/fake-connection.ts'

async function opened(runs: RunView[] = []) {
  const host = new FakeHost({ 'project.view': () => aProject({ runs }) })
  const project = new Project(host.connection)
  await project.load()
  return { host, project, training: new Training(host.connection, project) }
}

describe('what is sent at Start', () => {
  test('names minutes or steps, never both', async () => {
    const { training } = await opened()
    training.form.minutes = 3
    expect(training.request()).toMatchObject({ preset: 'fast', minutes: 3 })
    expect(training.request()).not.toHaveProperty('steps')
    training.form.amount = 'steps'
    training.form.steps = 77
    expect(training.request()).toMatchObject({ steps: 77 })
    expect(training.request()).not.toHaveProperty('minutes')
  })

  test('holds only the settings that differ from the preset', async () => {
    const { training } = await opened()
    training.change('network.depth', 3)
    training.change('targets.w0', 9)
    training.change('network.depth', undefined)
    expect(training.request().settings).toEqual({ 'targets.w0': 9 })
    training.usePreset('paper')
    expect(training.request()).not.toHaveProperty('settings')
    expect(training.request().minutes).toBe(600)
  })

  test('names images only where somebody asked for the ticked ones', async () => {
    const { project, training } = await opened()
    project.choose([2, 10])
    expect(training.request()).not.toHaveProperty('imageIds')
    training.form.isChosenOnly = true
    expect(training.request().imageIds).toEqual([2, 10])
  })
})

describe('readiness', () => {
  test('of an older question never replaces that of a newer one', async () => {
    const { host, training } = await opened()
    const answers: ((value: unknown) => void)[] = []
    host.answers['training.readiness'] = () => new Promise((done) => answers.push(done))
    const first = training.check()
    const second = training.check()
    await Promise.resolve()
    while (answers.length < 2) await new Promise((done) => setTimeout(done))
    answers[1]!({ canStart: true, problems: [], images: 2, objects: 9 })
    await second
    answers[0]!({ canStart: false, problems: [], images: 0, objects: 0 })
    await first
    expect(training.readiness?.canStart).toBe(true)
  })

  test('that cannot be told is said, and nothing old is left standing', async () => {
    const { host, training } = await opened()
    host.answers['training.readiness'] = () => {
      throw { code: 'setting-invalid', message: 'The depth cannot be 9.' }
    }
    await training.check()
    expect(training.readiness).toBeNull()
    expect(training.readinessError).toBe('The depth cannot be 9.')
  })
})

describe('the sentence of state', () => {
  const cases: [Partial<RunView>, RegExp][] = [
    [{ state: 'planned', step: 0 }, /^Getting ready to train/],
    [{ state: 'running' }, /^Measuring how fast/],
    [{ state: 'interrupted', step: 1234 }, /^Interrupted at step 1,234; nothing saved/],
    [{ state: 'finished', step: 1 }, /^Finished after 1 step$/],
    [{ state: 'failed', message: 'The disk is full.' }, /^The disk is full\.$/],
  ]
  test.each(cases)('%o', async (changes, sentence) => {
    const { training } = await opened()
    expect(training.sentence(aRun('a', changes))).toMatch(sentence)
  })

  test('tells the time that its job has left', async () => {
    const { training } = await opened()
    const tell = (event: Parameters<typeof training.hear>[0] & { type: 'run' }) => training.hear(event)
    const planned = { steps: 100, secondsPerStep: 1, device: 'cpu' as const, label: 'here', memoryBytes: 1 }
    tell({ type: 'run', run: 'a', event: { type: 'planned', ...planned } })
    expect(training.sentence(aRun('a', { state: 'running' }))).toBe('Training')
    expect(training.sentence(aRun('a', { state: 'running' }), 41)).toBe('Training · 41 s left')
  })
})

describe('a run under way is told alike in panel, list and status bar', () => {
  const job = { id: 'j1', title: 'Training Run a', training: 'a', state: 'running' as const, secondsLeft: 41 }
  const other = { id: 'j2', title: 'Predicting 2 images', state: 'running' as const, secondsLeft: 9 }
  const step = (at: number) => ({ type: 'step' as const, step: at, energy: 1, learningRate: 1, seconds: 1 })
  const planned = { type: 'planned' as const, steps: 100, secondsPerStep: 1, device: 'cpu' as const, label: 'here' }

  /** A run that began at step 0, as the project says, and is at step 54, as its events say. */
  async function underWay(changes: Partial<RunView> = {}) {
    const run = aRun('a', { state: 'running', step: 0, hasModel: false, ...changes })
    const found = await opened([run])
    const { training, host, project } = found
    training.hear({ type: 'run', run: 'a', event: { ...planned, memoryBytes: 1 } })
    training.hear({ type: 'run', run: 'a', event: step(54) })
    const words = () => {
      const [now] = training.runs
      return {
        panel: training.sentence(now!, 41),
        list: `${training.stateWord(now!)} · step ${training.stepOf(now!)}`,
        bar: training.jobWords(job),
      }
    }
    const becomes = (state: RunView['state']) => {
      const event = { type: 'project-changed' as const, project: aProject({ runs: [{ ...run, state, step: 54 }] }) }
      project.hear(event)
      training.hear(event)
    }
    return { training, host, words, becomes }
  }

  test('while it learns, with the last step heard of', async () => {
    const { training, words } = await underWay()
    expect(words()).toEqual({ panel: 'Training · 41 s left', list: 'running · step 54', bar: '41 s left' })
    expect(training.jobWords(other)).toBe('9 s left')
  })

  test('while it is paused', async () => {
    const { training, words } = await underWay({ state: 'paused' })
    expect(words()).toEqual({
      panel: 'Paused at step 54 · 41 s to go',
      list: 'paused · step 54',
      bar: 'paused at step 54',
    })
    expect(training.jobWords(other)).toBe('9 s left')
  })

  test('from the wish to stop until it has stopped, and not when it is resumed', async () => {
    const { training, host, words, becomes } = await underWay()
    host.answers['training.control'] = () => null
    const stopping = {
      panel: 'Stopping; what it has learned is measured and kept',
      list: 'stopping · step 54',
      bar: 'stopping …',
    }
    const asked = training.control('stop')
    expect(words()).toEqual(stopping)
    await asked
    becomes('running')
    expect([words(), training.isStopping(training.runs[0]!)]).toEqual([stopping, true])
    becomes('stopped')
    expect(words()).toMatchObject({ panel: 'Stopped at step 54, its weights are kept', list: 'stopped · step 54' })
    becomes('running')
    expect(words()).toMatchObject({ list: 'running · step 54', bar: '41 s left' })
  })

  test('as stopping where another window has asked it to', async () => {
    const { words } = await underWay({ isStopping: true })
    expect(words()).toEqual({
      panel: 'Stopping; what it has learned is measured and kept',
      list: 'stopping · step 54',
      bar: 'stopping …',
    })
  })

  test('as learning on when it could not be asked to stop', async () => {
    const { training, host, words } = await underWay()
    host.answers['training.control'] = () => {
      throw { code: 'not-ready', message: 'Nothing is being trained now.' }
    }
    await expect(training.control('stop')).rejects.toThrow('Nothing is being trained now.')
    expect(words()).toMatchObject({ list: 'running · step 54', bar: '41 s left' })
  })

  test('as not heard of while the line is lost; a run that has ended is what it was', async () => {
    const { training, words, becomes } = await underWay()
    training.isOutOfTouch = true
    expect(words()).toEqual({
      panel: 'No connection; last heard of at step 54',
      list: 'no connection · step 54',
      bar: 'no connection',
    })
    becomes('finished')
    expect(words()).toMatchObject({ panel: 'Finished after 54 steps', list: 'finished · step 54' })
  })
})

describe('Resume says where a run goes on', () => {
  const step = (at: number) => ({ type: 'step' as const, step: at, energy: 1, learningRate: 1, seconds: 1 })
  const checkpoint = (at: number, isBest = false) => ({ type: 'checkpoint' as const, step: at, file: '', isBest })
  async function interrupted(events: RunEvent[]) {
    const run = aRun('a', { state: 'interrupted', step: 15 })
    const { host, training } = await opened([run])
    host.answers['run.details'] = () => ({ ...run, plan: {}, events })
    const before = training.resumeLabel('a')
    await training.loadDetails('a')
    return [before, training.resumeLabel('a')]
  }

  test('at its newest checkpoint, once its log has been read; the best one does not count', async () => {
    const events = [step(10), checkpoint(10), step(1500), checkpoint(1500), step(1511), checkpoint(1511, true)]
    expect(await interrupted(events)).toEqual(['Resume', 'Resume from step 1,500'])
  })

  test('at the beginning where none was kept', async () => {
    expect(await interrupted([step(14), step(15)])).toEqual(['Resume', 'Resume from step 0'])
  })
})

test('a run without a name of its own is called by the number above the highest', async () => {
  const { training } = await opened(['run-2', 'run-10', 'other'].map((id) => aRun(id, { name: 'Named' })))
  expect([training.nextName, (await opened()).training.nextName]).toEqual(['run-11', 'run-1'])
})

describe('runs', () => {
  test('stand newest first; the one under way is shown unless another was chosen', async () => {
    const { training } = await opened([
      aRun('old', { createdAt: '2026-01-01T00:00:00Z' }),
      aRun('now', { createdAt: '2026-03-01T00:00:00Z', state: 'running' }),
      aRun('cut', { createdAt: '2026-02-01T00:00:00Z', state: 'interrupted', hasModel: false }),
    ])
    expect(training.runs.map(({ id }) => id)).toEqual(['now', 'cut', 'old'])
    expect(training.shown?.id).toBe('now')
    expect(training.interrupted?.id).toBe('cut')
    training.chosenRun = 'old'
    expect(training.shown?.id).toBe('old')
  })

  test('a discarded run is forgotten wherever it was named', async () => {
    const { host, training } = await opened([aRun('a')])
    host.answers['run.discard'] = () => null
    training.form.from = 'a'
    training.chosenRun = 'a'
    await training.discard('a')
    expect(training.form.from).toBe('')
    expect(training.chosenRun).toBeNull()
  })

  test('have their details fetched once, however many views wait for them', async () => {
    const { host, training } = await opened([aRun('a'), aRun('b')])
    host.answers['run.details'] = () => ({ ...aRun('a'), plan: {}, events: [] })
    await Promise.all(['a', 'b', 'a', 'a'].map((id) => training.loadDetails(id)))
    await training.loadDetails('b')
    const asked = host.asked.filter(({ method }) => method === 'run.details')
    expect([asked.map(({ params }) => params), [...training.details.keys()]]).toEqual([
      [{ id: 'a' }, { id: 'b' }],
      ['a', 'b'],
    ])
  })

  test('events heard while the past is fetched are not lost', async () => {
    const { host, training } = await opened([aRun('a', { state: 'running' })])
    const step = (at: number) => ({ type: 'step' as const, step: at, energy: at, learningRate: 1, seconds: 1 })
    host.answers['run.details'] = () => {
      for (let at = 1; at <= 3; at++) training.hear({ type: 'run', run: 'a', event: step(at) })
      return { ...aRun('a', { state: 'running' }), plan: {}, events: [step(1), step(2)] }
    }
    await training.loadDetails('a')
    expect(training.curve('a').steps).toEqual([1, 2, 3])
  })

  describe('of which events were missed', () => {
    const step = (at: number) => ({ type: 'step' as const, step: at, energy: at, learningRate: 1, seconds: 1 })
    const objects = { threshold: 0.5, seedThreshold: 0.5, minimumAreaPx: 0, fillHoles: true, regrowPx: 1 }
    const validation = (at: number) => ({ type: 'validation' as const, step: at, energy: at, score: at / 10, objects })
    /** Heard steps 1, 2, 6, 7 and the validation after 7. */
    async function heard(state: RunView['state']) {
      const found = await opened([aRun('a', { state })])
      for (const event of [step(1), step(2), step(6), step(7), validation(7)]) {
        found.training.hear({ type: 'run', run: 'a', event })
      }
      return found
    }

    test('have curves without holes again, and what the host had not written down yet', async () => {
      const { host, training } = await heard('running')
      const events = [...[1, 2, 3, 4].map(step), validation(4), step(5), step(6)]
      host.answers['run.details'] = () => ({ ...aRun('a', { state: 'running' }), plan: {}, events })
      await training.loadAgain()
      const { steps, energies, validationSteps, scores } = training.curve('a')
      expect([steps, energies]).toEqual([
        [1, 2, 3, 4, 5, 6, 7],
        [1, 2, 3, 4, 5, 6, 7],
      ])
      expect([validationSteps, scores]).toEqual([
        [4, 7],
        [0.4, 0.7],
      ])
    })

    test('are as they were written down once they have ended', async () => {
      const { host, training } = await heard('stopped')
      const events = [1, 2, 3, 4, 5].map(step) // resumed from an earlier step, and stopped
      host.answers['run.details'] = () => ({ ...aRun('a', { state: 'stopped' }), plan: {}, events })
      await training.loadAgain()
      expect(training.curve('a').steps).toEqual([1, 2, 3, 4, 5])
      expect(training.curve('a').scores).toEqual([])
    })
  })
})
