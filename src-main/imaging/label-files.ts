/** Label images as other programs expect them: 0 is background or unknown, anything else an object id. */

/** The largest id that 16 bits hold, and a PNG. */
export const LARGEST_IN_16_BITS = 65535

/** The narrowest type that TIFF label images use for ids up to `largestId`. */
export const labelSampleType = (largestId: number): 'uint16' | 'uint32' =>
  largestId > LARGEST_IN_16_BITS ? 'uint32' : 'uint16'

/** The fewest bits that PNG label images use for ids up to `largestId`. */
export const labelDepth = (largestId: number): 8 | 16 => (largestId > 255 ? 16 : 8)
