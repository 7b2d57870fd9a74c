import { describe, expect, test } from 'vitest'
import type { DataRoot } from '../../../src-renderer/state/connection.ts'
import { Toasts } from '../../../src-renderer/state/toasts.svelte.ts'
import { Transfer } from '../../../src-renderer/state/transfer.svelte.ts'
import { exportWanted, importGiven, type TransferWindow } from '../../../src-renderer/state/transfer-ends.ts'
import type { ImportOutcome } from '../../../src-shared/api.ts'
import { FakeHost, settled } from '../../drivers/fake-connection.ts'

const imported = (imageId: number): ImportOutcome => ({ file: `${imageId}.tif`, state: 'imported', imageId })
const broken: ImportOutcome = { file: 'b.tif', state: 'failed', message: 'b.tif is cut off; copy it again.' }

/** A window whose import or export is under way, with its dialog open. */
async function underWay(dialog: 'import' | 'export') {
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
  const isOver =
    dialog === 'import'
      ? importGiven(ws, { role: 'train' })
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

describe('an import', () => {
  test('that is stopped is stopped at the host, and what was given can be imported again', async () => {
    const { host, ws, transfer, isOver, told } = await underWay('import')
    transfer.stopImport()
    await isOver
    expect(host.aborted).toEqual([1])
    expect([transfer.isImporting, transfer.importError, transfer.outcomes]).toEqual([false, null, null])
    expect([ws.dialog, names(transfer)]).toEqual(['import', ['a.tif', 'b.tif']])
    expect(told()).toEqual(['The import was stopped; images that were in already stay.'])
  })

  test('closes its dialog when everything came in, and opens the first image where none is', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    await end({ outcomes: [imported(4), imported(5)] })
    expect([ws.dialog, ws.opened, names(transfer), transfer.outcomes]).toEqual([null, [4], [], null])
    expect(told()).toEqual(['2 images imported.'])
  })

  test('keeps its dialog open for files that were given meanwhile', async () => {
    const { ws, transfer, end } = await underWay('import')
    transfer.giveFromServer('images', 'c.tif', 'c.tif')
    await end({ outcomes: [imported(4), imported(5)] })
    expect([ws.dialog, names(transfer), transfer.outcomes]).toEqual(['import', ['c.tif'], null])
  })

  test('shows in its dialog what could not be read', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    await end({ outcomes: [imported(4), broken] })
    expect([ws.dialog, transfer.outcomes, told()]).toEqual(['import', [imported(4), broken], []])
  })

  test('leaves another dialog open, and says there what could not be read and where to see why', async () => {
    const { ws, transfer, end, told } = await underWay('import')
    ws.dialog = 'keys'
    await end({ outcomes: [imported(4), broken] })
    expect(ws.dialog).toBe('keys')
    expect(told()).toEqual(['1 of 2 files could not be imported; look at the reasons.'])
    ws.toasts.shown[0]!.action!.run()
    expect([ws.dialog, transfer.outcomes]).toEqual(['import', [imported(4), broken]])
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
