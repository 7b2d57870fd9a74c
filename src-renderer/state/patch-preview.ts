/** Training patches as the network would see them, drawn by the sampler that training uses. */
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { type SamplePlane, Sampler } from '../../src-shared/sampler.ts'
import type { Settings } from '../../src-shared/settings.ts'
import { classFactor, paintedPixels } from '../../src-shared/targets.ts'
import { classWeights } from '../../src-shared/weight-map.ts'

export interface PreviewRequest {
  /** A plane, or a part of one, as the sampler would read it. */
  width: number
  height: number
  /** Normalised, channel by channel. */
  pixels: Float32Array
  channels: number
  labels: Uint32Array
  isComplete: boolean
  /** Class index (1..K-1) by object id. */
  objectClasses: Record<string, number>
  /** Including background. */
  classes: number
  settings: Pick<Settings, 'network' | 'targets' | 'augmentation' | 'optimization'>
  seed: number
  count: number
}

export interface PatchPreview {
  /** Side of the image; mask and weights lie centred in it. */
  inputPx: number
  outputPx: number
  /** Grey values 0..255, of the first channel. */
  image: Uint8ClampedArray<ArrayBuffer>
  classIndex: Uint8Array<ArrayBuffer>
  weight: Float32Array<ArrayBuffer>
}

export interface PreviewAnswer {
  patches: PatchPreview[]
  /** Highest weight shown, for the colours of all patches. */
  most: number
  /** What each class weighs, background first: as given, counted over this plane, or 1 where classes do not count. */
  classWeights: number[]
}

/** Draws the patches of one step. Throws 'not-ready' where nothing is painted. */
export function previewPatches(request: PreviewRequest): PreviewAnswer {
  const plan = planOf(request)
  const sampler = new Sampler(plan, [planeOf(request)])
  const { image, classIndex, weight, inputPx, outputPx } = sampler.batch(0)
  const imageSize = inputPx * inputPx * request.channels
  const size = outputPx * outputPx
  const patches = Array.from({ length: request.count }, (_, patch) => ({
    inputPx,
    outputPx,
    image: greyOf(image.subarray(patch * imageSize, (patch + 1) * imageSize), request.channels),
    classIndex: Uint8Array.from(classIndex.subarray(patch * size, (patch + 1) * size)),
    weight: weight.slice(patch * size, (patch + 1) * size),
  }))
  const most = weight.reduce((highest, value) => Math.max(highest, value), 0)
  const weights = plan.targets.classWeights.map((_, index) => classFactor(plan.targets, index))
  return { patches: outputPx === 1 ? patches.map(withinWindow) : patches, most, classWeights: weights }
}

/** A window of a pixel classifier as a patch of its own size, in which only the centre pixel is taught. */
function withinWindow({ inputPx, image, classIndex, weight }: PatchPreview): PatchPreview {
  const centre = (inputPx * inputPx - 1) / 2
  const [classes, weights] = [new Uint8Array(inputPx * inputPx), new Float32Array(inputPx * inputPx)]
  classes[centre] = classIndex[0]!
  weights[centre] = weight[0]!
  return { inputPx, outputPx: inputPx, image, classIndex: classes, weight: weights }
}

function greyOf(pixels: Float32Array, channels: number): Uint8ClampedArray<ArrayBuffer> {
  const grey = new Uint8ClampedArray(pixels.length / channels)
  for (let at = 0; at < grey.length; at++) grey[at] = pixels[at * channels]! * 255
  return grey
}

function planeOf({ width, height, pixels, labels, channels, isComplete, objectClasses }: PreviewRequest): SamplePlane {
  const key: Pick<PlaneKey, 'imageId' | 'z' | 't'> = { imageId: 0, z: 0, t: 0 }
  return {
    width,
    height,
    readLabels: (rect) => cut(labels, width, rect.x, rect.y, rect.w, rect.h, new Uint32Array(rect.w * rect.h), 0),
    readPixels: (rect) => {
      const out = new Float32Array(rect.w * rect.h * channels)
      for (let channel = 0; channel < channels; channel++) {
        const plane = pixels.subarray(channel * width * height, (channel + 1) * width * height)
        cut(plane, width, rect.x, rect.y, rect.w, rect.h, out, channel * rect.w * rect.h)
      }
      return out
    },
    item: {
      ...key,
      name: '',
      pixels: '',
      labels: '',
      isComplete,
      objectClasses,
      range: [],
      role: 'train',
      heldOut: [],
    },
  }
}

function cut<T extends Uint32Array | Float32Array>(
  from: T,
  width: number,
  x: number,
  y: number,
  w: number,
  h: number,
  out: T,
  at: number,
): T {
  for (let row = 0; row < h; row++) {
    const start = (y + row) * width + x
    out.set(from.subarray(start, start + w), at + row * w)
  }
  return out
}

/** The plan of a run on this plane alone; class weights are counted over it where the settings name none. */
function planOf(request: PreviewRequest): RunPlan {
  const { settings, classes, channels, seed, count } = request
  const rules = { carve: settings.targets.carve, classes }
  const counted = () => classWeights(paintedPixels(request.labels, request.width, request.height, request, rules))
  const given = settings.targets.classWeights
  const classNames = Array.from({ length: classes }, (_, index) => String(index))
  return {
    format: 1,
    id: '',
    name: '',
    preset: '',
    createdAt: '',
    cellbrush: '',
    device: 'auto',
    network: { ...settings.network, inputChannels: channels, classes },
    input: { channels: [0], percentileLow: 0, percentileHigh: 100 },
    targets: { ...settings.targets, classNames, classWeights: given.length === classes ? given : counted() },
    augmentation: settings.augmentation,
    optimization: { ...settings.optimization, seed, batch: count },
    items: [],
  }
}
