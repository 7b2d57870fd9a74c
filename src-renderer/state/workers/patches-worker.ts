/** Draws preview patches beside the window's thread. */
import { AppError } from '../../../src-shared/errors.ts'
import { type PreviewAnswer, type PreviewRequest, previewPatches } from '../patch-preview.ts'

export type PatchesRequest = PreviewRequest & { ticket: number }
export type PatchesAnswer = { ticket: number } & ({ ok: true; value: PreviewAnswer } | { ok: false; message: string })

self.onmessage = ({ data }: MessageEvent<PatchesRequest>) => {
  const answer = answerTo(data)
  self.postMessage(answer)
}

function answerTo(request: PatchesRequest): PatchesAnswer {
  try {
    return { ticket: request.ticket, ok: true, value: previewPatches(request) }
  } catch (error) {
    if (error instanceof AppError) return { ticket: request.ticket, ok: false, message: error.message }
    throw error
  }
}
