import { AskError } from './ask-error.ts'

export interface Toast {
  id: number
  kind: 'note' | 'done' | 'failed'
  /** One sentence; a failure's ends with what to do next. */
  text: string
  action?: { label: string; run: () => void }
}

const MOST_SHOWN = 4
const NOTE_MS = 5_000
const FAILURE_MS = 12_000

/** Short messages in the corner; read out by screen readers. */
export class Toasts {
  shown = $state<Toast[]>([])
  #nextId = 1

  note(text: string, action?: Toast['action']): void {
    this.#show({ kind: 'note', text, action }, NOTE_MS)
  }

  done(text: string, action?: Toast['action']): void {
    this.#show({ kind: 'done', text, action }, NOTE_MS)
  }

  failed(text: string, action?: Toast['action']): void {
    if (this.shown.some((toast) => toast.kind === 'failed' && toast.text === text)) return
    this.#show({ kind: 'failed', text, action }, FAILURE_MS)
  }

  /** Shows why something failed. Being stopped is not a failure. */
  error(error: unknown): void {
    if (error instanceof DOMException && error.name === 'AbortError') return
    if (!(error instanceof AskError)) console.error(error)
    this.failed(sentenceOf(error))
  }

  dismiss(id: number): void {
    this.shown = this.shown.filter((toast) => toast.id !== id)
  }

  #show(toast: Omit<Toast, 'id'>, forMs: number): void {
    const id = this.#nextId++
    this.shown = [...this.shown, { ...toast, id }].slice(-MOST_SHOWN)
    setTimeout(() => this.dismiss(id), forMs)
  }
}

/** One sentence for the person; bugs get one too, their stack goes to the console. */
export const sentenceOf = (error: unknown): string =>
  error instanceof AskError
    ? error.message
    : 'Something unexpected happened in this window; nothing painted is lost. Reload it if it does not work any more.'
