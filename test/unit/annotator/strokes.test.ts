import { expect, test } from 'vitest'
import { LABEL } from '../../../src-shared/labels.ts'
import { AnnotatorDriver } from '../../drivers/annotator-driver.ts'

const open = (width = 64, height = 64) => AnnotatorDriver.open({ width, height })
const areaOf = (labels: Uint32Array, label: number) => labels.filter((value) => value === label).length

test('a fast brush leaves no gaps and shows before the host has answered', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 3 })
  a.down(10, 10).move(30, 10).move(50, 30).up()
  for (let x = 10; x <= 30; x++) expect(a.labelAt(x, 10)).toBe(20)
  for (let x = 30; x <= 50; x++) expect(a.labelAt(x, x - 20)).toBe(20)
  expect(a.labelAt(30, 20)).toBe(0)
  expect(a.unsaved).toBe(1)
})

test('a stroke is drawn while the pointer is down', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 2 }).down(10, 10).move(40, 10)
  expect(a.labelAt(25, 10)).toBe(20)
  expect(a.host.received).toEqual([])
})

test('one stroke is one undo step, and redo brings it back', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 3 })
  await a.down(10, 10).move(30, 10, 35, 12).move(50, 30).up().settled()
  const painted = a.labels()
  await a.choose('eraser', { radiusPx: 4 }).down(30, 0).move(30, 60).up().settled()
  expect((await a.undo()).labels()).toEqual(painted)
  expect((await a.undo()).isBlank()).toBe(true)
  expect(a.editor.history).toEqual({ undo: 0, redo: 2 })
  expect((await a.redo()).labels()).toEqual(painted)
})

test('Escape takes the stroke under the pointer back and sends nothing', async () => {
  const a = (await open()).choose('brush', { label: 20 }).down(10, 10).move(40, 40)
  expect(a.escape().isBlank()).toBe(true)
  a.move(50, 50).up()
  await a.settled()
  expect(a.isBlank()).toBe(true)
  expect(a.host.received).toEqual([])
})

test('choosing another tool during a stroke takes it back', async () => {
  const a = (await open()).choose('brush', { label: 20 }).down(10, 10).move(40, 40).choose('eraser')
  expect(a.isBlank()).toBe(true)
})

test('Shift draws a straight line from where the stroke was when it was pressed', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 1 }).down(10, 10).move(10, 20)
  a.holding({ shift: true }).move(40, 55).move(50, 20).up()
  expect([a.labelAt(10, 15), a.labelAt(30, 20), a.labelAt(40, 50)]).toEqual([20, 20, 0])
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
})

test('every stroke with a new object per stroke makes an object of its own', async () => {
  const a = (await open()).choose('brush', { label: 'new', radiusPx: 2 }).click(10, 10).click(40, 40)
  expect(a.labelAt(10, 10)).toBeGreaterThanOrEqual(LABEL.firstObject)
  expect(a.labelAt(40, 40)).toBe(a.labelAt(10, 10) + 1)
})

test('otherwise further strokes go on with the object just made', async () => {
  const a = (await open()).choose('brush', { label: 'new', radiusPx: 2, newObjectPerStroke: false })
  a.click(10, 10).click(40, 40)
  expect(a.labelAt(40, 40)).toBe(a.labelAt(10, 10))
  expect(a.editor.options.label).toBe(a.labelAt(10, 10))
})

test('a stroke that was taken back wastes no object id', async () => {
  const a = (await open()).choose('brush', { label: 'new', radiusPx: 2 })
  a.down(10, 10).move(20, 20).escape().click(30, 30)
  expect(a.labelAt(30, 30)).toBe(LABEL.firstObject)
})

test('protected objects stay as they are', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 5 }).click(20, 20)
  const before = areaOf(a.labels(), 20)
  a.choose('brush', { label: 21, radiusPx: 8, protectOthers: true }).down(24, 10).move(24, 30).up()
  expect(areaOf(a.labels(), 20)).toBe(before)
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
})

test('the boundary brush splits what it crosses, and the new part gets the id that the host gave it', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 8 }).down(10, 32).move(54, 32).up()
  a.choose('boundary', { radiusPx: 1 }).down(30, 10).move(30, 54)
  expect(a.labelAt(30, 32)).toBe(LABEL.boundary)
  a.up()
  expect(a.labelAt(12, 32)).not.toBe(a.labelAt(50, 32))
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
  expect(Math.max(...a.labels())).toBeLessThan(0xf0000000)
})

test('a stroke that continues a part which the host has renamed meanwhile paints that part', async () => {
  const a = (await open()).choose('brush', { label: 20, radiusPx: 8 }).down(10, 32).move(54, 32).up()
  a.choose('split').down(40, 10).move(40, 54).up()
  const temporary = a.labelAt(12, 32) === 20 ? a.labelAt(50, 32) : a.labelAt(12, 32)
  expect(temporary).toBeGreaterThanOrEqual(0xf0000000)
  a.choose('brush', { label: temporary, radiusPx: 2 }).click(5, 5)
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
  expect(a.labelAt(5, 5)).toBe(a.editor.options.label)
  expect(a.labelAt(5, 5)).toBeLessThan(0xf0000000)
})

test('before any id has come a new object is painted at once and named by the host', async () => {
  const a = new AnnotatorDriver({ width: 64, height: 64 })
  a.load()
  a.choose('brush', { label: 'new', radiusPx: 3, newObjectPerStroke: false }).click(20, 20)
  expect(a.labelAt(20, 20)).toBeGreaterThanOrEqual(0xf0000000)
  a.click(40, 40)
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
  expect(a.labelAt(40, 40)).toBe(a.labelAt(20, 20))
})

test('fill, polygon, merge, delete and unknown end as the host has them', async () => {
  const a = (await open(300, 280)).choose('brush', { label: 20, radiusPx: 2 })
  a.down(100, 100).move(280, 100, 280, 260, 100, 260, 100, 100).up()
  a.choose('fill', { label: 21 }).click(200, 200)
  expect(a.labelAt(150, 240)).toBe(21)
  a.choose('polygon', { label: 22 }).down(10, 10).up()
  a.down(60, 10).up().down(60, 60).up()
  expect(a.tools.state).toBe('open')
  a.tools.complete()
  expect(a.labelAt(50, 20)).toBe(22)
  a.choose('merge').down(50, 20).move(150, 150).up()
  expect(a.labelAt(200, 200)).toBe(22)
  a.choose('unknown').down(20, 200).move(40, 200, 60, 210, 60, 230, 50, 240, 40, 240, 30, 240, 20, 240, 20, 230).up()
  expect(a.labelAt(40, 225)).toBe(LABEL.ignore)
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
  await a.choose('delete').click(50, 20).settled()
  expect(a.labelAt(200, 200)).toBe(0)
  expect(a.labels()).toEqual(a.host.labels)
})

test('a shaken click leaves an outline open however many corners it has, and a drag closes it', async () => {
  const a = (await open(128, 128)).choose('polygon', { label: 22 })
  for (const x of [20, 30, 40, 50, 60, 70, 80, 90, 100]) a.click(x, 20)
  a.down(100, 90).move(101, 91, 103, 92, 105, 92).up()
  expect([a.tools.state, a.isBlank()]).toEqual(['open', true])
  a.down(90, 100).move(85, 100, 80, 100, 75, 100, 70, 100, 60, 100, 50, 100, 40, 100, 30, 100).up()
  expect([a.tools.state, a.labelAt(60, 60)]).toEqual(['idle', 22])
})

test('the wand takes connected pixels of similar grey value, and dragging right takes more', async () => {
  const grey = (x: number, y: number) => (Math.hypot(x - 32, y - 32) < 10 ? 0.9 : y > 40 ? 0.5 : 0.1)
  const a = await AnnotatorDriver.open({ width: 64, height: 64, grey })
  a.choose('wand', { label: 20, tolerance: 0.05 }).click(32, 32)
  const expected = Uint32Array.from({ length: 64 * 64 }, (_, at) =>
    Math.hypot((at % 64) - 32, Math.floor(at / 64) - 32) < 10 ? 20 : 0,
  )
  expect(a.labels()).toEqual(expected)
  a.choose('wand', { label: 21, tolerance: 0.1 }).down(5, 60).move(325, 60)
  expect([a.labelAt(5, 60), a.labelAt(5, 5), a.labelAt(32, 32)]).toEqual([21, 21, 21])
  await a.up().settled()
  expect(a.labels()).toEqual(a.host.labels)
})

test('a region whose outline has more points than a stroke may have is not painted, and the wand says so', async () => {
  // Teeth of a comb, each a saw: four corners every two pixels.
  const isSaw = (x: number, y: number) => y === 0 || x % 4 === 0 || (x % 4 === 1 && y % 2 === 0)
  const grey = (x: number, y: number) => (isSaw(x, y) ? 0.9 : 0.1)
  const a = await AnnotatorDriver.open({ width: 600, height: 600, grey })
  a.choose('wand', { label: 20, tolerance: 0.05 }).click(0, 0)
  expect(a.failures).toEqual([
    'The outline of this region is too ragged for one stroke; drag left for fewer pixels, or zoom in on a part of it.',
  ])
  expect(a.isBlank()).toBe(true)
  const b = await AnnotatorDriver.open({ width: 200, height: 200, grey })
  expect([b.choose('wand', { label: 20, tolerance: 0.05 }).click(0, 0).labelAt(197, 100), b.failures]).toEqual([20, []])
})

test('pick takes the label under the pointer; where nothing is painted, a new object', async () => {
  const a = (await open()).choose('brush', { label: 33 }).click(20, 20).choose('pick').click(20, 20)
  expect(a.editor.options.label).toBe(33)
  expect(a.click(60, 60).editor.options.label).toBe('new')
})

test('a stroke that changes nothing is not sent', async () => {
  const a = (await open()).choose('eraser').down(10, 10).move(40, 40).up()
  await a.settled()
  expect(a.host.received).toEqual([])
  expect(a.editor.history.undo).toBe(0)
})

test('what a pointer event says has changed has the size of the brush, not of the stroke or the image', async () => {
  const a = (await open(1024, 1024)).choose('brush', { label: 20, radiusPx: 30 }).down(100, 100)
  for (let x = 110; x < 900; x += 10) {
    a.changes.length = 0
    a.move(x, 100)
    expect(a.changes).toHaveLength(1)
    expect(a.changes[0]!.w).toBeLessThan(80)
    expect(a.changes[0]!.h).toBeLessThan(70)
  }
})
