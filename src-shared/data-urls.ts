/**
 * Addresses of binary tiles, relative to the data root (`app://data/` in Electron, `/data/` on the server). Every
 * address names content that never changes (a revision, a finished prediction), so tiles may be cached for ever.
 *
 * A tile is 256 x 256 pixels (`TILE_PX`), padded with zeros at the right and lower edge; level n is reduced by 2^n.
 * - image: the samples as stored, little endian, channel by channel; type and channels are those of the image.
 * - labels: uint32 little endian, as of a revision or a later one (the answer's header `x-revision` tells which).
 * - prediction: uint8 probabilities (p * 255), class by class.
 *
 * A preview (previews.ts) is no tile but all of its region, uint8, channel by channel: of 'region' the grey picture and
 * the truth (class index, 255 where nothing is known), of a step the probabilities (p * 255), class by class.
 */
import type { PlaneKey } from './planes.ts'

export interface TileAt {
  level: number
  tx: number
  ty: number
}

export const imageTileUrl = (imageId: number, z: number, t: number, { level, tx, ty }: TileAt): string =>
  `image/${imageId}/${z}/${t}/${level}/${tx}/${ty}`

export const labelTileUrl = ({ imageId, layer, z, t }: PlaneKey, revision: number, { level, tx, ty }: TileAt): string =>
  `labels/${imageId}/${encodeURIComponent(layer)}/${z}/${t}/${revision}/${level}/${tx}/${ty}`

export const predictionTileUrl = (
  id: string,
  imageId: number,
  z: number,
  t: number,
  { level, tx, ty }: TileAt,
): string => `prediction/${encodeURIComponent(id)}/${imageId}/${z}/${t}/${level}/${tx}/${ty}`

/** A small PNG of an image's first plane, contrast stretched. */
export const thumbnailUrl = (imageId: number): string => `thumbnail/${imageId}`

export const previewUrl = (run: string, part: 'region' | number): string => `preview/${encodeURIComponent(run)}/${part}`
