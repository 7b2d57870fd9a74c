import { describe, expect, test } from 'vitest'
import { Previews } from '../../../src-renderer/state/run-previews.svelte.ts'
import { errorText } from '../../../src-renderer/state/words.ts'
import type { RunPreviews } from '../../../src-shared/api.ts'
import { previewUrl } from '../../../src-shared/data-urls.ts'
import { NOT_COUNTED } from '../../../src-shared/previews.ts'
import { FakeHost } from '../../drivers/fake-connection.ts'

const truth = [0, 0, 1, 1, NOT_COUNTED, 1]
const grey = [10, 20, 30, 40, 50, 60]
const region: RunPreviews['region'] = {
  ...{ format: 1, imageId: 1, name: 'cells', z: 0, t: 0 },
  ...{ rect: { x: 4, y: 8, w: 3, h: 2 }, classes: 2 },
}

const bytes = (values: number[]): ArrayBuffer => Uint8Array.from(values).buffer
/** Probabilities of a network that sees objects exactly at these places. */
const seeing = (objects: readonly number[]): ArrayBuffer => {
  const p = truth.map((_, at) => (objects.includes(at) ? 230 : 25))
  return bytes([...p.map((value) => 255 - value), ...p])
}

/** A host whose run-1 has snapshots of what was seen after some steps. */
function hosted(seen: Record<number, readonly number[]>) {
  const host = new FakeHost()
  const take = (step: number, objects: readonly number[]) => host.tiles.set(previewUrl('run-1', step), seeing(objects))
  const steps = new Set(Object.keys(seen).map(Number))
  for (const [step, objects] of Object.entries(seen)) take(Number(step), objects)
  host.tiles.set(previewUrl('run-1', 'region'), bytes([...grey, ...truth]))
  host.answers['run.previews'] = () => (steps.size === 0 ? null : { region, steps: [...steps].sort((a, b) => a - b) })
  const previews = new Previews(host.connection, host.connection.data)
  host.connection.onEvent((event) => previews.hear(event))
  const tell = async (step: number, objects: readonly number[]) => {
    take(step, objects)
    steps.add(step)
    host.tell({ type: 'run', run: 'run-1', event: { type: 'preview', step } })
    await quiet()
  }
  return { host, previews, steps, tell }
}

/** Until everything asked for has been answered. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('the prediction of what is held out', () => {
  test('is the first snapshot before the latest, each judged by what is painted', async () => {
    const { previews } = hosted({ 25: [0, 1], 50: [2], 250: [2, 3, 4] })
    await previews.open('run-1')
    const { latest, earlier, ...shown } = previews.shown!
    expect(previews.status).toBe('ready')
    expect([...shown.grey]).toEqual(grey)
    expect([shown.width, shown.height]).toEqual([3, 2])
    expect(earlier).toMatchObject({ step: 25, judgement: { counted: 5, missed: 3, invented: 2, pixelError: 1 } })
    expect(latest).toMatchObject({ step: 250, judgement: { counted: 5, missed: 1, invented: 0, pixelError: 0.2 } })
  })

  test('follows the run: what is compared with stays, the latest is the newest', async () => {
    const { previews, tell } = hosted({ 25: [0], 50: [2] })
    await previews.open('run-1')
    await tell(100, [2, 3])
    expect([previews.shown?.earlier?.step, previews.shown?.latest.step]).toEqual([25, 100])
    await previews.compareWith(50)
    expect([previews.shown?.earlier?.step, previews.shown?.latest.step]).toEqual([50, 100])
    await tell(250, [2, 3, 5])
    expect([previews.shown?.earlier?.step, previews.shown?.latest.step]).toEqual([50, 250])
    expect(previews.shown?.latest.judgement.pixelError).toBe(0)
  })

  test('compares with the first again where the chosen snapshot has been thinned out', async () => {
    const { previews, steps, tell } = hosted({ 25: [0], 50: [2], 100: [2, 3] })
    await previews.open('run-1')
    await previews.compareWith(50)
    steps.delete(50)
    await tell(250, [2])
    expect(previews.shown?.earlier?.step).toBe(25)
  })

  test('shows nothing before the first snapshot, and the first alone', async () => {
    const { previews, tell } = hosted({})
    await previews.open('run-1')
    expect([previews.status, previews.shown]).toEqual(['none', null])
    await tell(25, [2])
    expect(previews.status).toBe('ready')
    expect(previews.shown).toMatchObject({ latest: { step: 25 }, earlier: null })
  })

  test('is read anew where a resumed run takes the same step again', async () => {
    const { previews, tell } = hosted({ 25: [0], 50: [0] })
    await previews.open('run-1')
    expect(previews.shown?.latest.judgement.invented).toBe(1)
    await tell(50, [2, 3, 5])
    expect(previews.shown?.latest.judgement.pixelError).toBe(0)
  })

  test('of another run never appears under this one, however late it comes', async () => {
    const { host, previews } = hosted({ 25: [0] })
    host.tiles.set(previewUrl('run-2', 'region'), bytes([...grey.map((value) => value + 100), ...truth]))
    host.tiles.set(previewUrl('run-2', 25), seeing([2]))
    const late = Promise.withResolvers<unknown>()
    const answer = { region, steps: [25] }
    host.answers['run.previews'] = (of) => ((of as { id: string }).id === 'run-1' ? late.promise : answer)
    const first = previews.open('run-1')
    const second = previews.open('run-2')
    late.resolve(answer)
    await Promise.all([first, second])
    await quiet()
    expect([...previews.shown!.grey]).toEqual(grey.map((value) => value + 100))
    expect(previews.shown).toMatchObject({ run: 'run-2', latest: { judgement: { missed: 2 } } })
    await previews.open(null)
    expect([previews.status, previews.shown]).toEqual(['none', null])
  })

  test('that cannot be had says why, and is asked for again with the next news', async () => {
    const { host, previews, tell } = hosted({ 25: [0] })
    host.tiles.delete(previewUrl('run-1', 'region'))
    await previews.open('run-1')
    expect([previews.status, previews.shown]).toEqual(['failed', null])
    expect(previews.message).not.toBe('')
    host.tiles.set(previewUrl('run-1', 'region'), bytes([...grey, ...truth]))
    await tell(50, [2])
    expect(previews.status).toBe('ready')
    expect(previews.shown?.latest.step).toBe(50)
  })

  test('of a run that has ended, from which no news come, is asked for again by hand', async () => {
    const { host, previews } = hosted({ 25: [0] })
    host.tiles.delete(previewUrl('run-1', 'region'))
    await previews.open('run-1')
    host.tiles.set(previewUrl('run-1', 'region'), bytes([...grey, ...truth]))
    await previews.open('run-1')
    expect(previews.status).toBe('failed')
    await previews.again()
    expect([previews.status, previews.shown?.latest.step]).toEqual(['ready', 25])
  })

  test('is asked for once at a time, however many news come', async () => {
    const { host, previews } = hosted({ 25: [0], 50: [2] })
    await previews.open('run-1')
    const before = host.asked.length
    for (let news = 0; news < 20; news++) {
      host.tell({ type: 'run', run: 'run-1', event: { type: 'preview', step: 50 } })
    }
    await quiet()
    expect(host.asked.length - before).toBeLessThanOrEqual(2)
  })
})

test('the divider stays inside the picture', () => {
  const { previews } = hosted({})
  previews.moveDivider(0.25)
  expect(previews.divider).toBe(0.25)
  previews.moveDivider(-3)
  expect(previews.divider).toBe(0)
  previews.moveDivider(1.4)
  expect(previews.divider).toBe(1)
})

test('errors are told with one decimal, small ones with two', () => {
  expect([0.1234, 0.05, 0.0042, 0, Number.NaN].map(errorText)).toEqual(['12.3 %', '5.0 %', '0.42 %', '0.00 %', '–'])
})
