/** How one sample of one channel is stored. int64, half floats and odd bit depths are widened on decoding. */
export type SampleType = 'uint8' | 'uint16' | 'uint32' | 'int8' | 'int16' | 'int32' | 'float32' | 'float64'

export type Samples =
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Float32Array
  | Float64Array

/** Pixels of a rectangle of one plane, channel by channel: `data[(c * height + y) * width + x]`. */
export interface Pixels {
  width: number
  height: number
  channels: number
  data: Samples
}

export const BYTES_PER_SAMPLE: Record<SampleType, number> = {
  uint8: 1,
  uint16: 2,
  uint32: 4,
  int8: 1,
  int16: 2,
  int32: 4,
  float32: 4,
  float64: 8,
}

const CONSTRUCTORS = {
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  float32: Float32Array,
  float64: Float64Array,
} as const

/** An array of `length` zero samples of the given type. */
export const allocateSamples = (type: SampleType, length: number): Samples => new CONSTRUCTORS[type](length)

/** The samples of `bytes` without a copy; `bytes` must be aligned to the sample size. */
export const viewSamples = (type: SampleType, buffer: ArrayBufferLike, byteOffset: number, length: number): Samples =>
  new CONSTRUCTORS[type](buffer as ArrayBuffer, byteOffset, length)

/** The type whose array this is. */
export function sampleTypeOf(samples: Samples): SampleType {
  for (const type of Object.keys(CONSTRUCTORS) as SampleType[]) {
    if (samples instanceof CONSTRUCTORS[type]) return type
  }
  throw new Error('not an array of samples')
}
