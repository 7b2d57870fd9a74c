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

/** Ids from here on are a window's own, for objects that the host has not named yet: no stored object has one. */
export const FIRST_TEMPORARY_ID = 0xf0000000

export const isTemporary = (id: number): boolean => id >= FIRST_TEMPORARY_ID

/** The largest value of a label map; 0 of none. */
export function largestId(labels: Uint32Array): number {
  let largest = 0
  for (const id of labels) if (id > largest) largest = id
  return largest
}

/** A label map of one plane or of a window of it: row-major, `data[y * width + x]`. */
export interface LabelMap {
  width: number
  height: number
  data: Uint32Array
}
