/** Label images as other programs expect them: 0 is background or unknown, anything else an object id. */
import { largestId } from '../../src-shared/labels.ts'

/** The largest id that 16 bits hold, and a PNG. */
export const LARGEST_IN_16_BITS = 65535

/** The narrowest type that TIFF label images use for ids up to `largestId`. */
export const labelSampleType = (largestId: number): 'uint16' | 'uint32' =>
  largestId > LARGEST_IN_16_BITS ? 'uint32' : 'uint16'

/** Ids as samples of that type. */
export const labelSamples = (ids: Uint32Array): Uint16Array | Uint32Array =>
  labelSampleType(largestId(ids)) === 'uint16' ? Uint16Array.from(ids) : ids

/** The fewest bits that PNG label images use for ids up to `largestId`. */
export const labelDepth = (largestId: number): 8 | 16 => (largestId > 255 ? 16 : 8)
