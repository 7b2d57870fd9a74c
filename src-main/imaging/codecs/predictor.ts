/** Undoes what encoders do to rows before compression: TIFF 6.0, section 14, and Adobe's Technical Note 3 (2005). */

type Integers = Uint8Array | Uint16Array | Uint32Array

/** Horizontal differencing (predictor 2) in place: sums along each row, modulo the array's or `bits`' range. */
export function sumRows(samples: Integers, rowLength: number, samplesPerPixel: number, bits: number): void {
  const mask = bits < 32 ? 2 ** bits - 1 : 0xffffffff
  for (let row = 0; row < samples.length; row += rowLength) {
    const end = Math.min(row + rowLength, samples.length)
    for (let i = row + samplesPerPixel; i < end; i++) {
      samples[i] = ((samples[i]! + samples[i - samplesPerPixel]!) & mask) >>> 0
    }
  }
}

/** The same for 64-bit samples. */
export function sumRows64(samples: BigUint64Array, rowLength: number, samplesPerPixel: number): void {
  for (let row = 0; row < samples.length; row += rowLength) {
    const end = Math.min(row + rowLength, samples.length)
    for (let i = row + samplesPerPixel; i < end; i++) samples[i]! += samples[i - samplesPerPixel]! // wraps at 2^64
  }
}

/**
 * Floating point prediction (predictor 3): sums bytes along each row, then brings the bytes of each sample, stored most
 * significant plane first, together. The result is little endian whatever the file's byte order.
 */
export function joinFloatBytes(
  bytes: Uint8Array,
  rowBytes: number,
  samplesPerPixel: number,
  sampleBytes: number,
): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(bytes.length)
  const count = rowBytes / sampleBytes
  for (let row = 0; row + rowBytes <= bytes.length; row += rowBytes) {
    for (let i = samplesPerPixel; i < rowBytes; i++) bytes[row + i]! += bytes[row + i - samplesPerPixel]!
    for (let sample = 0; sample < count; sample++) {
      for (let byte = 0; byte < sampleBytes; byte++) {
        joined[row + (sample + 1) * sampleBytes - 1 - byte] = bytes[row + byte * count + sample]!
      }
    }
  }
  return joined
}
