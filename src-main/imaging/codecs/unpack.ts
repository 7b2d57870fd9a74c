/** Stored bytes to samples: byte order, odd bit depths, half floats and 64-bit integers. */
import { allocateSamples, type Samples, type SampleType, viewSamples } from '../../../src-shared/pixels.ts'

/** Unsigned integers of `bits` bits, most significant bit first, each row starting at a whole byte. */
export function unpackBitFields(
  bytes: Uint8Array,
  { bits, rowLength, rows }: { bits: number; rowLength: number; rows: number },
): Uint8Array | Uint16Array | Uint32Array {
  if (bits === 8) return bytes
  const values = allocateSamples(bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : 'uint32', rowLength * rows)
  if (bits === 16) {
    for (let i = 0; i < values.length; i++) values[i] = (bytes[2 * i]! << 8) | bytes[2 * i + 1]!
    return values as Uint16Array
  }
  const rowBytes = Math.ceil((rowLength * bits) / 8)
  for (let row = 0; row < rows; row++) {
    let at = row * rowBytes
    let held = 0 // up to 31 + 8 bits: kept as a double, exact below 2^53
    let heldBits = 0
    for (let i = 0; i < rowLength; i++) {
      while (heldBits < bits) {
        held = held * 256 + bytes[at++]!
        heldBits += 8
      }
      heldBits -= bits
      const value = Math.floor(held / 2 ** heldBits)
      held -= value * 2 ** heldBits
      values[row * rowLength + i] = value
    }
  }
  return values as Uint8Array | Uint16Array | Uint32Array
}

/** Values of `bits` bits with a sign in two's complement, from their unsigned pattern. */
export function withSign(values: Samples, bits: number): Samples {
  const half = 2 ** (bits - 1)
  const signed = allocateSamples(bits <= 8 ? 'int8' : bits <= 16 ? 'int16' : 'int32', values.length)
  for (let i = 0; i < values.length; i++) signed[i] = values[i]! >= half ? values[i]! - 2 * half : values[i]!
  return signed
}

/** Turns each sample's bytes around, in place. */
export function swapBytes(bytes: Buffer, sampleBytes: number): void {
  if (sampleBytes === 2) bytes.swap16()
  else if (sampleBytes === 4) bytes.swap32()
  else if (sampleBytes === 8) bytes.swap64()
}

/** Half floats (IEEE 754 binary16) as float32. */
export function widenHalves(halves: Uint16Array): Float32Array {
  return Float32Array.from(halves, (half) => {
    const sign = half & 0x8000 ? -1 : 1
    const exponent = (half >> 10) & 31
    const fraction = half & 1023
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
  })
}

/** 64-bit integers as float64: exact up to 2^53, nearest above. */
export const widenIntegers = (values: BigUint64Array | BigInt64Array): Float64Array =>
  Float64Array.from(values as BigUint64Array, Number)

/** The bytes as samples of `type`, copied only when they are not aligned. */
export function asSamples(type: SampleType, bytes: Uint8Array, sampleBytes: number): Samples {
  const isAligned = bytes.byteOffset % sampleBytes === 0
  const aligned = isAligned ? bytes : new Uint8Array(bytes)
  return viewSamples(type, aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / sampleBytes))
}

/** Samples stored pixel by pixel, sorted channel by channel. */
export function deinterleave(samples: Samples, channels: number, type: SampleType): Samples {
  if (channels === 1) return samples
  const count = samples.length / channels
  const sorted = allocateSamples(type, samples.length)
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < count; i++) sorted[channel * count + i] = samples[i * channels + channel]!
  }
  return sorted
}
