import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { Editor } from '../../../src-renderer/annotator/editor.ts'
import { LeftEditors } from '../../../src-renderer/annotator/left-editors.ts'
import { moveUnsaved, unsavedPlanes } from '../../../src-renderer/annotator/outbox.ts'
import { DEFAULT_TOOL_OPTIONS } from '../../../src-renderer/annotator/tool.ts'
import { isObjectId, isTemporary, LABEL } from '../../../src-shared/labels.ts'
import { AnnotatorDriver } from '../../drivers/annotator-driver.ts'
import { MemoryHost, MemoryStorage } from '../../drivers/memory-host.ts'

const open = (width = 64, height = 64) => AnnotatorDriver.open({ width, height })

test('a stroke counts as unsaved until the host has answered', async () => {
  const a = await open()
  const counts: number[] = []
  a.editor.events.on('saving', ({ unsaved }) => counts.push(unsaved))
  await a.choose('brush', { label: 20 }).click(10, 10).settled()
  expect(counts).toEqual([1, 0])
})

test('strokes painted without a connection are sent once it is there, in order', async () => {
  const a = await open()
  a.host.connection = 'down'
  a.choose('brush', { label: 20, radiusPx: 6 }).click(20, 20)
  a.choose('brush', { label: 21, radiusPx: 6 }).click(24, 20)
  await a.settled()
  expect([a.unsaved, a.host.received.length]).toEqual([2, 0])
  a.host.reconnect()
  await a.settled()
  expect(a.unsaved).toBe(0)
  expect(a.host.labelAt(22, 20)).toBe(21)
  expect(a.labels()).toEqual(a.host.labels)
})

test('a stroke whose answer was lost is sent again and not painted twice', async () => {
  const a = await open()
  await a.choose('brush', { label: 20, radiusPx: 8 }).down(10, 32).move(54, 32).up().settled()
  a.host.connection = 'mute'
  await a.choose('split').down(30, 10).move(30, 54).up().settled()
  expect(a.unsaved).toBe(1)
  a.host.reconnect()
  await a.settled()
  expect(a.host.received.filter((id) => id === a.host.received.at(-1))).toHaveLength(2)
  expect(a.host.revision).toBe(2)
  expect(a.labels()).toEqual(a.host.labels)
})

test('what is unsaved survives a reload of the window', async () => {
  const a = await open()
  a.host.connection = 'down'
  a.choose('brush', { label: 'new', radiusPx: 6 }).click(20, 20).click(40, 40)
  a.choose('boundary', { radiusPx: 1 }).down(20, 5).move(20, 35).up()
  const shown = a.labels().map((label) => Math.min(label, LABEL.firstObject))
  a.close()
  expect(unsavedPlanes(a.storage)).toEqual([a.editor.info.plane])
  a.host.connection = 'up'
  const b = new AnnotatorDriver({ width: 64, height: 64, host: a.host, storage: a.storage })
  expect(b.labels().map((label) => Math.min(label, LABEL.firstObject))).toEqual(shown)
  expect(b.unsavedTold[0]).toBe(3)
  b.load()
  await b.settled()
  expect(b.labels()).toEqual(b.host.labels)
  expect(b.host.labels.some((label) => label === LABEL.boundary)).toBe(true)
  expect(unsavedPlanes(b.storage)).toEqual([])
  expect(b.storage.items.size).toBe(0)
})

test('what an earlier window could not save is sent from a plane that nobody opens again, and counts until then', async () => {
  const [storage, host] = [new MemoryStorage(), new MemoryHost(64, 64)]
  const info = host.info({ plane: { imageId: 2, layer: 'objects', z: 0, t: 0 } })
  const a = new AnnotatorDriver({ width: 64, height: 64, host, storage, info })
  host.connection = 'down'
  a.choose('brush', { label: 'new', radiusPx: 6 }).click(20, 20).click(40, 40)
  a.close()
  host.connection = 'up'
  const left = new LeftEditors()
  const view = { visible: { x: 0, y: 0, w: 0, h: 0 }, zoom: 1, readGrey: () => null }
  for (const plane of unsavedPlanes(storage)) {
    const editor = new Editor({ link: host, info: { ...info, plane }, options: DEFAULT_TOOL_OPTIONS, storage, view })
    editor.events.on('saving', () => left.saved(editor))
    left.resume(editor)
  }
  expect(left.unsaved).toBe(2)
  await a.settled()
  expect([left.unsaved, host.received.length, storage.items.size]).toEqual([0, 2, 0])
  const ids = [host.labelAt(20, 20), host.labelAt(40, 40)]
  expect(ids.every((id) => isObjectId(id) && !isTemporary(id))).toBe(true)
  expect(new Set(ids).size).toBe(2)
})

test('what is unsaved moves to another storage whole, or stays where it is', async () => {
  const a = await open()
  a.host.connection = 'down'
  a.choose('brush', { label: 20 }).click(20, 20).click(40, 40)
  const { plane } = a.editor.info
  const full = new MemoryStorage()
  full.setItem = () => {
    throw new DOMException('full', 'QuotaExceededError')
  }
  expect([moveUnsaved(a.storage, full, plane), unsavedPlanes(a.storage)]).toEqual([false, [plane]])
  const other = new MemoryStorage()
  const kept = new Map(a.storage.items)
  expect([moveUnsaved(a.storage, other, plane), a.storage.items.size, other.items]).toEqual([true, 0, kept])
})

describe('strokes that are not saved', () => {
  const told = (a: AnnotatorDriver) => {
    const areKept: boolean[] = []
    a.editor.events.on('saving', ({ isKept }) => areKept.push(isKept))
    return areKept
  }

  test('are told to be kept where storage takes them', async () => {
    const a = await open()
    const areKept = told(a)
    await a.choose('brush', { label: 20 }).click(20, 20).settled()
    expect(areKept).toEqual([true, true])
  })

  test('are told to be in this window alone where storage is full, until they are saved', async () => {
    const a = await open()
    const areKept = told(a)
    a.storage.setItem = () => {
      throw new DOMException('full', 'QuotaExceededError')
    }
    a.host.connection = 'down'
    await a.choose('brush', { label: 20 }).click(20, 20).settled()
    expect(new Set(areKept)).toEqual(new Set([false]))
    const left = new LeftEditors()
    left.leave(a.editor)
    expect(left.areKept).toBe(false)
    a.host.reconnect()
    await a.settled()
    expect([a.unsaved, areKept.at(-1), left.areKept]).toEqual([0, true, true])
  })

  test('are told to be in this window alone where storage goes with it', async () => {
    const storage = Object.assign(new MemoryStorage(), { isLasting: false })
    const a = new AnnotatorDriver({ width: 64, height: 64, storage })
    const areKept = told(a)
    a.host.connection = 'down'
    await a.choose('brush', { label: 20 }).click(20, 20).settled()
    expect([areKept.at(-1), unsavedPlanes(storage)]).toEqual([false, [a.editor.info.plane]])
  })
})

test('a stroke that the host refuses is taken back and its sentence is told', async () => {
  const a = await open()
  a.host.refusal = 'There is no class "9" in the project.'
  a.choose('brush', { label: 20 }).click(20, 20)
  expect(a.labelAt(20, 20)).toBe(20)
  await a.settled()
  expect(a.isBlank()).toBe(true)
  expect(a.failures).toEqual(['There is no class "9" in the project.'])
  expect(a.unsaved).toBe(0)
})

describe('a stroke that the host fails over', () => {
  /** Two strokes, the first of which the host cannot paint; all its attempts have passed. */
  const failed = async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const a = await open()
    a.host.failsOver = (id) => id === a.host.received[0]
    a.choose('brush', { label: 20, radiusPx: 4 }).click(10, 10).click(30, 10)
    for (let attempt = 0; attempt < 3; attempt++) {
      await a.settled()
      vi.runOnlyPendingTimers()
    }
    return a.settled()
  }

  test('is tried some times, then no longer holds up those after it, and stays in sight and in storage', async () => {
    const a = await failed()
    expect(a.host.received.map((id) => a.host.received.indexOf(id))).toEqual([0, 0, 0, 3])
    expect([a.labelAt(10, 10), a.labelAt(30, 10), a.host.labelAt(30, 10)]).toEqual([20, 20, 20])
    expect([a.unsaved, a.unsavedTold.at(-1), a.failures]).toEqual([1, 1, []])
    expect(unsavedPlanes(a.storage)).toEqual([a.editor.info.plane])
  })

  test('is sent again when the plane is opened again, and with the next connection', async () => {
    const a = await failed()
    a.close()
    const b = new AnnotatorDriver({ width: 64, height: 64, host: a.host, storage: a.storage })
    b.load()
    await b.settled()
    expect([b.unsaved, b.labelAt(10, 10)]).toEqual([1, 20])
    b.host.failsOver = () => false
    b.host.reconnect()
    await b.settled()
    expect([b.unsaved, b.host.labelAt(10, 10), b.storage.items.size]).toEqual([0, 20, 0])
    expect(b.labels()).toEqual(b.host.labels)
  })

  test('comes back from a plane that was left', async () => {
    const [a, left] = [await failed(), new LeftEditors()]
    left.leave(a.editor)
    a.host.failsOver = () => false
    const { info } = a.editor
    const { outbox } = left.takeBack(info) ?? {}
    const view = { visible: { x: 0, y: 0, w: 0, h: 0 }, zoom: 1, readGrey: () => null }
    const options = DEFAULT_TOOL_OPTIONS
    new Editor({ link: a.host, info, options, storage: a.storage, view, outbox: outbox! }).start()
    await a.settled()
    expect([a.host.labelAt(10, 10), a.storage.items.size]).toEqual([20, 0])
  })

  test('is what undo takes back first: it is on top of all that the host has', async () => {
    const a = await failed()
    await a.undo()
    expect([a.labelAt(10, 10), a.labelAt(30, 10), a.unsaved, a.storage.items.size]).toEqual([0, 20, 0, 0])
    await a.undo()
    expect([a.isBlank(), a.editor.history.undo]).toEqual([true, 0])
  })
})

test('undo without a connection takes back a stroke that never left', async () => {
  const a = await open()
  a.host.connection = 'down'
  a.choose('brush', { label: 20 }).click(20, 20).click(40, 40)
  await a.settled()
  await a.editor.undo()
  expect([a.labelAt(20, 20), a.labelAt(40, 40), a.unsaved]).toEqual([20, 0, 1])
  a.host.reconnect()
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
})

test('undo waits for the strokes before it', async () => {
  const a = await open()
  let release = () => {}
  a.host.gate = new Promise((resolve) => {
    release = resolve
  })
  a.choose('brush', { label: 20 }).click(20, 20)
  const undone = a.editor.undo()
  a.choose('brush', { label: 21 }).click(50, 50)
  release()
  await undone
  await a.settled()
  expect([a.labelAt(20, 20), a.labelAt(50, 50)]).toEqual([0, 21])
  expect(a.labels()).toEqual(a.host.labels)
})

describe('an undo asked for while a stroke is being saved', () => {
  /** Two strokes, the second on its way; it is to be taken back, and the plane is left. */
  const left = async () => {
    const a = await open()
    await a.choose('brush', { label: 20, radiusPx: 6 }).click(20, 20).settled()
    let release = () => {}
    a.host.gate = new Promise((resolve) => {
      release = () => {
        a.host.gate = Promise.resolve()
        resolve()
      }
    })
    await a.choose('brush', { label: 21 }).click(40, 40).settled()
    const undone = a.editor.undo()
    const editors = new LeftEditors()
    a.editor.events.on('saving', () => editors.saved(a.editor))
    editors.leave(a.editor)
    return { a, editors, undone, release }
  }

  test('shows on the plane when that is left and opened again meanwhile', async () => {
    const { a, editors, undone, release } = await left()
    const { outbox } = editors.takeBack(a.editor.info)!
    const b = new AnnotatorDriver({ width: 64, height: 64, host: a.host, storage: a.storage, outbox })
    b.load()
    const told: string[] = []
    b.editor.events.on('settled', ({ kind }) => told.push(kind))
    expect(b.labelAt(40, 40)).toBe(21)
    release()
    expect(await undone).toBe(true)
    await b.settled()
    expect([b.labelAt(20, 20), b.labelAt(40, 40)]).toEqual([20, 0])
    expect(b.labels()).toEqual(b.host.labels)
    expect([b.editor.history, told]).toEqual([{ undo: 1, redo: 1 }, ['stroke', 'stroke']]) // the stroke, and its undo
  })

  test('is done on a plane that nobody opens again', async () => {
    const { a, editors, undone, release } = await left()
    release()
    expect(await undone).toBe(true)
    expect([a.host.labelAt(20, 20), a.host.labelAt(40, 40)]).toEqual([20, 0])
    await a.settled()
    expect(editors.takeBack(a.editor.info)).toBeUndefined()
  })
})

test('a change from elsewhere shows, under the stroke that is being painted', async () => {
  const a = await open()
  a.choose('brush', { label: 20, radiusPx: 4 }).down(10, 32).move(30, 32)
  a.host.paintElsewhere({
    tool: 'brush',
    id: 'other',
    label: 40,
    radiusPx: 6,
    path: [
      [30, 32],
      [30, 60],
    ],
  })
  await a.settled()
  expect([a.labelAt(30, 50), a.labelAt(28, 32)]).toEqual([40, 20])
  a.move(60, 32).up()
  await a.settled()
  expect([a.labelAt(30, 32), a.labelAt(30, 50)]).toEqual([20, 40])
  expect(a.labels()).toEqual(a.host.labels)
})

test('a change from elsewhere between a stroke and its answer is not lost', async () => {
  const a = await open()
  let release = () => {}
  a.host.gate = new Promise((resolve) => {
    release = resolve
  })
  a.host.paintElsewhere({ tool: 'brush', id: 'other', label: 40, radiusPx: 6, path: [[50, 50]] })
  a.choose('brush', { label: 20, radiusPx: 4 }).click(10, 10)
  a.host.paintElsewhere({ tool: 'delete', id: 'delete', objectIds: [40] })
  release()
  await a.settled()
  expect([a.labelAt(10, 10), a.labelAt(50, 50)]).toEqual([20, 0])
  expect(a.labels()).toEqual(a.host.labels)
})

test('what has changed while the connection was lost shows once it is there again', async () => {
  const a = await open()
  a.choose('brush', { label: 20, radiusPx: 4 }).click(10, 10)
  await a.settled()
  a.host.connection = 'down'
  a.click(20, 10)
  a.host.paintElsewhere({ tool: 'brush', id: 'other', label: 40, radiusPx: 6, path: [[50, 50]] })
  a.host.reconnect()
  await a.settled()
  expect([a.labelAt(20, 10), a.labelAt(50, 50)]).toEqual([20, 40])
  expect(a.labels()).toEqual(a.host.labels)
})

test('what was missed shows though a later change was heard of before anybody asked', async () => {
  const a = await open(600, 64)
  a.host.connection = 'down'
  a.host.paintElsewhere({ tool: 'brush', id: 'missed', label: 40, radiusPx: 6, path: [[20, 20]] })
  a.host.connection = 'up'
  a.host.paintElsewhere({ tool: 'brush', id: 'heard', label: 41, radiusPx: 6, path: [[580, 20]] })
  await a.settled()
  a.host.reconnect()
  await a.settled()
  expect(a.labels()).toEqual(a.host.labels)
})

test('nothing is loaded again for a plane that is marked complete, and what was missed before it shows', async () => {
  const a = await open()
  const before = a.host.tilesLoaded
  a.editor.apply({ tool: 'complete', isComplete: true })
  await a.settled()
  expect([a.host.isComplete, a.unsaved, a.host.tilesLoaded]).toEqual([true, 0, before])
  a.host.connection = 'down'
  a.host.paintElsewhere({ tool: 'brush', id: 'missed', label: 40, radiusPx: 8, path: [[20, 20]] })
  a.editor.apply({ tool: 'complete', isComplete: true })
  a.host.reconnect()
  await a.settled()
  expect([a.unsaved, a.labelAt(20, 20)]).toEqual([0, 40])
})

describe('a stroke that changes nothing on the host', () => {
  /** Painted while the line is lost, over what somebody else has painted there. */
  const outrun = async (line: 'down' | 'mute') => {
    const a = await open(600, 64)
    a.host.connection = line
    a.host.paintElsewhere({ tool: 'brush', id: 'missed', label: 40, radiusPx: 8, path: [[20, 20]] })
    return a.choose('brush', { label: 'new', radiusPx: 3, protectOthers: true }).click(20, 20).settled()
  }

  test('shows what was missed before it', async () => {
    const a = await outrun('down')
    a.host.now = () => new Promise(() => {}) // it must not need to ask
    a.host.reconnect()
    await a.settled()
    expect([a.unsaved, a.labelAt(20, 20), a.labelAt(26, 20)]).toEqual([0, 40, 40])
    expect(a.labels()).toEqual(a.host.labels)
  })

  test('hides nothing that was missed when its answer was lost and a later change was heard of', async () => {
    const a = await outrun('mute')
    a.host.connection = 'up'
    a.host.paintElsewhere({ tool: 'brush', id: 'heard', label: 41, radiusPx: 6, path: [[580, 20]] })
    a.host.reconnect()
    await a.settled()
    expect(a.unsaved).toBe(0)
    expect(a.labels()).toEqual(a.host.labels)
  })
})

test('a stroke whose answer was lost stays when a later change was heard of before it is sent again', async () => {
  const a = await open(600, 64)
  a.host.connection = 'mute'
  await a.choose('brush', { label: 20, radiusPx: 5 }).click(20, 20).settled()
  a.host.connection = 'up'
  a.host.paintElsewhere({ tool: 'brush', id: 'heard', label: 41, radiusPx: 6, path: [[580, 20]] })
  await a.settled()
  a.host.now = () => new Promise(() => {}) // it must not need to ask
  a.host.reconnect()
  await a.settled()
  expect([a.unsaved, a.labelAt(20, 20)]).toEqual([0, 20])
  expect(a.labels()).toEqual(a.host.labels)
})

test('nothing is loaded again with a new connection when nothing was missed', async () => {
  const a = await open(600, 64)
  await a.choose('brush', { label: 20, radiusPx: 5 }).click(20, 20).settled()
  a.host.paintElsewhere({ tool: 'brush', id: 'heard', label: 41, radiusPx: 6, path: [[580, 20]] })
  await a.settled()
  a.host.connection = 'down'
  a.click(40, 20)
  const before = a.host.tilesLoaded
  a.host.reconnect()
  await a.settled()
  expect(a.host.tilesLoaded).toBe(before)
  expect(a.labels()).toEqual(a.host.labels)
})

test('what waited for the connection can be undone when it is there again, and so can what is painted meanwhile', async () => {
  const a = await open()
  a.host.connection = 'down'
  a.choose('brush', { label: 20, radiusPx: 4 }).click(10, 10).click(30, 10)
  a.host.reconnect()
  a.click(50, 10)
  await a.settled()
  expect(a.editor.history).toEqual({ undo: 3, redo: 0 })
  a.host.paintElsewhere({ tool: 'brush', id: 'other', label: 40, radiusPx: 6, path: [[50, 50]] })
  a.host.connection = 'down'
  a.click(10, 30)
  a.host.reconnect()
  await a.settled()
  expect(a.editor.history).toEqual({ undo: 5, redo: 0 })
})

test('strokes of an earlier window can be undone at once, and each counts once', async () => {
  const a = await open()
  await a.choose('brush', { label: 20, radiusPx: 4 }).click(10, 10).settled()
  await a.undo()
  a.host.connection = 'mute'
  await a.click(30, 10).settled() // painted by the host, and the answer was lost
  a.click(50, 10)
  a.close()
  const b = new AnnotatorDriver({ width: 64, height: 64, host: a.host, storage: a.storage })
  expect(b.editor.history).toEqual({ undo: 3, redo: 0 })
  b.host.reconnect()
  b.load()
  await b.settled()
  expect([b.unsaved, b.editor.history]).toEqual([0, { undo: 2, redo: 0 }])
  await b.undo()
  expect([b.editor.history, b.labels()]).toEqual([{ undo: 1, redo: 1 }, b.host.labels])
})

test('a stroke that waits lies over what changes under it, also where it had changed nothing', async () => {
  const a = await open(600, 64)
  await a.choose('brush', { label: 20, radiusPx: 6 }).click(200, 32).settled()
  a.host.failsOver = () => true
  await a.choose('eraser', { radiusPx: 6 }).down(200, 32).move(400, 32).up().settled()
  a.host.paintElsewhere({ tool: 'brush', id: 'other', label: 40, radiusPx: 8, path: [[350, 32]] })
  await a.settled()
  expect([a.unsaved, a.labelAt(350, 32), a.labelAt(350, 39)]).toEqual([1, 0, 40])
  a.host.failsOver = () => false
  a.host.reconnect()
  await a.settled()
  expect(a.unsaved).toBe(0)
  expect(a.labels()).toEqual(a.host.labels)
})

test('a stroke painted before its tiles have come ends as the host has it', async () => {
  const host = (await open(600, 300)).host
  host.paintElsewhere({ tool: 'brush', id: 'other', label: 40, radiusPx: 40, path: [[256, 150]] })
  const b = new AnnotatorDriver({ width: 600, height: 300, host })
  b.choose('brush', { label: 41, radiusPx: 10, protectOthers: true }).down(150, 150).move(400, 150).up()
  expect(b.labelAt(256, 150)).toBe(41)
  await b.settled()
  b.load()
  await b.settled()
  expect(b.labelAt(256, 150)).toBe(40)
  expect(b.labels()).toEqual(host.labels)
})

test('an object deleted while one of its tiles is on its way stays deleted', async () => {
  const host = (await open(600, 300)).host
  host.paintElsewhere({ tool: 'brush', id: 'other', label: 40, radiusPx: 40, path: [[256, 150]] })
  const b = new AnnotatorDriver({ width: 600, height: 300, host })
  b.editor.want('view', [{ level: 0, tx: 0, ty: 0 }])
  await b.settled()
  b.load()
  await b.choose('delete').click(240, 150).settled()
  expect(b.labelAt(270, 150)).toBe(0)
  expect(b.labels()).toEqual(host.labels)
})

test('many random strokes with random interruptions end as the host has them', async () => {
  const a = await open(300, 120)
  let seed = 7
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648
    return Math.floor((seed / 2147483648) * below)
  }
  const tools = ['brush', 'brush', 'eraser', 'boundary', 'split', 'delete', 'merge', 'polygon'] as const
  for (let count = 0; count < 60; count++) {
    a.choose(tools[random(tools.length)]!, { label: 'new', radiusPx: 1 + random(20), protectOthers: random(2) === 0 })
    a.down(random(300), random(120))
    for (let step = 0; step < 12; step++) a.move(random(300), random(120))
    a.up()
    a.escape()
    if (random(5) === 0) a.host.connection = random(2) === 0 ? 'mute' : 'down'
    if (random(3) === 0) a.host.reconnect()
    if (random(4) === 0) await a.settled()
    if (random(9) === 0 && a.host.connection === 'up') void a.editor.undo()
    if (random(9) === 0) {
      const id = `other-${count}`
      a.host.paintElsewhere({ tool: 'brush', id, label: 'new', radiusPx: 9, path: [[random(300), random(120)]] })
    }
  }
  a.host.reconnect()
  await a.settled()
  expect(a.unsaved).toBe(0)
  expect(a.labels()).toEqual(a.host.labels)
})
