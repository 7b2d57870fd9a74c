/** An import and an export from the button to how they end: told in their dialog, or over whatever is there instead. */
import type { ExportRequest, ImportRequest } from '../../src-shared/api.ts'
import { counted } from './words.ts'
import type { Workstation } from './workstation.svelte.ts'

/** What is needed of the window. */
export type TransferWindow = Pick<Workstation, 'dialog' | 'openImage' | 'toasts' | 'transfer'> & {
  page: Pick<Workstation['page'], 'isOpen'>
}

/** Imports what was given; its dialog closes when everything came in, another one is left alone. */
export async function importGiven(ws: TransferWindow, rest: Omit<ImportRequest, 'files' | 'masks'>): Promise<void> {
  const { transfer, toasts } = ws
  const outcomes = await transfer.import(rest)
  if (!outcomes) {
    if (transfer.importError === null) toasts.note('The import was stopped; images that were in already stay.')
    else if (ws.dialog !== 'import') toasts.failed(transfer.importError, showing(ws, 'import'))
    return
  }
  const first = outcomes.find(({ imageId }) => imageId !== undefined)?.imageId
  if (first !== undefined && !ws.page.isOpen) void ws.openImage(first)
  const failed = outcomes.filter(({ state }) => state === 'failed').length
  if (failed === 0) {
    toasts.done(`${counted(outcomes.length, 'image')} imported.`)
    transfer.outcomes = null
    if (ws.dialog === 'import' && !transfer.hasFiles) ws.dialog = null
  } else if (ws.dialog !== 'import') {
    const text = `${failed.toLocaleString('en')} of ${counted(outcomes.length, 'file')} could not be imported; look at the reasons.`
    toasts.failed(text, showing(ws, 'import'))
  }
}

/** Has label images written; its dialog offers to save them, and where that is closed a message leads to it. */
export async function exportWanted(ws: TransferWindow, request: ExportRequest): Promise<void> {
  const { transfer, toasts } = ws
  const isDone = await transfer.export(request)
  if (!isDone && transfer.exportError === null) toasts.note('The export was stopped; nothing was saved.')
  else if (ws.dialog === 'export') return
  else if (isDone) toasts.done('The export is ready to be saved.', showing(ws, 'export'))
  else toasts.failed(transfer.exportError!, showing(ws, 'export'))
}

const showing = (ws: TransferWindow, dialog: 'import' | 'export') => ({
  label: 'Show',
  run: () => {
    ws.dialog = dialog
  },
})
