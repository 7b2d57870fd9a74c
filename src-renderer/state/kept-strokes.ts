/** What an earlier window has painted and could not save, on planes that nobody may open again. */
import type { ImageView } from '../../src-shared/api.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { StrokeStorage } from '../annotator/link.ts'
import { forgetUnsaved, unsavedPlanes } from '../annotator/outbox.ts'

/**
 * Hands over each plane with such strokes. What belongs to an image that is no more is forgotten; answers whether there was
 * any.
 */
export function handOverKept(
  storage: StrokeStorage,
  imageOf: (id: number) => ImageView | undefined,
  send: (image: ImageView, plane: PlaneKey) => void,
): { hasLost: boolean } {
  let hasLost = false
  for (const plane of unsavedPlanes(storage)) {
    const image = imageOf(plane.imageId)
    if (image) send(image, plane)
    else {
      forgetUnsaved(storage, plane)
      hasLost = true
    }
  }
  return { hasLost }
}
