/**
 * A stroke is what the user did, as geometry: it is drawn by the same code in the window and in the host.
 *
 * Coordinates are image pixels: pixel (i, j) covers i <= x < i + 1, j <= y < j + 1 and has its centre at
 * (i + 0.5, j + 0.5). They may lie outside the image.
 */
import * as v from 'valibot'
import { isObjectId, LABEL } from '../labels.ts'

const MOST_POINTS = 100_000
const coordinate = v.pipe(v.number(), v.minValue(-1e7), v.maxValue(1e7))
const whole = v.pipe(v.number(), v.integer())

/** Made by the client and never used twice: a stroke that is sent again is answered and not painted again. */
const id = v.pipe(v.string(), v.minLength(1), v.maxLength(128))

/** [x, y] or [x, y, pressure]; pressure in 0..1 scales the radius and is 1 where it is absent. */
const point = v.union([
  v.strictTuple([coordinate, coordinate]), // strict, or it would take the other kind too and drop the pressure
  v.strictTuple([coordinate, coordinate, v.pipe(v.number(), v.minValue(0), v.maxValue(1))]),
])
const path = v.pipe(v.array(point), v.minLength(1), v.maxLength(MOST_POINTS))

/** Below sqrt(1/2) px the path snaps to pixel centres and is a pixel wide. */
const radiusPx = v.pipe(v.number(), v.gtValue(0), v.maxValue(4096))

const objectId = v.pipe(whole, v.minValue(LABEL.firstObject), v.maxValue(0xffffffff))
const objectIds = v.pipe(v.array(objectId), v.minLength(1), v.maxLength(100_000))

const NAMED_LABELS = {
  unpainted: LABEL.unpainted,
  background: LABEL.background,
  boundary: LABEL.boundary,
  ignore: LABEL.ignore,
} as const

/** 'new' makes an object, a number is an object id or a code of LABEL, the other words stand for those codes. */
const label = v.union([
  v.literal('new'),
  v.pipe(
    v.picklist(['unpainted', 'background', 'boundary', 'ignore']),
    v.transform((name): number => NAMED_LABELS[name]),
  ),
  v.pipe(
    whole,
    v.minValue(0),
    v.maxValue(0xffffffff),
    v.check((value) => value <= LABEL.ignore || isObjectId(value), 'the labels 4 to 15 are reserved'),
  ),
])

/** In every stroke. The base revision is the plane's revision that the user saw; it is kept for the record. */
const common = { id, baseRevision: v.optional(v.pipe(whole, v.minValue(0))) }

const paints = {
  ...common,
  label,
  /** Class of an object that this stroke makes; the project's first class unless given. */
  classId: v.optional(whole),
  /** Leaves pixels of other objects and of boundaries as they are. */
  protectOthers: v.optional(v.boolean(), false),
}

const rect = v.object({ x: whole, y: whole, w: v.pipe(whole, v.minValue(1)), h: v.pipe(whole, v.minValue(1)) })

export const strokeSchema = v.variant('tool', [
  /** A round brush swept along the path. */
  v.strictObject({
    tool: v.literal('brush'),
    ...paints,
    path,
    radiusPx,
    /** Fills what the painted object encloses and nobody has painted. */
    fillHoles: v.optional(v.boolean(), false),
  }),
  /** Writes 0 (unpainted), on the object `only` alone where it is given. */
  v.strictObject({ tool: v.literal('eraser'), ...common, path, radiusPx, only: v.optional(objectId) }),
  /** Paints boundary; an object that it cuts apart becomes several: the largest part keeps the id. */
  v.strictObject({ tool: v.literal('boundary'), ...common, path, radiusPx }),
  /** The inside of a closed outline, by the pixel centre rule. */
  v.strictObject({
    tool: v.literal('polygon'),
    ...paints,
    path: v.pipe(v.array(point), v.minLength(3), v.maxLength(MOST_POINTS)),
    rule: v.optional(v.picklist(['evenodd', 'nonzero']), 'nonzero'),
  }),
  /** The 4-connected pixels of one value around a pixel, no further than `within`. */
  v.strictObject({
    tool: v.literal('fill'),
    ...paints,
    at: v.tuple([coordinate, coordinate]),
    within: v.optional(rect),
  }),
  /** Cuts an object along a line; both sides keep all their pixels, the larger one the id. */
  v.strictObject({ tool: v.literal('split'), ...common, objectId, path }),
  /** Makes objects unpainted, in all planes. */
  v.strictObject({ tool: v.literal('delete'), ...common, objectIds }),
  /** All objects become the first one, in all planes. */
  v.strictObject({ tool: v.literal('merge'), ...common, objectIds: v.pipe(objectIds, v.minLength(2)) }),
  /** Turns the pixels of objects, in all planes, into unpainted, background, boundary, ignore, or one new object. */
  v.strictObject({
    tool: v.literal('relabel'),
    ...common,
    objectIds,
    label: v.pipe(
      label,
      v.check((value) => value === 'new' || value <= LABEL.ignore, 'to join objects use "merge"'),
    ),
  }),
  v.strictObject({ tool: v.literal('setClass'), ...common, objectIds, classId: whole }),
  /** Rejecting turns the pixels into background and keeps the object's row. */
  v.strictObject({
    tool: v.literal('setState'),
    ...common,
    objectIds,
    state: v.picklist(['proposed', 'accepted', 'rejected']),
  }),
  /** Says that the plane is painted completely (or not): its unpainted pixels count as background. */
  v.strictObject({ tool: v.literal('complete'), ...common, isComplete: v.boolean() }),
])

/** A stroke after parsing: named labels are numbers, options have their defaults. */
export type Stroke = v.InferOutput<typeof strokeSchema>
/** A stroke as it may be written by hand. */
export type StrokeInput = v.InferInput<typeof strokeSchema>
export type StrokeTool = Stroke['tool']
export type StrokeOf<T extends StrokeTool> = Extract<Stroke, { tool: T }>
export type StrokePoint = v.InferOutput<typeof point>

/** Strokes that change pixels of one plane where they are drawn. */
export type DrawnStroke = StrokeOf<'brush' | 'eraser' | 'boundary' | 'polygon' | 'fill' | 'split'>
/** Strokes that act on whole objects or on the plane's mark. */
export type ObjectStroke = Exclude<Stroke, DrawnStroke>

/** Checks a stroke from outside; throws a `v.ValiError` whose message says what is wrong. */
export const parseStroke = (input: unknown): Stroke => v.parse(strokeSchema, input)
