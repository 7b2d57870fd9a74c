import type { Samples } from './pixels.ts'

/**
 * Probabilities as whole shares of 255, from whatever they were stored as: what a window gets, so that objects and classes
 * that are made elsewhere of quantised planes are those that it shows. What has 8 bits is answered as it is.
 */
export function asShares(data: Samples): Uint8Array {
  if (data instanceof Uint8Array) return data
  const scale = data instanceof Uint16Array ? 255 / 65535 : 255
  const shares = new Uint8Array(data.length)
  for (let at = 0; at < shares.length; at++) shares[at] = Math.round(data[at]! * scale)
  return shares
}

/** Quantised probabilities as a window gets them, 0 to 255; what was never quantised stays as exact as it is. */
export const asShown = (data: Samples): Samples => (data instanceof Uint16Array ? asShares(data) : data)
