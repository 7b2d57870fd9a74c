/** The annotator's requests, answered over the contract: tiles as binary, strokes as messages, changes as events. */
import type { ApiEvent, ImageView, PlaneChangeView, PredictionView, ReplayView, Result } from '../../src-shared/api.ts'
import { imageTileUrl, labelTileUrl, predictionTileUrl } from '../../src-shared/data-urls.ts'
import { viewSamples } from '../../src-shared/pixels.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import { TILE_PX } from '../../src-shared/tile-map.ts'
import { type PlaneInfo, type PlaneLink, type PredictionLink, StrokeFailed, StrokeRefused } from '../annotator/link.ts'
import { AskError } from './ask-error.ts'
import type { Connection } from './connection.ts'

/**
 * Failures that are not the stroke's: the line is lost, another program has the project, or the project cannot be written
 * now. The annotator keeps the stroke and sends it again.
 */
const STILL_TO_SEND = new Set(['connection-lost', 'connection-refused', 'project-busy', 'not-writable', 'disk-full'])

export const samePlane = (a: PlaneKey, b: PlaneKey): boolean =>
  a.imageId === b.imageId && a.layer === b.layer && a.z === b.z && a.t === b.t

/**
 * What an undo or a redo asked for on the plane `on` has changed where nobody sees it, for one history is that of all
 * planes of an image: on the plane that is open meanwhile, else the first change. Undefined where it is in sight: `on`
 * itself has changed and is still open.
 */
export function unseenChange(
  changes: readonly PlaneChangeView[],
  on: PlaneKey,
  open: PlaneKey,
): PlaneChangeView | undefined {
  const onOpen = changes.find(({ plane }) => samePlane(plane, open))
  if (onOpen) return samePlane(on, open) ? undefined : onOpen
  return changes[0]
}

/** What the annotator is told of a plane that is being opened. */
export function planeInfo(
  { width, height, channels, sampleType, pixelSizeUm }: ImageView,
  plane: PlaneKey,
  { isComplete, revision, undo, redo }: Result<'plane.view'>,
  rest: Pick<PlaneInfo, 'classes' | 'ringPx' | 'readOnly'>,
): PlaneInfo {
  const image = { width, height, channels, sampleType, ...(pixelSizeUm ? { pixelSizeUm } : {}) }
  return { plane, ...image, isComplete, revision, history: { undo, redo }, ...rest }
}

export interface LinkHost {
  /** Whether changes that this window asked for did not go through the annotator, which must hear of them. */
  isForeign(): boolean
  /** An action was taken back or done again, asked for on the plane of this link. */
  replayed(reply: ReplayView, isUndone: boolean): void
  /** A stroke was saved; or could not be for now, is kept and will be sent again. */
  saved(): void
  kept(failure: AskError): void
}

export function planeLink(connection: Connection, image: ImageView, plane: PlaneKey, host: LinkHost): PlaneLink {
  const { imageId, layer, z, t } = plane
  const replay = async (method: 'history.undo' | 'history.redo') => {
    const reply = await connection.ask(method, { imageId, layer })
    if (reply) host.replayed(reply, method === 'history.undo')
    return reply
  }
  return {
    async loadImageTile(at, signal) {
      const answer = await connection.data.get(imageTileUrl(imageId, z, t, at), { signal })
      const bytes = await answer.arrayBuffer()
      return viewSamples(image.sampleType, bytes, 0, image.channels * TILE_PX * TILE_PX)
    },
    async loadLabelTile(revision, at, signal) {
      const answer = await connection.data.get(labelTileUrl(plane, revision, at), { signal })
      const shown = Number(answer.headers.get('x-revision') ?? revision)
      return { data: new Uint32Array(await answer.arrayBuffer()), revision: shown }
    },
    async sendStroke(stroke) {
      try {
        const reply = await connection.ask('plane.stroke', { plane, stroke })
        host.saved()
        return reply
      } catch (error) {
        if (!(error instanceof AskError)) throw error
        const isFault = error.code === 'bug'
        if (!isFault && !STILL_TO_SEND.has(error.code)) throw new StrokeRefused(error.code, error.message)
        host.kept(error)
        throw isFault ? new StrokeFailed(error.message) : error
      }
    },
    reserveIds: async (count) => (await connection.ask('object.reserve', { imageId, layer, count })).first,
    undo: () => replay('history.undo'),
    redo: () => replay('history.redo'),
    async now() {
      const { revision, undo, redo } = await connection.ask('plane.view', { plane })
      return { rect: { x: 0, y: 0, w: image.width, h: image.height }, revision, history: { undo, redo } }
    },
    onRemoteChange: (listener) =>
      connection.onEvent((event: ApiEvent) => {
        if (event.type !== 'plane-changed' || !samePlane(event.change.plane, plane)) return
        if (event.by === connection.client && !host.isForeign()) return
        listener({ rect: event.change.rect, revision: event.change.revision, history: event.history })
      }),
    onReconnect(listener) {
      let wasLost = false
      return connection.onState((state) => {
        if (state === 'open' && wasLost) listener()
        wasLost = state !== 'open'
      })
    },
  }
}

export const predictionLink = (
  connection: Connection,
  { imageId, z, t }: PlaneKey,
  { id, classes }: PredictionView,
  shown: number,
): PredictionLink => ({
  classes,
  shown,
  async loadTile(at, signal) {
    const answer = await connection.data.get(predictionTileUrl(id, imageId, z, t, at), { signal })
    return new Uint8Array(await answer.arrayBuffer())
  },
})
