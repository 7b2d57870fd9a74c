/** Undo and redo: whole user actions of one layer of an image, whoever made them and however long ago. */
import type { Handlers } from '../../../src-shared/api.ts'
import type { Replayed } from '../../store/index.ts'
import type { Session } from './session.ts'

export const historyHandlers = (session: Session): Handlers<'history.undo' | 'history.redo'> => {
  const { labels, images } = session.store
  const tell = (imageId: number, replayed: Replayed | null, client: string) => {
    if (!replayed) return null
    const changes = session.planesChanged(replayed.planes, client)
    if (changes.length === 0) session.imageChanged(imageId) // classes and states of objects only
    return { changes, kind: replayed.kind, action: replayed.actionId }
  }
  return {
    'history.undo': ({ imageId, layer }, { client }) => {
      images.get(imageId)
      return tell(imageId, labels.undo(imageId, layer), client)
    },
    'history.redo': ({ imageId, layer }, { client }) => {
      images.get(imageId)
      return tell(imageId, labels.redo(imageId, layer), client)
    },
  }
}
