/** What a prediction of a session is to do: which planes of which images, and what decides the result of each. */
import path from 'node:path'
import type { Params } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { nextId } from '../../../src-shared/next-id.ts'
import { type Scale, scaleBetween, scaledSize } from '../../../src-shared/pixel-size.ts'
import {
  type ImageRecord,
  inputKeyOf,
  listFolder,
  type PredictedPlane,
  type ProjectStore,
  readInputKey,
} from '../../store/index.ts'
import { makeFolder } from '../folders.ts'
import { checksumOf, type ModelHeader, readModelHeader } from '../model-file.ts'
import type { RunSummary } from '../runs.ts'

type Request = Params<'prediction.start'>

export interface PredictionWork {
  id: string
  runId: string
  folder: string
  model: string
  modelSha256: string
  header: ModelHeader
  request: Request
  images: ImageRecord[]
  /** By image id, of those that are predicted at another pixel size than their own. */
  scales: ReadonlyMap<number, Scale>
  planes: PredictedPlane[]
  /** Those of them that are there. */
  done: PredictedPlane[]
}

/** Makes the folder of a prediction. Errors: 'model-unreadable', 'image-unknown', 'channels-mismatch'. */
export function prepareWork(
  store: ProjectStore,
  run: RunSummary & { model: string },
  request: Request,
): PredictionWork {
  const header = readModelHeader(run.model)
  const modelSha256 = checksumOf(run.model)
  const images = [...new Set(request.imageIds)].map((id) => store.images.get(id))
  const expected = Math.max(...header.input.channels) + 1
  const wrong = images.find(({ channels }) => channels < expected)
  if (wrong) throw new AppError('channels-mismatch', { path: wrong.name, found: wrong.channels, expected })
  const scales = new Map<number, Scale>()
  for (const { id, pixelSizeUm } of request.rescale ? images : []) {
    const scale = scaleBetween(pixelSizeUm, header.input.pixelSizeUm)
    if (scale) scales.set(id, scale)
  }
  const { id, folder } = makePredictionFolder(store)
  const planes = images.flatMap((image) => planesOf(image, request.average === true, scales.get(image.id)))
  const of = { id, runId: run.id, folder, model: run.model, modelSha256, header }
  return { ...of, request, images, scales, planes, done: [] }
}

export const areAveraged = (planes: readonly PredictedPlane[]): boolean =>
  planes.some(({ inputKey }) => readInputKey(inputKey).isAveraged)

/** Name of a predicted plane's pixel file in the folder of its prediction. */
export const planeFile = (imageId: number, z: number, t: number): string => `image-${imageId}-${z}-${t}.cbpx`

function planesOf(image: ImageRecord, isAveraged: boolean, scale: Scale | undefined): PredictedPlane[] {
  const { id: imageId, sha256, z: depth, t: times } = image
  const inputKey = inputKeyOf({ sha256, scaledTo: scale && scaledSize(image, scale), isAveraged })
  return Array.from({ length: depth * times }, (_, page) => {
    const [z, t] = [page % depth, Math.floor(page / depth)]
    return { imageId, z, t, inputKey, file: planeFile(imageId, z, t) }
  })
}

/** Makes predictions/prediction-N. A number is not given twice: tiles of what has expired may be kept under it. */
function makePredictionFolder(store: ProjectStore): { id: string; folder: string } {
  const all = path.join(store.folder, 'predictions')
  const id = nextId('prediction', [...listFolder(all), ...store.predictions.list().map((known) => known.id)])
  const folder = path.join(all, id)
  makeFolder(folder)
  return { id, folder }
}
