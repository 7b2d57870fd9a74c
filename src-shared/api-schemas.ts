/** What each request's parameters must look like: everything that comes over the contract is checked here, once. */
import * as v from 'valibot'
import type { Method, Params } from './api.ts'
import { pixelSizeSchema } from './pixel-size.ts'
import { objectsSchema } from './run-plan.ts'
import { OBJECT_AIMS } from './scores/aims.ts'
import { strokeSchema } from './strokes.ts'

const whole = v.pipe(v.number(), v.safeInteger())
const index = v.pipe(whole, v.minValue(0))
const id = v.pipe(whole, v.minValue(1))
const objectId = v.pipe(whole, v.minValue(16), v.maxValue(0xffffffff))
const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest))
const named = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(200))
const layer = v.pipe(v.string(), v.minLength(1), v.maxLength(100))
const colour = v.pipe(v.string(), v.regex(/^#[0-9a-f]{6}$/i), v.toLowerCase())
const plane = v.strictObject({ imageId: id, layer, z: index, t: index })
const list = <Item extends v.GenericSchema>(item: Item, most: number) => v.pipe(v.array(item), v.maxLength(most))
const objectIds = v.pipe(list(objectId, 100_000), v.minLength(1))
/** Ids of runs and predictions are names of folders: no separators, no way up. */
const folderId = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/))
/** An id of an upload, or a place under a folder of the operator: "0/plates/a.tif". */
const fileId = v.pipe(v.string(), v.minLength(1), v.maxLength(4096))
const share = v.pipe(v.number(), v.gtValue(0), v.maxValue(0.5))
const percent = v.pipe(v.number(), v.minValue(0), v.maxValue(100))
const device = v.picklist(['auto', 'tensorflow', 'webgpu', 'cpu'])
const role = v.picklist(['train', 'validation', 'test'])
const nothing = v.strictObject({})

const training = v.strictObject({
  preset: v.picklist(['fast', 'paper', 'sliding-window']),
  minutes: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(60 * 24 * 30))),
  steps: v.optional(v.pipe(id, v.maxValue(100_000_000))),
  seed: v.optional(v.pipe(index, v.maxValue(2 ** 32 - 1))),
  device: v.optional(device),
  name: v.optional(named),
  imageIds: v.optional(list(id, 1_000_000)),
  validationShare: v.optional(share),
  from: v.optional(folderId),
  settings: v.optional(v.record(text(100), v.union([text(1000), v.number(), v.boolean()]))),
})

const places = list(v.strictObject({ x: index, y: index }), 1_000_000)
const chosenProposals = {
  id: folderId,
  plane,
  objects: objectsSchema,
  chosen: v.optional(places),
  except: v.optional(places),
  region: v.optional(v.strictObject({ x: index, y: index, w: id, h: id })),
}

/** A request without a schema, or a schema that does not make the parameters, does not compile. */
export const PARAMS = {
  'project.view': nothing,
  'project.rename': v.strictObject({ name: named }),
  'class.add': v.strictObject({ name: named, colour }),
  'class.update': v.strictObject({ id, name: v.optional(named), colour: v.optional(colour) }),

  'image.update': v.strictObject({
    id,
    name: v.optional(named),
    role: v.optional(role),
    notes: v.optional(text(100_000)),
    isTrashed: v.optional(v.boolean()),
  }),
  'image.setPixelSize': v.strictObject({
    ids: v.pipe(list(id, 1_000_000), v.minLength(1)),
    pixelSizeUm: v.union([pixelSizeSchema, v.literal('unknown')]),
  }),
  'image.relink': v.strictObject({ id, file: fileId }),
  'image.range': v.pipe(
    v.strictObject({ id, z: index, t: index, channel: index, low: percent, high: percent }),
    v.check(({ low, high }) => low <= high, 'low must not be above high'),
  ),

  'plane.view': v.strictObject({ plane }),
  'plane.objects': v.strictObject({ plane }),
  'plane.painted': v.strictObject({ plane }),
  'plane.stroke': v.strictObject({ plane, stroke: strokeSchema }),
  'object.reserve': v.strictObject({ imageId: id, layer, count: v.pipe(id, v.maxValue(1_000_000)) }),
  'history.undo': v.strictObject({ imageId: id, layer }),
  'history.redo': v.strictObject({ imageId: id, layer }),
  'object.planes': v.strictObject({ imageId: id, layer, objectId }),
  'object.interpolate': v.strictObject({ plane, objectId, toZ: index }),
  'object.copyTo': v.strictObject({ plane, objectIds, z: index, t: index }),

  'device.list': v.strictObject({ measure: v.boolean() }),
  'training.readiness': training,
  'training.classWeights': training,
  'training.start': training,
  'training.resume': v.strictObject({ run: folderId }),
  'training.control': v.strictObject({ action: v.picklist(['pause', 'continue', 'stop']) }),
  'run.details': v.strictObject({ id: folderId }),
  'run.previews': v.strictObject({ id: folderId }),
  'run.rename': v.strictObject({ id: folderId, name: named }),
  'run.discard': v.strictObject({ id: folderId }),

  'prediction.start': v.strictObject({
    run: v.optional(folderId),
    imageIds: v.pipe(list(id, 1_000_000), v.minLength(1)),
    average: v.optional(v.boolean()),
    rescale: v.optional(v.boolean()),
    device: v.optional(device),
  }),
  'prediction.objects': v.strictObject({ id: folderId, aim: v.picklist(OBJECT_AIMS) }),
  'prediction.cancel': v.strictObject({ id: folderId }),
  'prediction.accept': v.strictObject({
    ...chosenProposals,
    ringPx: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1000))),
  }),
  'prediction.reject': v.strictObject(chosenProposals),

  'import.start': v.strictObject({
    files: v.pipe(list(fileId, 100_000), v.minLength(1)),
    masks: v.optional(list(fileId, 100_000)),
    maskKind: v.optional(v.picklist(['instances', 'binary', 'classes', 'colours', 'per-object'])),
    foreground: v.optional(v.pipe(index, v.maxValue(0xffffffff))),
    map: v.optional(text(10_000)),
    role: v.optional(role),
    isComplete: v.optional(v.boolean()),
  }),
  'import.forget': v.strictObject({ files: list(fileId, 200_000) }),
  'import.browse': v.strictObject({ place: text(4096) }),
  'export.start': v.strictObject({
    format: v.picklist(['labels-tiff', 'labels-png', 'classes-tiff', 'classes-png']),
    source: v.picklist(['annotation', 'prediction']),
    imageIds: v.optional(list(id, 1_000_000)),
    run: v.optional(folderId),
    isCompact: v.optional(v.boolean()),
  }),
} as const satisfies { [M in Method]: v.GenericSchema<unknown, Params<M>> }

/** An optional parameter that no schema knows would be refused; it does not compile either. */
type Forgotten = {
  [M in Exclude<Method, 'project.view'>]: Exclude<keyof Params<M>, keyof v.InferInput<(typeof PARAMS)[M]>>
}[Exclude<Method, 'project.view'>]
const NOTHING_FORGOTTEN: [Forgotten] extends [never] ? true : Forgotten = true
void NOTHING_FORGOTTEN

/** What a client may send: a request, or that it no longer wants an answer. `params` are checked by the method. */
export const clientMessageSchema = v.union([
  v.strictObject({ id, method: v.picklist(Object.keys(PARAMS) as Method[]), params: v.unknown() }),
  v.strictObject({ id, abort: v.literal(true) }),
])
