/**
 * What kind of network a run trains, and its sizes. The kind tells the rest apart: a U-Net, or the classifier of single
 * pixels that sliding windows are read with. Files written before there were kinds hold a U-Net.
 */
import * as v from 'valibot'

const whole = v.pipe(v.number(), v.integer())
const between = (least: number, most: number) => v.pipe(whole, v.minValue(least), v.maxValue(most))

/** So many classes a network can tell apart, beside background. */
export const MOST_CLASSES = 31

/** What every network has. */
const common = {
  inputChannels: v.pipe(whole, v.minValue(1)),
  /** Output classes including background: 2 in the paper. */
  classes: between(2, MOST_CLASSES + 1),
  /** Factor on the standard deviation of He's first weights, sqrt(2 / N); 1 is the paper's (section 3). */
  initScale: v.optional(v.pipe(v.number(), v.gtValue(0), v.maxValue(100)), 1),
}
const dropout = v.pipe(v.number(), v.minValue(0), v.maxValue(0.9))

/** Ronneberger et al. 2015, figure 1, with what the figure leaves open. */
export const unetSchema = v.object({
  kind: v.optional(v.literal('unet'), 'unet'),
  /** Number of 2x2 poolings: 4 in the paper. */
  depth: between(1, 6),
  /** Feature channels of the first level: 64 in the paper. */
  baseWidth: between(1, 256),
  ...common,
  /** 'valid' is the paper's; 'same' pads with zeros while training only: prediction is always unpadded. */
  padding: v.picklist(['valid', 'same']),
  /** Constant at prediction (folded into the convolutions). Not in the paper. */
  batchNorm: v.boolean(),
  /** Share of activations dropped at the end of the contracting path (section 3.1). */
  dropout,
  /** Concatenation of the contracting path's features; without it the expansive path knows only what comes from below. */
  skips: v.optional(v.boolean(), true),
})
export type UNetPlan = v.InferOutput<typeof unetSchema>

/** The sides that a window may have: odd, so that there is a centre pixel. */
export const LEAST_WINDOW_PX = 13
export const MOST_WINDOW_PX = 127

/**
 * Ciresan, Giusti, Gambardella, Schmidhuber, "Deep neural networks segment neuronal membranes in electron microscopy
 * images" (NIPS 2012): convolutions with max pooling, then two fully connected layers, for the class of one pixel.
 */
export const patchClassifierSchema = v.object({
  kind: v.literal('patch-classifier'),
  /** Side of the window around the pixel: 65 and 95 in the paper. The number of stages follows (`window-sides.ts`). */
  windowPx: v.pipe(
    between(LEAST_WINDOW_PX, MOST_WINDOW_PX),
    v.check((side) => side % 2 === 1, 'an odd number'),
  ),
  /** Feature maps of each convolution: 48 in the paper. */
  maps: between(1, 256),
  /** Neurons of the first fully connected layer: 200 in the paper. */
  hidden: between(1, 2048),
  ...common,
  /** Share of the fully connected layer's activations dropped; the paper has none. */
  dropout,
})
export type PatchClassifierPlan = v.InferOutput<typeof patchClassifierSchema>

export const networkSchema = v.variant('kind', [unetSchema, patchClassifierSchema])
export type NetworkPlan = v.InferOutput<typeof networkSchema>
export type NetworkKind = NetworkPlan['kind']

/** What a person chooses of a network; channels and classes follow from the project. */
export type NetworkChoice<N extends NetworkPlan = NetworkPlan> = N extends NetworkPlan
  ? Omit<N, 'inputChannels' | 'classes'>
  : never

/** For a person: "U-Net (16 channels, depth 4)". */
export const networkWords = (plan: NetworkChoice): string =>
  plan.kind === 'unet'
    ? `U-Net (${plan.baseWidth} channels, depth ${plan.depth})`
    : `sliding window of ${plan.windowPx} pixels (${plan.maps} maps)`
