import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listRuns, makeRunFolder, readPlan } from '../../../src-main/core/runs.ts'
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
const planOf = (id: string): string => JSON.stringify({ ...tinyPlan([item]), id })

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
