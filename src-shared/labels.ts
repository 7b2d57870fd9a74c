/** Codes of a label map, uint32 per pixel (docs/architecture.md, "Label map"). */
export const LABEL = {
  unpainted: 0,
  background: 1,
  boundary: 2,
  ignore: 3,
  /** Object ids start here; 4 to 15 are reserved and refused at the door. */
  firstObject: 16,
} as const

/** True when a label map's value is an object id. */
export const isObjectId = (value: number): boolean => value >= LABEL.firstObject

/** A label map of one plane or of a window of it: row-major, `data[y * width + x]`. */
export interface LabelMap {
  width: number
  height: number
  data: Uint32Array
}
