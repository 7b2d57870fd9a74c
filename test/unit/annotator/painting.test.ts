/** When the open plane takes strokes, and what they paint. */
import { expect, test } from 'vitest'
import { Painting } from '../../../src-renderer/annotator/painting.ts'
import type { ToolOptions } from '../../../src-renderer/annotator/tool.ts'
import { isTemporary, LABEL } from '../../../src-shared/labels.ts'
import type { PlaneKey } from '../../../src-shared/planes.ts'
import type { StrokeInput } from '../../../src-shared/strokes.ts'
import { AnnotatorDriver } from '../../drivers/annotator-driver.ts'
import { MemoryHost } from '../../drivers/memory-host.ts'

async function opened() {
  const driver = await AnnotatorDriver.open({ width: 64, height: 64 })
  const painting = new Painting({}, { tool() {}, options() {}, failed() {} })
  painting.open(driver.editor)
  const paints = async (x: number) => {
    painting.tools.down([x, 20])
    painting.tools.up()
    await driver.settled()
    return driver.labelAt(x, 20) !== 0
  }
  return { driver, painting, paints }
}

test('a plane is painted until the next is being fetched', async () => {
  const { driver, painting, paints } = await opened()
  expect(await paints(10)).toBe(true)
  painting.hold()
  expect(await paints(30)).toBe(false)
  painting.open(driver.editor)
  expect(await paints(50)).toBe(true)
})

test('what no tool has drawn, undo and redo wait for the next plane, too', async () => {
  const { driver, painting, paints } = await opened()
  await paints(10)
  painting.hold()
  const sent = [...driver.host.received]
  painting.apply({ tool: 'complete', isComplete: true })
  expect([await painting.undo(), await painting.redo()]).toEqual([false, false])
  await driver.settled()
  expect([driver.host.received, driver.labelAt(10, 20) !== 0]).toEqual([sent, true])
  painting.open(driver.editor)
  painting.apply({ tool: 'complete', isComplete: true })
  await driver.settled()
  expect(driver.host.received).toHaveLength(sent.length + 1)
})

test('a plane that becomes writable while the next is being fetched takes no stroke for that', async () => {
  const { driver, painting, paints } = await opened()
  driver.editor.info.readOnly = true
  painting.admit()
  expect(await paints(10)).toBe(false)
  painting.hold()
  driver.editor.info.readOnly = false
  painting.admit()
  expect(await paints(30)).toBe(false)
  painting.open(driver.editor)
  expect(await paints(50)).toBe(true)
})

const CLASSES = [
  { id: 4, name: 'cell', colour: '#e69f00' },
  { id: 7, name: 'debris', colour: '#56b4e9' },
]
const AT = { imageId: 1, layer: 'objects', z: 0, t: 0 }

/** A painting that follows the plane's editor, as that of the window does; strokes make one object until told otherwise. */
async function following(options: Partial<ToolOptions> = {}, host = new MemoryHost(64, 64)) {
  const painting = new Painting(options, { tool() {}, options() {}, failed() {} })
  const sent: StrokeInput[] = []
  const send = host.sendStroke
  host.sendStroke = (stroke) => {
    sent.push(stroke)
    return send(stroke)
  }
  let driver: AnnotatorDriver
  const open = async (plane: Partial<PlaneKey> = {}) => {
    const info = { plane: { ...AT, ...plane }, classes: CLASSES }
    driver = await AnnotatorDriver.open({ width: 64, height: 64, host, info })
    driver.editor.setOptions(painting.options)
    driver.editor.events.on('options', (all) => painting.takeOptions(all))
    painting.open(driver.editor)
  }
  const paint = async (x: number) => {
    painting.tools.down([x, 20])
    painting.tools.up()
    await driver.settled()
    return driver.labelAt(x, 20)
  }
  await open()
  return { painting, sent, open, paint }
}

test('a cell that is painted after “New object per stroke” was switched on again is an object of its own', async () => {
  const { painting, paint } = await following()
  painting.setOptions({ newObjectPerStroke: false })
  const first = await paint(10)
  expect(await paint(30)).toBe(first)
  painting.setOptions({ newObjectPerStroke: true })
  expect(painting.options.label).toBe('new')
  expect([first, await paint(50)]).toEqual([16, 17])
})

test('strokes go on with an object on another plane of its image, and never on another image or layer', async () => {
  const { painting, open, paint } = await following({ newObjectPerStroke: false })
  const id = await paint(10)
  const labels = []
  for (const plane of [{ z: 2 }, { t: 1 }, { imageId: 2 }]) {
    await open(plane)
    labels.push(painting.options.label)
  }
  painting.setOptions({ label: id })
  await open({ imageId: 2, layer: 'nuclei' })
  expect([...labels, painting.options.label]).toEqual([id, id, 'new', 'new'])
})

test('an object that the host has not named yet is left with its plane', async () => {
  const host = new MemoryHost(64, 64)
  host.connection = 'down'
  const { painting, open, paint } = await following({ newObjectPerStroke: false }, host)
  expect([isTemporary(await paint(10)), isTemporary(Number(painting.options.label))]).toEqual([true, true])
  await open({ z: 2 })
  expect(painting.options.label).toBe('new')
})

test('background stays what is painted on another image', async () => {
  const { painting, open } = await following()
  painting.setOptions({ label: LABEL.background })
  await open({ imageId: 2 })
  expect(painting.options.label).toBe(LABEL.background)
})

test('a stroke that goes on with an object tells its class: the object may have been taken back', async () => {
  const { painting, sent, paint } = await following({ newObjectPerStroke: false, classId: 7 })
  const id = await paint(10)
  await painting.undo()
  await paint(10)
  painting.setOptions({ label: LABEL.background })
  await paint(30)
  expect(sent.map((stroke) => ({ label: undefined, classId: undefined, ...stroke }))).toMatchObject([
    { label: id, classId: 7 },
    { label: id, classId: 7 },
    { label: LABEL.background, classId: undefined },
  ])
})

test('the first class is chosen until another one is, and again once that has gone', async () => {
  const { painting, open } = await following()
  const chosen = [painting.options.classId]
  painting.setOptions({ classId: 7 })
  await open({ z: 1 })
  chosen.push(painting.options.classId)
  painting.setClasses(CLASSES.slice(0, 1))
  chosen.push(painting.options.classId)
  painting.setClasses([])
  expect([...chosen, painting.options.classId]).toEqual([4, 7, 4, undefined])
})

test('the class tool gives the class that is shown as chosen, though nobody has clicked it', async () => {
  const { painting, sent, paint } = await following()
  const id = await paint(10)
  painting.setTool('relabel')
  await paint(10)
  expect(sent.at(-1)).toMatchObject({ tool: 'setClass', objectIds: [id], classId: 4 })
})
