import { LABEL } from '../../src-shared/labels.ts'
import type { PreviewAnswer, PreviewRequest } from './patch-preview.ts'
import type { PatchesAnswer, PatchesRequest } from './workers/patches-worker.ts'

/** Patches that a run would be taught with, drawn anew when asked. */
export class Patches {
  shown = $state.raw<PreviewAnswer | null>(null)
  message = $state('')
  isDrawing = $state(false)
  seed = $state(1)
  #worker: Worker | undefined
  #ticket = 0

  /** Draws from what `read` gives; the newest request wins. */
  async draw(read: () => Promise<Omit<PreviewRequest, 'seed' | 'count'> | null>, count: number): Promise<void> {
    const ticket = ++this.#ticket
    this.isDrawing = true
    const request = await read().catch(() => null)
    if (ticket !== this.#ticket) return
    if (!request?.labels.some((label) => label !== LABEL.unpainted)) {
      this.shown = null
      this.message = request ? 'Paint something: patches are taken around what is painted.' : ''
      this.isDrawing = false
      return
    }
    this.#worker ??= this.#start()
    const message: PatchesRequest = { ...request, seed: this.seed, count, ticket }
    this.#worker.postMessage(message, [request.pixels.buffer as ArrayBuffer, request.labels.buffer as ArrayBuffer])
  }

  dispose(): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#ticket++
  }

  #start(): Worker {
    const worker = new Worker(new URL('./workers/patches-worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<PatchesAnswer>) => {
      if (data.ticket !== this.#ticket) return
      this.isDrawing = false
      this.shown = data.ok ? data.value : null
      this.message = data.ok ? '' : data.message
    }
    worker.onerror = () => {
      this.isDrawing = false
      this.message = 'The patches could not be drawn; reload the window.'
    }
    return worker
  }
}
