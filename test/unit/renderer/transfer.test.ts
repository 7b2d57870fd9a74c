import { describe, expect, test } from 'vitest'
import type { DataRoot } from '../../../src-renderer/state/connection.ts'
import { Toasts } from '../../../src-renderer/state/toasts.svelte.ts'
import { Transfer } from '../../../src-renderer/state/transfer.svelte.ts'
import { exportWanted, importGiven, type TransferWindow } from '../../../src-renderer/state/transfer-ends.ts'
import type { ImportOutcome, ImportResult } from '../../../src-shared/api.ts'
import { FakeHost, settled } from '../../drivers/fake-connection.ts'

const imported = (imageId: number): ImportOutcome => ({ file: `${imageId}.tif`, state: 'imported', imageId })
const broken: ImportOutcome = { file: 'b.tif', state: 'failed', message: 'b.tif is cut off; copy it again.' }

/** A window whose import or export is under way, with its dialog open. */
async function underWay(dialog: 'import' | 'export', masks: readonly string[] = []) {
  const host = new FakeHost()
  const ends = Promise.withResolvers<unknown>()
  host.answers[`${dialog}.start`] = () => ends.promise
  const ws: TransferWindow & { opened: number[] } = {
    dialog,
    opened: [],
    openImage: async (id) => void ws.opened.push(id),
    page: { isOpen: false },
    toasts: new Toasts(),
    transfer: new Transfer(host.connection, host.connection.data),
  }
  for (const name of ['a.tif', 'b.tif']) ws.transfer.giveFromServer('images', name, name)
  for (const name of masks) ws.transfer.giveFromServer('masks', name, name)
  const isOver =
    dialog === 'import'
      ? importGiven(ws, { role: 'test' })
      : exportWanted(ws, { format: 'labels-tiff', source: 'annotation' })
  await settled()
  const end = async (answer: unknown) => {
    ends.resolve(answer)
    await isOver
  }
  const told = () => ws.toasts.shown.map(({ text }) => text)
  return { host, ws, transfer: ws.transfer, isOver, end, told }
}
const names = ({ piles }: Transfer) => piles.images.map(({ name }) => name)

/** An answer of the host. */
const result = (outcomes: ImportOutcome[], more: Partial<ImportResult> = {}): ImportResult => ({
  ...{ outcomes, unmatchedMasks: [] },
  ...more,
})

describe('an import', () => {
  test('that is stopped says what is in; the rest stays given, and is imported in the same way', async () => {
    const { host, ws, transfer, end, told } = await underWay('import')
    transfer.giveFromServer('images', 'c.tif', 'c.tif')
    transfer.stopImport()
    await settled()
    expect([host.aborted, transfer.isImporting, transfer.isStopping]).toEqual([[1], true, true])
    const stopped = result([imported(4), { file: 'b.tif', state: 'left' }], { left: { files: ['b.tif'], masks: [] } })
    await end(stopped)
    expect([transfer.isImporting, transfer.isStopping, transfer.imported]).toEqual([false, false, stopped])
    expect([ws.dialog, names(transfer), told()]).toEqual(['import', ['b.tif', 'c.tif'], []])

    host.answers['import.start'] = () => result([imported(5), imported(6)])
    await importGiven(ws)
    expect(host.asked.map(({ params }) => params)).toEqual([
      { role: 'test', files: ['a.tif', 'b.tif'] },
      { files: ['a.tif'] },
      { role: 'test', files: ['b.tif', 'c.tif'] },
    ])
    expect([ws.dialog, names(transfer), told()]).toEqual([null, [], ['2 images imported.']])
  })

  test('of what was in the trash says that it is put back', async () => {
    const { end, told } = await underWay('import')
    await end(result([imported(4), { file: 'b.tif', state: 'known', isPutBack: true, imageId: 5 }]))
    expect(told()).toEqual(['2 images imported, 1 of them put back from the trash.'])
  })

  test('that is stopped keeps the masks of what is left, and of what was given meanwhile', async () => {
    const { transfer, end } = await underWay('import', ['a_mask.tif', 'b_mask.tif'])
    transfer.giveFromServer('masks', 'c_mask.tif', 'c_mask.tif')
    await end(result([imported(4), broken], { left: { files: ['b.tif'], masks: ['b_mask.tif'] } }))
    expect(transfer.piles.masks.map(({ name }) => name)).toEqual(['b_mask.tif', 'c_mask.tif'])
  })

  test('that the host could not begin before it was stopped leaves everything given', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    transfer.stopImport()
    await end(Promise.reject({ code: 'stopped', message: 'It was stopped.' }))
    expect([transfer.isImporting, transfer.importError, transfer.imported]).toEqual([false, null, null])
    expect([ws.dialog, names(transfer)]).toEqual(['import', ['a.tif', 'b.tif']])
    expect(told()).toEqual(['The import was stopped; images that were in already stay.'])
  })

  test('closes its dialog when everything came in, and opens the first image where none is', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    await end(result([imported(4), imported(5)]))
    expect([ws.dialog, ws.opened, names(transfer), transfer.imported]).toEqual([null, [4], [], null])
    expect(told()).toEqual(['2 images imported.'])
  })

  test('says how many images had a mask where some had none', async () => {
    const { end, told } = await underWay('import')
    await end(
      result([
        { ...imported(4), hasMask: true },
        { ...imported(5), hasMask: false },
      ]),
    )
    expect(told()).toEqual(['2 images imported, 1 of them with a mask.'])
  })

  test('keeps its dialog open for masks that belong to no image', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    const answer = result([{ ...imported(4), hasMask: true }], { unmatchedMasks: ['other_mask.tif'] })
    await end(answer)
    expect([ws.dialog, transfer.imported, told()]).toEqual(['import', answer, []])
  })

  test('keeps its dialog open for files that were given meanwhile', async () => {
    const { ws, transfer, end } = await underWay('import')
    transfer.giveFromServer('images', 'c.tif', 'c.tif')
    await end(result([imported(4), imported(5)]))
    expect([ws.dialog, names(transfer), transfer.imported]).toEqual(['import', ['c.tif'], null])
  })

  test('shows in its dialog what could not be read', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    await end(result([imported(4), broken]))
    expect([ws.dialog, transfer.imported, told()]).toEqual(['import', result([imported(4), broken]), []])
  })

  test.each([
    [result([imported(4), broken]), '1 of 2 files could not be imported; look at the reasons.'],
    [
      result([imported(4), { file: 'b.tif', state: 'left' }], { left: { files: ['b.tif'], masks: [] } }),
      'The import was stopped; 1 of 2 files are in.',
    ],
    [result([imported(4)], { unmatchedMasks: ['x.tif'] }), '1 image imported; 1 mask without an image.'],
  ])('leaves another dialog open, and says there how it ended and where to see more: %#', async (answer, sentence) => {
    const { ws, transfer, end, told } = await underWay('import')
    ws.dialog = 'keys'
    await end(answer)
    expect([ws.dialog, told()]).toEqual(['keys', [sentence]])
    ws.toasts.shown[0]!.action!.run()
    expect([ws.dialog, transfer.imported]).toEqual(['import', answer])
  })

  test('that fails as a whole says so where its dialog is closed', async () => {
    const { host, ws, isOver, told } = await underWay('import')
    ws.dialog = null
    host.drop()
    await isOver
    expect(told()).toEqual([expect.stringMatching(/^The connection was lost/)])
    expect(ws.toasts.shown[0]!.action?.label).toBe('Show')
  })
})

describe('an export', () => {
  const ready = { download: 'download/1', files: ['a.tif'], failed: [] }

  test('that is stopped is stopped at the host', async () => {
    const { host, transfer, isOver, told } = await underWay('export')
    transfer.stopExport()
    await isOver
    expect([host.aborted, transfer.exported, transfer.exportError]).toEqual([[1], null, null])
    expect(told()).toEqual(['The export was stopped; nothing was saved.'])
  })

  test('waits in its dialog to be saved, and leads there where that was closed', async () => {
    const inDialog = await underWay('export')
    await inDialog.end(ready)
    expect([inDialog.transfer.exported, inDialog.told()]).toEqual([ready, []])
    const { ws, transfer, end, told } = await underWay('export')
    ws.dialog = 'import'
    await end(ready)
    expect([ws.dialog, transfer.exported, told()]).toEqual(['import', ready, ['The export is ready to be saved.']])
    ws.toasts.shown[0]!.action!.run()
    expect(ws.dialog).toBe('export')
  })
})

test('what is taken away while it is sent is sent no further', async () => {
  const signals: AbortSignal[] = []
  const data: DataRoot = {
    get: () => Promise.reject(new Error('nothing is read')),
    save: () => Promise.reject(new Error('nothing is saved')),
    upload: (_file, _onProgress, signal) => {
      signals.push(signal!)
      return new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
    },
  }
  const transfer = new Transfer(new FakeHost().connection, data)
  const given = transfer.give('images', [new File([], 'a.tif'), new File([], 'b.tif')])
  transfer.clear()
  await given
  expect(signals.map(({ aborted }) => aborted)).toEqual([true])
  expect(transfer.piles).toEqual({ images: [], masks: [] })
})

describe('the host is told to let go', () => {
  const forgotten = ({ asked }: FakeHost) =>
    asked.flatMap(({ method, params }) => (method === 'import.forget' ? [params] : []))

  test('of what is taken away again, at the latest when it is there', async () => {
    const host = new FakeHost()
    const arrives = Promise.withResolvers<string>()
    const upload: DataRoot['upload'] = async ({ name }) => (name === 'late.tif' ? arrives.promise : `upload-${name}`)
    const transfer = new Transfer(host.connection, { ...host.connection.data, upload })
    const given = transfer.give(
      'masks',
      ['a.json', 'a.tif', 'late.tif'].map((name) => new File([], name)),
    )
    await settled()
    transfer.remove('masks', transfer.piles.masks[0]!.key)
    transfer.remove('masks', transfer.piles.masks[1]!.key)
    await settled()
    expect(forgotten(host)).toEqual([{ files: ['upload-a.json'] }])
    arrives.resolve('upload-late.tif')
    await given
    await settled()
    expect(forgotten(host).slice(1)).toEqual([{ files: ['upload-late.tif'] }])
    expect(transfer.piles.masks.map(({ name }) => name)).toEqual(['a.tif'])
  })

  test('of everything when the dialog is closed, and of nothing where nothing is given', async () => {
    const host = new FakeHost()
    const transfer = new Transfer(host.connection, host.connection.data)
    await transfer.give('images', [new File([], 'a.tif')])
    await transfer.give('masks', [new File([], 'm.tif')])
    transfer.clear()
    transfer.clear()
    await settled()
    expect(forgotten(host)).toEqual([{ files: ['upload-a.tif', 'upload-m.tif'] }])
  })

  test('of what an import was sent not before its end, which does so by itself', async () => {
    const { host, transfer, end } = await underWay('import', ['a_mask.tif'])
    transfer.remove('images', transfer.piles.images[1]!.key)
    await settled()
    expect(forgotten(host)).toEqual([])
    await end(result([imported(4), imported(5)]))
    await settled()
    expect(forgotten(host)).toEqual([])
  })

  test('of what a stopped import left where it was taken away meanwhile, and of what is in', async () => {
    const { host, transfer, end } = await underWay('import', ['a_mask.tif', 'b_mask.tif'])
    transfer.remove('images', transfer.piles.images[1]!.key)
    await end(result([imported(4)], { left: { files: ['b.tif'], masks: ['b_mask.tif'] } }))
    await settled()
    expect(forgotten(host)).toEqual([{ files: ['a.tif', 'b.tif', 'a_mask.tif'] }])
    expect([names(transfer), transfer.piles.masks.map(({ name }) => name)]).toEqual([[], ['b_mask.tif']])
  })
})

test('a file is sent to lie beside one of its folder that is given still', async () => {
  const host = new FakeHost()
  const transfer: Transfer = new Transfer(host.connection, {
    ...host.connection.data,
    upload: (file, ...more) => {
      if (file.name === 'b.tif') transfer.remove('masks', transfer.piles.masks[0]!.key)
      return host.connection.data.upload(file, ...more)
    },
  })
  await transfer.give(
    'masks',
    ['a.json', 'a.tif', 'b.tif', 'c.tif'].map((name) => new File([], name)),
  )
  expect(host.besides).toEqual([undefined, 'upload-a.json', 'upload-a.json', 'upload-a.tif'])
})

test('files are sent in the order in which people read their names', async () => {
  const host = new FakeHost()
  const transfer = new Transfer(host.connection, host.connection.data)
  await transfer.give(
    'images',
    ['cell 10.tif', 'cell 2.tif', 'Cell 1.tif'].map((name) => new File([], name)),
  )
  expect([host.uploads, names(transfer)]).toEqual(Array(2).fill(['Cell 1.tif', 'cell 2.tif', 'cell 10.tif']))
})

test('masks of one folder are sent to lie beside each other, with their tables; images lie alone', async () => {
  const host = new FakeHost()
  const transfer = new Transfer(host.connection, host.connection.data)
  const fileIn = (folder: string) => (name: string) =>
    Object.assign(new File([], name), { webkitRelativePath: `${folder}/${name}` })
  await transfer.give('images', ['a.tif', 'b.tif'].map(fileIn('images')))
  await transfer.give('masks', [
    ...['a.json', 'a.tif', 'b.tif'].map(fileIn('out/left')),
    ...['1.json', 'a.tif'].map(fileIn('out/right')),
  ])
  expect(host.uploads).toEqual(['a.tif', 'b.tif', '1.json', 'a.json', 'a.tif', 'a.tif', 'b.tif'])
  const [left, right] = ['upload-a.json', 'upload-1.json']
  expect(host.besides).toEqual([undefined, undefined, undefined, undefined, left, right, left])
})
