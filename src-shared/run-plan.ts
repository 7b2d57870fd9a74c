/**
 * What a run is: everything the engine needs, frozen at Start in `runs/ID/plan.json`. The engine reads this file, the
 * pixel and label files it names (relative to the run folder), and nothing else; so the folder can be copied to a
 * cluster and repeated on exactly what it saw.
 */
import * as v from 'valibot'
import { networkSchema } from './network-plan.ts'

export { type NetworkPlan, networkSchema } from './network-plan.ts'

const whole = v.pipe(v.number(), v.integer())
const atLeast = (least: number) => v.pipe(v.number(), v.integer(), v.minValue(least))
const positive = v.pipe(v.number(), v.gtValue(0))
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1))

export const rectSchema = v.object({ x: whole, y: whole, w: atLeast(1), h: atLeast(1) })

/** What an image must look like before it enters the network; travels with run and model. */
export const inputSchema = v.object({
  /** Which channels of an image enter, in this order. */
  channels: v.pipe(v.array(atLeast(0)), v.minLength(1)),
  /** (value - p_low) / (p_high - p_low), percentiles of the whole plane and channel, never of a tile. */
  percentileLow: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  percentileHigh: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  /** Of the training images, when all of them tell; an image with another size is rescaled. */
  pixelSizeUm: v.optional(v.object({ x: positive, y: positive })),
})
export type InputContract = v.InferOutput<typeof inputSchema>

/** How label maps become targets and weights (docs/science.md). */
export const targetsSchema = v.object({
  /** Class names; index 0 is background, object class k is index k. */
  classNames: v.pipe(v.array(v.string()), v.minLength(2)),
  /** Background ring around painted objects, in pixels; 0 switches it off. */
  ringPx: v.pipe(v.number(), v.minValue(0)),
  /** Separate touching objects by background: section 2 of the paper. */
  carve: v.boolean(),
  /**
   * What weighs: 'full' is wc and the border term, 'classes' wc alone, 'none' gives every painted pixel the weight 1.
   * Patches of a pixel classifier are drawn with equal shares of the classes already, so it takes 'none'.
   */
  weights: v.optional(v.picklist(['none', 'classes', 'full']), 'full'),
  w0: v.pipe(v.number(), v.minValue(0)),
  sigmaPx: positive,
  /** wc per class over the training set, also where `weights` does not apply it. */
  classWeights: v.array(v.pipe(v.number(), v.minValue(0))),
  /** wc as counted, where a person chose other `classWeights`: what drawing every class equally often amounts to. */
  countedWeights: v.optional(v.array(v.pipe(v.number(), v.minValue(0)))),
  /**
   * Class weights and drawing classes evenly teach other odds than the painted pixels have. When set, the model's last
   * bias takes them back (minus log wc per class), so that its probabilities are those of the painted classes. Not in
   * the paper.
   */
  calibrate: v.optional(v.boolean(), false),
})
export type TargetsPlan = v.InferOutput<typeof targetsSchema>

export const augmentationSchema = v.object({
  /** Off: patches are shown as they are; the settings below wait. */
  augment: v.optional(v.boolean(), true),
  /** Standard deviation of the displacements on the coarse grid, in pixels: 10 in the paper. */
  elasticPx: v.pipe(v.number(), v.minValue(0)),
  /** Displacement vectors per side of the patch: 3 in the paper. */
  elasticGrid: v.pipe(whole, v.minValue(2), v.maxValue(16)),
  rotate: v.boolean(),
  mirror: v.boolean(),
  /** Largest relative change of contrast, and of brightness in units of the normalised range. */
  greyContrast: share,
  greyBrightness: share,
  greyGamma: share,
  noiseSigma: share,
  /** Largest relative change of scale. */
  scale: share,
})
export type AugmentationPlan = v.InferOutput<typeof augmentationSchema>

export const optimizationSchema = v.object({
  optimizer: v.picklist(['momentum', 'adam']),
  learningRate: positive,
  /** Of momentum SGD: 0.99 in the paper. */
  momentum: v.pipe(v.number(), v.minValue(0), v.maxValue(0.9999)),
  /** Decoupled, per step, on convolution kernels only. */
  weightDecay: v.pipe(v.number(), v.minValue(0)),
  schedule: v.picklist(['constant', 'cosine']),
  /** Share of the steps in which the rate rises linearly from 0. */
  warmup: share,
  /** Exponential moving average of the weights used for validation and prediction; 0 switches it off. */
  weightAverage: v.pipe(v.number(), v.minValue(0), v.ltValue(1)),
  batch: atLeast(1),
  /**
   * Side of a U-Net's output tile in pixels; with 'valid' padding the input is larger by the margin. A pixel classifier
   * has its window instead.
   */
  patchPx: atLeast(4),
  /** Planned number of steps; absent while `minutes` has not been turned into steps. */
  steps: v.optional(atLeast(1)),
  /** Wall clock to plan the steps from at Start. */
  minutes: v.optional(positive),
  precision: v.picklist(['float32', 'bfloat16']),
  /** Native threads; 0 is one per core. */
  threads: atLeast(0),
  seed: atLeast(0),
  /** Validate after every this many steps; 0 only at the end. */
  validateEvery: atLeast(0),
  checkpointEvery: atLeast(1),
})
export type OptimizationPlan = v.InferOutput<typeof optimizationSchema>

/** One plane that teaches, or that is held out. */
export const planItemSchema = v.object({
  imageId: whole,
  name: v.string(),
  z: atLeast(0),
  t: atLeast(0),
  /** Pixel files, relative to the run folder (docs/architecture.md, "Pixel file"). */
  pixels: v.string(),
  labels: v.string(),
  /** Unpainted pixels count as background. */
  isComplete: v.boolean(),
  /** Class index (1..K-1) of each object id; ids not listed have class 1. */
  objectClasses: v.record(v.string(), atLeast(1)),
  /** Percentile values [low, high] of each channel of `input.channels`. */
  range: v.array(v.tuple([v.number(), v.number()])),
  role: v.picklist(['train', 'validation']),
  /** Within a training plane: blocks held out for validation, excluded from training. */
  heldOut: v.array(rectSchema),
})
export type PlanItem = v.InferOutput<typeof planItemSchema>

export const runPlanSchema = v.object({
  format: v.literal(1),
  id: v.string(),
  name: v.string(),
  preset: v.string(),
  createdAt: v.string(),
  cellbrush: v.string(),
  device: v.picklist(['auto', 'tensorflow', 'webgpu', 'cpu']),
  network: networkSchema,
  input: inputSchema,
  targets: targetsSchema,
  augmentation: augmentationSchema,
  optimization: optimizationSchema,
  items: v.pipe(v.array(planItemSchema), v.minLength(1)),
  /** Checkpoint to start from, relative to the run folder. */
  from: v.optional(v.string()),
  /** Those weights have learned from places that this run is judged by. */
  hasSeenHeldOut: v.optional(v.boolean()),
})
export type RunPlan = v.InferOutput<typeof runPlanSchema>

/** How probabilities become objects; chosen on validation, stored in the checkpoint. */
export const objectsSchema = v.object({
  /** Foreground where 1 - p(background) is at least this. */
  threshold: share,
  /** Seeds are components at this higher threshold, grown down to `threshold`; equal to it for plain components. */
  seedThreshold: share,
  minimumAreaPx: atLeast(0),
  fillHoles: v.boolean(),
  /** Pixels that objects grow back after thresholding, never into each other. */
  regrowPx: v.pipe(v.number(), v.minValue(0)),
})
export type ObjectsPlan = v.InferOutput<typeof objectsSchema>

/** What a model says of its predictions. */
const modelFactsSchema = v.object({
  objects: objectsSchema,
  /** Channels of the probabilities, the background's first. */
  classes: atLeast(2),
  /** Of each; "" where nobody knows any more. */
  classNames: v.array(v.string()),
})
export type ModelFacts = v.InferOutput<typeof modelFactsSchema>

/** A job in `predictions/ID/plan.json` (or a temporary folder): planes through one model. */
export const predictionPlanSchema = v.object({
  format: v.literal(1),
  id: v.string(),
  /** Checkpoint file, absolute or relative to the folder. */
  model: v.string(),
  /** Told here too, because the run of the model may be discarded; absent in plans of older versions. */
  facts: v.optional(modelFactsSchema),
  device: v.picklist(['auto', 'tensorflow', 'webgpu', 'cpu']),
  threads: atLeast(0),
  /** Mean over the 8 rotations and mirrors. */
  average: v.boolean(),
  /** Side of the output tile; absent: from the memory that is free. */
  tilePx: v.optional(atLeast(16)),
  items: v.array(
    v.object({
      name: v.string(),
      pixels: v.string(),
      z: atLeast(0),
      t: atLeast(0),
      range: v.array(v.tuple([v.number(), v.number()])),
      /** Pixel file to write: K channels, float32 or uint8/uint16 quantised (p * 255 or p * 65535, rounded). */
      output: v.string(),
      outputType: v.picklist(['float32', 'uint8', 'uint16']),
      /** With coarser levels, to be looked at. */
      withLevels: v.optional(v.boolean()),
      /**
       * Said when it is done: how large the image was made for the network, which learned another pixel size; `output` is
       * on the image's own grid.
       */
      scaledTo: v.optional(v.object({ width: atLeast(1), height: atLeast(1) })),
    }),
  ),
})
export type PredictionPlan = v.InferOutput<typeof predictionPlanSchema>
