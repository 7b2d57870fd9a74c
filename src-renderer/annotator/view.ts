/** What the eye gets: how grey values are shown and what lies over them. Nothing here changes a stored value. */
import type { SampleType } from '../../src-shared/pixels.ts'
import type { RampName } from './ramps.ts'

export interface Display {
  /** Stored values shown as black and as white. */
  low: number
  high: number
  /** Exponent of the shade: below 1 brightens the shadows. */
  gamma: number
  isInverted: boolean
  /** From 0; -1 composes the first three channels as red, green and blue. */
  channel: number
  lut: 'grey' | RampName
}

export interface Overlays {
  labels: boolean
  /** Of filled labels, 0..1; outlines are opaque. */
  labelOpacity: number
  isFilled: boolean
  colourBy: 'object' | 'class'
  weights: boolean
  weightOpacity: number
  weightRamp: RampName
  /** Hatches what teaches nothing. */
  teaches: boolean
  /** Of being an object, as a ramp. */
  probability: boolean
  /** An amber veil where the prediction is undecided. */
  uncertainty: boolean
  /** Outlines of the objects that a prediction proposes. */
  proposals: boolean
}

/** What makes the weight map; as in a run's plan. */
export interface Teaching {
  w0: number
  sigmaPx: number
  /** Width of the background ring; 0 switches it off. */
  ringPx: number
  carve: boolean
  /** wc of background and of each class; classes beyond the list weigh 1. */
  classWeights: readonly number[]
}

export const DEFAULT_DISPLAY: Display = { low: 0, high: 255, gamma: 1, isInverted: false, channel: 0, lut: 'grey' }

export const DEFAULT_OVERLAYS: Overlays = {
  labels: true,
  labelOpacity: 0.35,
  isFilled: true,
  colourBy: 'object',
  weights: false,
  weightOpacity: 0.7,
  weightRamp: 'viridis',
  teaches: false,
  probability: false,
  uncertainty: false,
  proposals: false,
}

/** The overlays while somebody looks at the picture alone. */
export const withoutLabels = (overlays: Overlays): Overlays => ({
  ...overlays,
  labels: false,
  weights: false,
  teaches: false,
  proposals: false,
})

export const DEFAULT_TEACHING: Teaching = { w0: 10, sigmaPx: 5, ringPx: 0, carve: true, classWeights: [] }

/** wc of a class index. */
export const classWeight = ({ classWeights }: Teaching, index: number): number => classWeights[index] ?? 1

/** The largest weight that a pixel can have: the upper end of the legend. */
export const mostWeight = (teaching: Teaching): number =>
  Math.max(classWeight(teaching, 0) + teaching.w0, ...teaching.classWeights, 1)

const LIMITS: Record<SampleType, [number, number]> = {
  uint8: [0, 255],
  uint16: [0, 65_535],
  uint32: [0, 4_294_967_295],
  int8: [-128, 127],
  int16: [-32_768, 32_767],
  int32: [-2_147_483_648, 2_147_483_647],
  float32: [0, 1],
  float64: [0, 1],
}

/** Values that a type can hold; for floats 0..1, which auto-contrast replaces. */
export const limitsOf = (type: SampleType): [number, number] => LIMITS[type]
