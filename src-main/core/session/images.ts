/** Images: what a person says of them, where their originals are, which values they hold. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { Handlers } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { ImageRecord } from '../../store/index.ts'
import { rangeInTurns } from '../ranges.ts'
import type { OfferedFile } from './file-desk.ts'
import type { Session } from './session.ts'

export const imageHandlers = (
  session: Session,
): Handlers<'image.update' | 'image.setPixelSize' | 'image.relink' | 'image.range'> => {
  const { store } = session
  /** [low, high] by image, plane, channel and percentages: originals never change. */
  const ranges = new Map<string, [number, number]>()
  return {
    'image.update': ({ id, name, role, notes, isTrashed }) => {
      store.images.get(id) // unknown ones are refused before anything is changed
      if (name !== undefined) store.images.rename(id, name)
      if (role !== undefined) store.images.setRole(id, role)
      if (notes !== undefined) store.images.setNotes(id, notes)
      if (isTrashed === true) store.images.trash(id)
      if (isTrashed === false) store.images.restore(id)
      session.imageChanged(id)
      return session.imageView(id)
    },

    'image.setPixelSize': ({ ids, pixelSizeUm }) => {
      store.images.setPixelSize(ids, pixelSizeUm === 'unknown' ? null : pixelSizeUm)
      session.projectChanged()
      return null
    },

    'image.relink': async ({ id, file }) => {
      const image = store.images.get(id)
      const found = session.files.find(file)
      try {
        await requireContent(image, found)
        // An upload would go away with this session, so it is copied into the project; other files stay where they are.
        const kept = found.isTemporary ? (await store.images.addOriginal(found.path)).path : found.path
        await store.images.relink(id, kept)
      } finally {
        session.files.letGo([file]) // a window chooses anew after a failure
      }
      session.projectChanged() // other images of the same file are found again with it
      return session.imageView(id)
    },

    'image.range': async ({ id, z, t, channel, low, high }, { signal }) => {
      const image = store.images.get(id)
      if (z >= image.z || t >= image.t) {
        throw new AppError('plane-missing', { image: image.name, z, t, depth: image.z, times: image.t })
      }
      if (channel >= image.channels) {
        throw new AppError('channels-mismatch', { path: image.name, found: image.channels, expected: channel + 1 })
      }
      const key = [image.sha256, z, t, channel, low, high].join(' ')
      const known = ranges.get(key)
      if (known) return known
      const pixels = (await session.tiles.pixels(image)).path
      const range = await rangeInTurns(pixels, { z, t, channel, low, high }, signal)
      ranges.set(key, range)
      return range
    },
  }
}

/** Errors: 'file-missing', 'image-another' when the file is another one. */
async function requireContent({ sha256, fileName }: ImageRecord, { path, name }: OfferedFile): Promise<void> {
  const hash = createHash('sha256')
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(chunk)
  } catch (error) {
    throw new AppError('file-missing', { path: name }, { cause: error })
  }
  if (hash.digest('hex') === sha256) return
  throw new AppError('image-another', { path: name, fileName })
}
