/** Strokes: what they look like (schema), which pixels they cover (rasterise) and what they do to a plane (paint). */
export { type FloodOptions, flood, PixelSet } from './strokes/flood.ts'
export { FILL_LIMIT_PX, type ObjectRoom, type Painted, paint, rasterise } from './strokes/paint.ts'
export {
  type DrawnStroke,
  type ObjectStroke,
  parseStroke,
  type Stroke,
  type StrokeInput,
  type StrokeOf,
  type StrokePoint,
  type StrokeTool,
  strokeSchema,
} from './strokes/schema.ts'
export { areaOf, boundsOf, forEachSpan, type Spans } from './strokes/spans.ts'
