/** When the open plane takes strokes. */
import { expect, test } from 'vitest'
import { Painting } from '../../../src-renderer/annotator/painting.ts'
import { AnnotatorDriver } from '../../drivers/annotator-driver.ts'

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
