/** A prediction job: planes through one model, tile by tile, into pixel files. */
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import * as v from 'valibot'
import type { DeviceName, EngineApi } from '../../src-shared/engine-api.ts'
import { AppError } from '../../src-shared/errors.ts'
import { normalised } from '../../src-shared/normalise.ts'
import type { Samples } from '../../src-shared/pixels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { type PredictionPlan, predictionPlanSchema } from '../../src-shared/run-plan.ts'
import { PixelFile, scaledLevels } from '../imaging/pixel-file.ts'
import { type Checkpoint, readCheckpoint, tensorsUnder } from './checkpoint.ts'
import type { Kernels } from './kernels.ts'
import { type PredictingNet, predictingNet, predictPlane, smallerTilePx, tilePxFor } from './predicting-net.ts'
import { asWireError } from './serve.ts'

/**
 * A tile takes at most this share of the memory that is left and at most this much, so that painting goes on; and at
 * least this much is allowed it, because systems count memory that they would give back at once as taken (macOS, and a
 * container its files).
 */
const MEMORY_SHARE = 0.3
const LEAST_BYTES = 192 * 2 ** 20
const MOST_BYTES = 768 * 2 ** 20
/** A card has memory of its own, and larger tiles have less margin to compute twice. */
const MOST_BYTES_OF_CARD = 1.5 * 2 ** 30

/** Bytes that a tile may take where so many are left, as the system or a container's limit say. */
export function tileBytesWithin(availableBytes: number, device: DeviceName): number {
  const most = device === 'webgpu' ? MOST_BYTES_OF_CARD : MOST_BYTES
  return Math.max(LEAST_BYTES, Math.min(most, availableBytes * MEMORY_SHARE))
}

export interface PredictOptions {
  kernels: Kernels
  signal?: AbortSignal
  onEvent: (event: EngineApi['predict']['event']) => void
}

/**
 * Predicts every item of `plan.json` in the folder. An item that fails is reported and the others go on, unless the device
 * failed: every later item would meet that too. Errors: 'file-missing', 'model-unreadable', 'engine-lost',
 * 'out-of-memory'; the signal's reason when aborted.
 */
export async function predict(folder: string, options: PredictOptions): Promise<EngineApi['predict']['result']> {
  const plan = readPlan(resolve(folder, 'plan.json'))
  const model = readCheckpoint(resolve(folder, plan.model))
  const net = predictingNet(options.kernels, model.header.network, tensorsUnder(model.tensors, 'weights/'))
  const job: Job = { model, net, options }
  const failed: { item: number; message: string }[] = []
  const begin = performance.now()
  try {
    for (const index of plan.items.keys()) {
      options.signal?.throwIfAborted()
      try {
        await predictItem(folder, plan, index, job)
      } catch (error) {
        if (options.signal?.aborted) throw error
        const failure = deviceFailure(error, plan.items[index]!.name)
        if (failure) throw failure
        if (!(error instanceof AppError)) console.error(error)
        failed.push({ item: index, message: error instanceof Error ? error.message : String(error) })
      }
    }
  } finally {
    net.dispose()
  }
  const { device, label } = options.kernels
  return { device, label, seconds: (performance.now() - begin) / 1000, failed }
}

/** What says that the device cannot go on, and nothing about the item; as a sentence where the library has none. */
function deviceFailure(error: unknown, name: string): AppError | undefined {
  const { code } = asWireError(error)
  if (code !== 'engine-lost' && code !== 'out-of-memory') return undefined
  if (error instanceof AppError) return error
  const remedy = 'close other programs, or predict with a smaller --tile'
  return new AppError(code, { what: `predicting ${name}`, remedy }, { cause: error })
}

interface Job {
  model: Checkpoint
  net: PredictingNet
  options: PredictOptions
  /** Side of a tile that once fitted where a larger one did not; undefined as long as all did. */
  fittingPx?: number
}

async function predictItem(folder: string, plan: PredictionPlan, index: number, job: Job): Promise<void> {
  const item = plan.items[index]!
  const { input } = job.model.header
  const pixels = PixelFile.open(resolve(folder, item.pixels))
  try {
    const { channels } = pixels.header
    const missing = input.channels.find((channel) => channel >= channels)
    if (missing !== undefined) {
      throw new AppError('channels-mismatch', { path: item.name, found: channels, expected: missing + 1 })
    }
    await withTilesThatFit(plan, pixels.header, job, (tilePx) =>
      predictInto(resolve(folder, item.output), pixels, { plan, index, tilePx }, job),
    )
  } finally {
    pixels.close()
    job.options.kernels.trim?.() // the next plane may have tiles of another size
  }
}

/**
 * Tries smaller tiles where memory runs out, unless somebody asked for a size: the result does not depend on it. Not on a
 * graphics card by WebGPU, which has failed for good then.
 */
async function withTilesThatFit(
  plan: PredictionPlan,
  size: { width: number; height: number },
  job: Job,
  predictWith: (tilePx: number) => Promise<void>,
): Promise<void> {
  const { kernels, signal } = job.options
  const bytes = tileBytesWithin(process.availableMemory(), kernels.device)
  let tilePx = plan.tilePx ?? job.fittingPx ?? tilePxFor(job.net, bytes, size)
  for (;;) {
    try {
      return await predictWith(tilePx)
    } catch (error) {
      const mayShrink = plan.tilePx === undefined && kernels.device === 'tensorflow' && !signal?.aborted
      const isTooLarge = mayShrink && asWireError(error).code === 'out-of-memory'
      const smaller = isTooLarge ? smallerTilePx(job.net, tilePx) : undefined
      if (smaller === undefined) throw error
      console.error(`there was no memory for tiles of ${tilePx} px; going on with ${smaller} px`)
      job.fittingPx = tilePx = smaller
    }
  }
}

interface Part {
  plan: PredictionPlan
  index: number
  tilePx: number
}

/** Makes the file anew; it is whole when the last tile has been told. */
async function predictInto(
  path: string,
  pixels: PixelFile,
  { plan, index, tilePx }: Part,
  { model, net, options }: Job,
): Promise<void> {
  const item = plan.items[index]!
  const { network, input } = model.header
  const { width, height } = pixels.header
  const output = PixelFile.create(path, {
    width,
    height,
    channels: network.classes,
    sampleType: item.outputType,
    levels: item.withLevels ? scaledLevels(width, height) : 1,
  })
  try {
    const source = {
      width,
      height,
      readPixels: (rect: Rect) =>
        normalised(pixels.readRegion({ z: item.z, t: item.t, rect, channels: input.channels }), item.range),
    }
    const how = { tilePx, average: plan.average, signal: options.signal }
    let tiles = 0
    await predictPlane(net, source, how, (rect, probabilities, done, total) => {
      const data = quantised(probabilities, item.outputType)
      output.writeRegion(
        { z: 0, t: 0, x: rect.x, y: rect.y },
        { width: rect.w, height: rect.h, channels: network.classes, data },
      )
      tiles = total
      if (done < total) options.onEvent({ item: index, done, total })
    })
    if (item.withLevels) output.buildLevels('mean')
    output.sync()
    options.onEvent({ item: index, done: tiles, total: tiles }) // the last one says that the file is whole
  } finally {
    output.close()
  }
}

/** Probabilities as stored: as they are, or as whole shares of 255 or 65535. */
function quantised(probabilities: Float32Array, type: 'float32' | 'uint8' | 'uint16'): Samples {
  if (type === 'float32') return probabilities
  const most = type === 'uint8' ? 255 : 65535
  const whole = type === 'uint8' ? new Uint8Array(probabilities.length) : new Uint16Array(probabilities.length)
  for (let i = 0; i < whole.length; i++) whole[i] = Math.round(probabilities[i]! * most)
  return whole
}

function readPlan(path: string): PredictionPlan {
  if (!existsSync(path)) throw new AppError('file-missing', { path })
  return v.parse(v.pipe(v.string(), v.parseJson(), predictionPlanSchema), readFileSync(path, 'utf8'))
}
