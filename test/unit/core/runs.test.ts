import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  chooseRun,
  findRun,
  listRuns,
  makeRunFolder,
  modelOfRun,
  type RunState,
  readPlan,
} from '../../../src-main/core/runs.ts'
import { tinyPlan } from '../../drivers/run-folder.ts'

/** A project folder with a run of each plan; undefined makes a folder without one. */
function projectWith(plans: Record<string, string | undefined>): string {
  const project = mkdtempSync(path.join(tmpdir(), 'cellbrush-runs-'))
  onTestFinished(() => rmSync(project, { recursive: true, force: true }))
  for (const [id, plan] of Object.entries(plans)) {
    mkdirSync(path.join(project, 'runs', id), { recursive: true })
    if (plan !== undefined) writeFileSync(path.join(project, 'runs', id, 'plan.json'), plan)
  }
  return project
}

const item = {
  ...{ imageId: 1, name: 'a', z: 0, t: 0, pixels: 'a.cbpx', labels: 'b.cbpx', isComplete: true, objectClasses: {} },
  ...{ range: [[0, 1]] as [number, number][], role: 'train' as const, heldOut: [] },
}
const planOf = (id: string, name = id): string => JSON.stringify({ ...tinyPlan([item]), id, name })

test('runs are listed in the order of their numbers; one without a plan, or with a damaged one, is none', () => {
  const plans = { 'run-10': planOf('run-10'), 'run-2': planOf('run-2') }
  const project = projectWith({ ...plans, 'run-3': undefined, 'run-4': '{"id":"run-4"}', 'run-5': '{"id":' })
  expect(listRuns(project).map(({ id, state }) => [id, state])).toEqual([
    ['run-2', 'interrupted'],
    ['run-10', 'interrupted'],
  ])
  expect(readPlan(project, 'run-2').id).toBe('run-2')
  for (const id of ['run-3', 'run-4', 'run-5']) expect(() => readPlan(project, id)).toThrow(`There is no run "${id}"`)
})

test('a new run has the number above the highest, whether that one has a plan or not', () => {
  const project = projectWith({ 'run-2': planOf('run-2'), 'run-9': undefined, 'notes-70': undefined })
  const ids = [makeRunFolder(project), makeRunFolder(project)].map(({ id }) => id)
  expect([...ids, makeRunFolder(projectWith({})).id]).toEqual(['run-10', 'run-11', 'run-1'])
})

test('a folder that is no project has no runs', () => {
  expect(listRuns(projectWith({}))).toEqual([])
})

/** Puts a model into runs, and as a log the state they ended in. */
function endWithModels(project: string, states: Record<string, RunState>): void {
  for (const [id, state] of Object.entries(states)) {
    const folder = path.join(project, 'runs', id)
    writeFileSync(path.join(folder, 'model.cbck'), 'model')
    writeFileSync(path.join(folder, 'log.jsonl'), `${JSON.stringify({ type: 'state', state, step: 5 })}\n`)
  }
}

/** A log that cannot be read: who reads it fails. */
const lockLog = (project: string, id: string): void => mkdirSync(path.join(project, 'runs', id, 'log.jsonl'))

test('a run is found by its id, or by its name as the newest of that name, and only its own log is read', () => {
  const plans = { 'run-1': planOf('run-1', 'run-2'), 'run-2': planOf('run-2', 'x'), 'run-3': planOf('run-3', 'x') }
  const project = projectWith({ ...plans, 'run-4': planOf('run-4'), 'run-5': undefined })
  endWithModels(project, { 'run-2': 'finished', 'run-3': 'stopped' })
  for (const id of ['run-1', 'run-4']) lockLog(project, id)
  expect([findRun(project, 'run-2'), findRun(project, 'x')].map(({ id, state }) => [id, state])).toEqual([
    ['run-2', 'finished'],
    ['run-3', 'stopped'],
  ])
  for (const wanted of ['run-5', 'run-6', '../runs/run-2']) {
    expect(() => findRun(project, wanted)).toThrow(`There is no run "${wanted}"`)
  }
})

test('the newest run that ended with a model is chosen, and no log of an older one is read', () => {
  const ids = ['run-1', 'run-2', 'run-9', 'run-10', 'run-11']
  const project = projectWith(Object.fromEntries(ids.map((id) => [id, planOf(id)])))
  endWithModels(project, { 'run-9': 'stopped', 'run-10': 'failed' })
  for (const id of ['run-1', 'run-2', 'run-11']) lockLog(project, id)
  expect(chooseRun(project)).toMatchObject({ id: 'run-9', model: path.join(project, 'runs', 'run-9', 'model.cbck') })
  const without = projectWith({ 'run-1': planOf('run-1') })
  expect(() => chooseRun(without)).toThrow(expect.objectContaining({ code: 'no-finished-run' }))
})

test('to begin with the model of a run no log is read', () => {
  const project = projectWith({ 'run-1': planOf('run-1', 'first'), 'run-2': planOf('run-2') })
  endWithModels(project, { 'run-1': 'finished' })
  rmSync(path.join(project, 'runs', 'run-1', 'log.jsonl'))
  lockLog(project, 'run-1')
  const model = path.join(project, 'runs', 'run-1', 'model.cbck')
  for (const wanted of ['run-1', 'first']) {
    expect(modelOfRun(project, wanted)).toEqual({ model, plan: readPlan(project, 'run-1') })
  }
  const failure = { code: 'run-without-model', of: { run: 'run-2', state: 'interrupted' } }
  for (const choose of [modelOfRun, chooseRun]) {
    expect(() => choose(project, 'run-2')).toThrow(expect.objectContaining(failure))
  }
  expect(() => modelOfRun(project, 'run-3')).toThrow('There is no run "run-3"')
})
