import { beforeEach, describe, expect, test, vi } from 'vitest'
import type { Annotator } from '../../../src-renderer/annotator/annotator.ts'
import {
  type PlaneInfo,
  type PlaneLink,
  StrokeFailed,
  StrokeRefused,
  type StrokeStorage,
} from '../../../src-renderer/annotator/link.ts'
import { Outbox, outboxKey, unsavedPlanes } from '../../../src-renderer/annotator/outbox.ts'
import { DEFAULT_TOOL_OPTIONS, type ToolOptions } from '../../../src-renderer/annotator/tool.ts'
import { AskError } from '../../../src-renderer/state/ask-error.ts'
import { KeptStrokes } from '../../../src-renderer/state/kept-strokes.ts'
import { Page } from '../../../src-renderer/state/page.svelte.ts'
import { planeLink, unseenChange } from '../../../src-renderer/state/plane-link.ts'
import { Project } from '../../../src-renderer/state/project.svelte.ts'
import { memoryStore, storeFor } from '../../../src-renderer/state/stored.ts'
import { Toasts } from '../../../src-renderer/state/toasts.svelte.ts'
import type { PlaneChangeView } from '../../../src-shared/api.ts'
import type { PlaneKey, Rect } from '../../../src-shared/planes.ts'
import { parseStroke } from '../../../src-shared/strokes.ts'
import { anImage, aProject, FakeHost } from '../../drivers/fake-connection.ts'

const planeOf = (imageId: number, z = 0): PlaneKey => ({ imageId, layer: 'objects', z, t: 0 })
const BOX = { x: 256, y: 0, w: 256, h: 256 }
const change = (z: number, rect: Rect = BOX): PlaneChangeView => ({ plane: planeOf(1, z), rect, revision: 7 })

/** A page whose annotator only notes what it is asked for. */
class NotingPage extends Page {
  readonly opened: { link: PlaneLink; info: PlaneInfo }[] = []
  readonly kept: PlaneKey[] = []
  readonly jumps: Rect[] = []
  readonly chosen: Partial<ToolOptions>[] = []

  constructor(...of: ConstructorParameters<typeof Page>) {
    super(...of)
    this.annotator = {
      painting: { hold: () => {}, setOptions: (options: Partial<ToolOptions>) => this.chosen.push(options) },
      layers: { setObjects: () => {} },
      contrast: { limits: [0, 255] },
      navigation: { jumpTo: (box: Rect) => this.jumps.push(box) },
      open: (link: PlaneLink, info: PlaneInfo) => this.opened.push({ link, info }),
      sendKept: (_link: PlaneLink, info: PlaneInfo) => this.kept.push(info.plane),
    } as unknown as Annotator
  }

  get link(): PlaneLink {
    return this.opened.at(-1)!.link
  }
}

async function opened(z: number, folderId = 'folder-1') {
  const images = [anImage(1, { z: 5 }), anImage(2)]
  const host = new FakeHost({
    'project.view': () => aProject({ images, folderId }),
    'plane.view': () => ({ revision: 6, isComplete: false, undo: 1, redo: 1 }),
    'plane.objects': () => [],
  })
  const [project, toasts] = [new Project(host.connection), new Toasts()]
  await project.load()
  const page = new NotingPage(host.connection, project, toasts)
  await page.open(images[0]!, z)
  const told = () => toasts.shown.map(({ text }) => text)
  return { host, page, told, toasts }
}

beforeEach(() => {
  vi.stubGlobal('localStorage', memoryStore())
  return () => vi.unstubAllGlobals()
})

describe('an undo', () => {
  test('that changes another plane opens it where it has changed, and so does a redo', async () => {
    const { host, page, told } = await opened(4)
    host.answers['history.undo'] = () => ({ kind: 'stroke', action: 'a', changes: [change(2), change(3)] })
    host.answers['history.redo'] = () => ({ kind: 'stroke', action: 'a', changes: [change(0)] })
    await page.link.undo()
    await vi.waitFor(() => expect([page.z, page.status]).toEqual([2, 'ready']))
    await page.link.redo()
    await vi.waitFor(() => expect([page.z, page.status]).toEqual([0, 'ready']))
    expect(page.opened.map(({ info }) => info.plane.z)).toEqual([4, 2, 0])
    await vi.waitFor(() => expect(page.jumps).toEqual([BOX, BOX]))
    expect(told()).toEqual(['Taken back on plane 3.', 'Done again on plane 1.'])
  })

  test('does not move the view where the change is in sight, nor the plane where it changes the open one', async () => {
    const { host, page, told } = await opened(4)
    page.visible = { x: 200, y: 200, w: 100, h: 100 }
    host.answers['history.undo'] = () => ({ kind: 'stroke', action: 'a', changes: [change(2)] })
    await page.link.undo()
    await vi.waitFor(() => expect([page.z, page.status]).toEqual([2, 'ready']))
    await page.link.undo()
    await new Promise((resolve) => setImmediate(resolve))
    expect([page.opened.length, page.jumps, told().length]).toEqual([2, [], 1])
  })

  test('is shown by its own plane, and by the one that is being opened meanwhile', () => {
    const [on, open] = [planeOf(1, 4), planeOf(1, 2)]
    const shown = (changed: number[], at = on) =>
      unseenChange(
        changed.map((z) => change(z)),
        on,
        at,
      )?.plane.z
    expect([shown([4]), shown([2, 4]), shown([3, 2]), shown([])]).toEqual([undefined, undefined, 3, undefined])
    // Another plane has been opened before the answer came: what changes on the one before is out of sight, too.
    expect([shown([4], open), shown([3, 4], open), shown([3, 2], open)]).toEqual([4, 3, 2])
  })
})

test('the class of the object that strokes go on with becomes the one chosen; one that has gone leaves it', async () => {
  const { host, page } = await opened(0)
  const object = (id: number, classId: number) => ({ id, classId, state: 'accepted', origin: 'hand', areaPx: 9 })
  host.answers['plane.objects'] = () => [object(16, 1), object(17, 2)]
  for (const label of [16, 17, 18, 'new'] as const) {
    page.options = { ...DEFAULT_TOOL_OPTIONS, label, classId: 1 }
    await page.reopen()
  }
  expect(page.chosen).toEqual([{ classId: 2 }])
})

describe('what an earlier window could not save', () => {
  const keptIn = (folderId: string) => new KeptStrokes(() => aProject({ folderId }))
  const keep = (plane: PlaneKey, storage: StrokeStorage = keptIn('folder-1')) => {
    const none = () => {}
    const send = () => new Promise<never>(() => {})
    const told = { answered: none, refused: none, replayed: none, counted: none }
    const outbox = new Outbox({ key: outboxKey(plane), storage, send, replay: send, ...told })
    const stroke = parseStroke({ tool: 'brush', id: `on ${plane.imageId}`, label: 20, radiusPx: 4, path: [[5, 5]] })
    outbox.add({ stroke, temporary: [], isFresh: false })
  }

  test('is sent for every plane of an image that is there; of one that has gone it is told once, and dropped when asked', async () => {
    for (const plane of [planeOf(2), planeOf(1, 3), planeOf(77)]) keep(plane)
    const { page, told, toasts } = await opened(0)
    page.sendKept()
    expect(page.kept).toEqual([planeOf(2), planeOf(1, 3)])
    expect(told()).toEqual([expect.stringContaining('no longer in this project')])
    expect(unsavedPlanes(keptIn('folder-1'))).toEqual([planeOf(2), planeOf(1, 3), planeOf(77)])
    const { id, action } = toasts.shown[0]!
    toasts.dismiss(id)
    page.sendKept()
    expect(told()).toEqual([])
    action!.run()
    expect(unsavedPlanes(keptIn('folder-1'))).toEqual([planeOf(2), planeOf(1, 3)])
  })

  test('is not sent from a copy of its project, but told once, and saved there when asked', async () => {
    for (const plane of [planeOf(2), planeOf(1, 3), planeOf(1)]) keep(plane)
    keep(
      planeOf(2, 1),
      storeFor(() => aProject().createdAt),
    ) // by an earlier release
    keep(planeOf(2), keptIn('copy'))
    const { page, told, toasts } = await opened(0, 'copy')
    page.sendKept()
    expect(page.kept).toEqual([planeOf(2)])
    expect(told()).toEqual([expect.stringContaining('in another copy of this project')])
    expect(unsavedPlanes(keptIn('folder-1'))).toEqual([planeOf(2), planeOf(1, 3), planeOf(1)])
    toasts.shown[0]!.action!.run()
    await vi.waitFor(() => expect(page.kept).toHaveLength(5))
    expect(page.kept.slice(1)).toEqual([planeOf(2), planeOf(2, 1), planeOf(1, 3), planeOf(1)])
    expect(page.opened.map(({ info }) => info.plane)).toEqual([planeOf(1), planeOf(1)]) // again, for it reads what is kept
    // Where the copy has strokes of its own on the way, those of the other stay where they are.
    expect(unsavedPlanes(keptIn('folder-1'))).toEqual([planeOf(2)])
  })

  test('stays unsaved while another program has the project, and is not taken back', async () => {
    const { host } = await opened(0)
    const none = { isForeign: () => false, replayed: () => {}, saved: () => {}, kept: () => {} }
    const link = planeLink(host.connection, anImage(1), planeOf(1), none)
    const failure = async (code: string) => {
      host.answers['plane.stroke'] = () => {
        throw { code, message: 'No.' }
      }
      return link.sendStroke({ tool: 'delete', id: 'a', objectIds: [20] }).catch((error: unknown) => error)
    }
    for (const code of ['project-busy', 'not-writable', 'disk-full', 'connection-lost']) {
      expect(await failure(code), code).toBeInstanceOf(AskError)
    }
    expect(await failure('bug'), "a fault of the host is not the stroke's").toBeInstanceOf(StrokeFailed)
    expect(await failure('class-unknown')).toBeInstanceOf(StrokeRefused)
  })

  test('is told once while it cannot be saved, and again only when something has been saved meanwhile', async () => {
    const { host, page, told, toasts } = await opened(0)
    const stroke = { tool: 'delete' as const, id: 'a', objectIds: [20] }
    const send = (code?: string, message = 'The disk is full.') => {
      host.answers['plane.stroke'] = () => {
        if (code) throw { code, message }
        return { revision: 7, changed: null, undo: 1, redo: 0 }
      }
      return page.link.sendStroke(stroke).catch(() => {})
    }
    const sentence = 'The disk is full. What is painted is kept, and saved as soon as it can be.'
    for (const code of ['disk-full', 'disk-full', 'project-busy']) await send(code)
    expect(told()).toEqual([sentence])
    toasts.dismiss(toasts.shown[0]!.id)
    await send('disk-full')
    expect(told()).toEqual([])
    await send()
    await send('disk-full')
    expect(told()).toEqual([sentence])
    for (const attempt of [1, 2]) await send('bug', `It went wrong (${attempt}).`)
    expect(told().at(-1)).toBe('It went wrong (1). What is painted is kept, and saved as soon as it can be.')
  })
})
