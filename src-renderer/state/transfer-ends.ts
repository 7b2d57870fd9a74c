/** An import and an export from the button to how they end: told in their dialog, or over whatever is there instead. */
import type { ExportRequest, ImportOutcome, ImportResult } from '../../src-shared/api.ts'
import type { ImportSettings } from './transfer.svelte.ts'
import { counted } from './words.ts'
import type { Workstation } from './workstation.svelte.ts'

/** What is needed of the window. */
export type TransferWindow = Pick<Workstation, 'dialog' | 'openImage' | 'toasts' | 'transfer'> & {
  page: Pick<Workstation['page'], 'isOpen'>
}

/**
 * Imports what was given, by default as before; its dialog closes when everything came in, and stays where something is
 * to be read. Another dialog is left alone.
 */
export async function importGiven(ws: TransferWindow, settings?: ImportSettings): Promise<void> {
  const { transfer, toasts } = ws
  const imported = await transfer.import(settings)
  if (!imported) {
    if (transfer.importError === null) toasts.note('The import was stopped; images that were in already stay.')
    else if (ws.dialog !== 'import') toasts.failed(transfer.importError, showing(ws, 'import'))
    return
  }
  const first = imported.outcomes.find(({ imageId }) => imageId !== undefined)?.imageId
  if (first !== undefined && !ws.page.isOpen) void ws.openImage(first)
  const { kind, text, isAll } = importEnd(imported)
  if (isAll) {
    toasts.done(text)
    transfer.imported = null
    if (ws.dialog === 'import' && !transfer.hasFiles) ws.dialog = null
  } else if (ws.dialog !== 'import') toasts[kind](text, showing(ws, 'import'))
}

/** One sentence on how an import ended, and whether that is all there is to say. */
function importEnd({ outcomes, unmatchedMasks, left }: ImportResult): {
  kind: 'done' | 'note' | 'failed'
  text: string
  isAll: boolean
} {
  const { inside, putBack, failed, withMask, hasMasks } = importCounts(outcomes)
  const of = (count: number) => `${count.toLocaleString('en')} of ${counted(outcomes.length, 'file')}`
  if (left) return { kind: 'note', text: `The import was stopped; ${of(inside)} are in.`, isAll: false }
  if (failed > 0) {
    return { kind: 'failed', text: `${of(failed)} could not be imported; look at the reasons.`, isAll: false }
  }
  const masks = hasMasks && withMask < inside ? `, ${withMask.toLocaleString('en')} of them with a mask` : ''
  const back = putBack > 0 ? `, ${putBack.toLocaleString('en')} of them put back from the trash` : ''
  const text = `${counted(inside, 'image')} imported${back}${masks}`
  if (unmatchedMasks.length === 0) return { kind: 'done', text: `${text}.`, isAll: true }
  return { kind: 'note', text: `${text}; ${counted(unmatchedMasks.length, 'mask')} without an image.`, isAll: false }
}

/** How many files are in the project, failed, were not begun, and had a mask. */
export function importCounts(outcomes: readonly ImportOutcome[]) {
  const count = (...states: ImportOutcome['state'][]) => outcomes.filter(({ state }) => states.includes(state)).length
  return {
    imported: count('imported'),
    known: count('known'),
    inside: count('imported', 'known'),
    putBack: outcomes.filter(({ isPutBack }) => isPutBack).length,
    failed: count('failed'),
    left: count('left'),
    withMask: outcomes.filter(({ hasMask }) => hasMask).length,
    hasMasks: outcomes.some(({ hasMask }) => hasMask !== undefined),
    objects: outcomes.reduce((sum, of) => sum + (of.objects ?? 0), 0),
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
