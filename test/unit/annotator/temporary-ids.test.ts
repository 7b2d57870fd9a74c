/** The ids that the window gives objects until the host has named them: nobody ever sees one again after that. */
import { expect, test } from 'vitest'
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
function withoutIds(): Promise<AnnotatorDriver> {
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
