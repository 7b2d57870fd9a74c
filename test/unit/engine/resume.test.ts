import { existsSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { hasNative, onNative } from '../../drivers/native.ts'
import { discs, type PlanChange, readLog, runFolder } from '../../drivers/run-folder.ts'
import { trainHere, trainInChild, weightsOf } from '../../drivers/training.ts'

const slides = [discs(96, 96, 1), discs(80, 112, 2)]
const plan: PlanChange = {
  network: { dropout: 0.3 },
  optimization: { steps: 48, checkpointEvery: 5, validateEvery: 6 },
  item: (index) => (index === 1 ? { role: 'validation' } : {}),
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderOf(change = plan): string {
  const folder = runFolder(slides, change)
  folders.push(folder)
  return folder
}

/** Trains in a child that is killed some milliseconds after a step. */
async function trainAndKill(
  folder: string,
  { resume, step, delayMs }: { resume: boolean; step: number; delayMs: number },
) {
  const end = await trainInChild(folder, {
    resume,
    onLine: (line, kill) => {
      if (line.type === 'step' && line.step === step) setTimeout(kill, delayMs)
    },
  })
  expect(end.signal).toBe('SIGKILL')
}

describe.skipIf(!hasNative)(onNative('a training that is killed'), () => {
  test('at random moments after its first checkpoint ends, resumed, with the bits of one go', async () => {
    const whole = folderOf()
    const result = await trainHere(whole)
    const folder = folderOf()
    const [first, second] = [6 + Math.floor(Math.random() * 12), 20 + Math.floor(Math.random() * 12)]
    const delays = [Math.random() * 15, Math.random() * 15]
    const moments = `killed after steps ${first} and ${second}, ${delays.join(' and ')} ms later`
    await trainAndKill(folder, { resume: false, step: first, delayMs: delays[0]! })
    await trainAndKill(folder, { resume: true, step: second, delayMs: delays[1]! })
    expect(existsSync(join(folder, 'model.cbck')), moments).toBe(false)
    expect(await trainHere(folder, { resume: true }), moments).toEqual(result)
    expect(weightsOf(folder), moments).toEqual(weightsOf(whole))
    const lines = (of: string, type: string) => readLog(of).filter((event) => event.type === type)
    const untimed = (of: string) => lines(of, 'step').map((event) => ({ ...event, seconds: 0 }))
    expect(untimed(folder), moments).toEqual(untimed(whole))
    expect(lines(folder, 'validation'), moments).toEqual(lines(whole, 'validation'))
    const left = readdirSync(join(folder, 'checkpoints')).filter((name) => name.endsWith('.cbck'))
    expect(left.sort()).toEqual(['best.cbck', 'step-45.cbck', 'step-48.cbck'])
  })

  test('before its first checkpoint begins anew, and its log as well', async () => {
    const folder = folderOf({ ...plan, optimization: { ...plan.optimization, steps: 12, checkpointEvery: 50 } })
    await trainAndKill(folder, { resume: false, step: 8, delayMs: 0 })
    await trainHere(folder, { resume: true })
    const steps = readLog(folder).flatMap((event) => (event.type === 'step' ? [event.step] : []))
    expect(steps).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
  })
})
