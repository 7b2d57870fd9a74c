/** The ids that the window gives objects until the host has named them: nobody ever sees one again after that. */
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { isTemporary } from '../../../src-shared/labels.ts'
import { AnnotatorDriver } from '../../drivers/annotator-driver.ts'
import { MemoryHost } from '../../drivers/memory-host.ts'

/** Holds the answers back; calling it lets them through. */
function held(a: AnnotatorDriver): () => void {
  let release = () => {}
  a.host.gate = new Promise((resolve) => {
    release = resolve
  })
  return () => {
    a.host.gate = Promise.resolve()
    release()
  }
}

/** A window whose host keeps no ids for it: it has to name every new object itself. */
async function withoutIds(): Promise<AnnotatorDriver> {
  const host = new MemoryHost(64, 64)
  host.reserveIds = () => Promise.reject(new Error('none to be had'))
  return AnnotatorDriver.open({ width: 64, height: 64, host })
}

/** The labels that there are. */
const idsOf = (labels: Uint32Array): number[] => [...new Set(labels)].sort((a, b) => a - b)

test('a stroke under the pointer while a cut is being answered has the names that the host gives the parts', async () => {
  const a = await AnnotatorDriver.open({ width: 64, height: 64 })
  await a.choose('brush', { label: 20, radiusPx: 6 }).down(10, 32).move(54, 32).up().settled()
  const release = held(a)
  await a.choose('boundary', { radiusPx: 1 }).down(32, 10).move(32, 54).up().settled()
  a.choose('brush', { label: 1, radiusPx: 3 }).down(10, 10).move(12, 10)
  release()
  await a.settled()
  expect(idsOf(a.labels())).toEqual([0, 1, 2, 20, 80])
  await a.move(20, 10).up().settled()
  expect(a.labels()).toEqual(a.host.labels)
})

test('an object that gets its name while it is painted further has that name at once', async () => {
  const a = await withoutIds()
  const release = held(a)
  a.choose('brush', { label: 'new', radiusPx: 3, newObjectPerStroke: false }).click(10, 10)
  a.down(30, 10).move(40, 10)
  release()
  await a.settled()
  expect([a.labelAt(10, 10), a.labelAt(30, 10)]).toEqual([16, 16])
  await a.move(50, 10).up().settled()
  expect([a.labelAt(50, 10), a.editor.options.label]).toEqual([16, 16])
  expect(a.labels()).toEqual(a.host.labels)
})

describe('an object that is painted on has lost the stroke that was to make it', () => {
  const one = { label: 'new', radiusPx: 3, newObjectPerStroke: false } as const

  test('when that was taken back before it was sent: the next stroke makes it', async () => {
    const a = await withoutIds()
    a.host.connection = 'down'
    a.choose('brush', { label: 20 }).click(50, 50) // waits, so that the next one is not sent
    a.choose('brush', one).click(10, 10)
    await a.undo()
    a.click(30, 10).click(50, 10)
    a.host.reconnect()
    await a.settled()
    expect([a.host.labelAt(10, 10), a.host.labelAt(30, 10), a.host.labelAt(50, 10)]).toEqual([0, 16, 16])
    expect([a.labels(), a.editor.options.label]).toEqual([a.host.labels, 16])
  })

  test('when the host refused that, though more strokes were waiting: the first of them makes it', async () => {
    const a = await withoutIds()
    a.host.refusal = 'No.'
    const release = held(a)
    a.choose('brush', one).click(10, 10).click(30, 10).click(50, 10)
    release()
    await a.settled()
    await a.click(50, 30).settled()
    expect([10, 30, 50].map((x) => a.host.labelAt(x, 10))).toEqual([0, 16, 16])
    expect([a.host.labelAt(50, 30), a.editor.options.label]).toEqual([16, 16])
    expect(a.labels()).toEqual(a.host.labels)
  })

  test('when the host fails over that: another makes it, and it goes on with it when it can be painted', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const a = await withoutIds()
    a.host.failsOver = (id) => id === a.host.received[0]
    a.choose('brush', one).click(10, 10).click(30, 10)
    for (let attempt = 0; attempt < 3; attempt++) {
      await a.settled()
      vi.runOnlyPendingTimers()
    }
    await a.settled()
    expect([a.unsaved, a.host.labelAt(10, 10), a.labelAt(10, 10), a.host.labelAt(30, 10)]).toEqual([1, 0, 16, 16])
    a.host.failsOver = () => false
    a.host.reconnect()
    await a.settled()
    expect([a.unsaved, a.host.labelAt(10, 10)]).toEqual([0, 16])
    expect(a.labels()).toEqual(a.host.labels)
  })

  test('when the window was closed meanwhile: it is no object that a new window makes', async () => {
    const a = await withoutIds()
    a.host.refusal = 'No.'
    const release = held(a)
    a.choose('brush', one).click(10, 10)
    a.click(30, 10)
    release()
    a.host.connection = 'down' // the refusal came through, the second stroke did not
    await a.settled()
    a.close()
    const { host, storage } = a
    const b = new AnnotatorDriver({ width: 64, height: 64, host, storage })
    b.choose('brush', one).click(50, 10)
    const [kept, painted] = [b.labelAt(30, 10), b.labelAt(50, 10)]
    expect([isTemporary(kept), isTemporary(painted), kept === painted]).toEqual([true, true, false])
    host.reconnect()
    b.load()
    await b.settled()
    expect([host.labelAt(30, 10), host.labelAt(50, 10)]).toEqual([16, 17])
  })
})
