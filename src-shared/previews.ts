/**
 * Snapshots of what a training predicts for one held-out region, so that it can be watched (docs/architecture.md,
 * "Run folder"). The engine writes them, the host serves them, the window shows them.
 */
import * as v from 'valibot'
import { type RunPlan, rectSchema } from './run-plan.ts'

/** Longest side of the region in pixels: seen at once, and predicted in a moment. */
export const PREVIEW_SIDE_PX = 512
/** Class index of a pixel without a known truth: nobody painted it, or it is marked unknown. */
export const NOT_COUNTED = 255

/** Which part of which plane is shown: chosen once, at the run's first start. */
export const previewRegionSchema = v.object({
  format: v.literal(1),
  imageId: v.number(),
  /** Of the image. */
  name: v.string(),
  z: v.number(),
  t: v.number(),
  /** In pixels of the plane. */
  rect: rectSchema,
  /** Channels of a snapshot, background first. */
  classes: v.number(),
})
export type PreviewRegion = v.InferOutput<typeof previewRegionSchema>

/** First snapshot: early enough to be seen within seconds, late enough to be more than noise. */
const FIRST_STEP = 25
/** Snapshots kept of a run. */
const MOST_KEPT = 9
/** The newest are always kept. */
const NEWEST_KEPT = 3

/** What of a run's plan says when snapshots are taken. */
export interface PreviewRhythm {
  network: Pick<RunPlan['network'], 'kind'>
  optimization: Pick<RunPlan['optimization'], 'validateEvery'>
}

/** After how many steps there is something to see; undefined: at the end. */
export function firstPreviewStep({ network, optimization: { validateEvery } }: PreviewRhythm): number | undefined {
  const early = network.kind === 'unet' ? FIRST_STEP : Number.POSITIVE_INFINITY
  const first = Math.min(early, validateEvery > 0 ? validateEvery : Number.POSITIVE_INFINITY)
  return Number.isFinite(first) ? first : undefined
}

/**
 * Whether a snapshot is taken after this step beside those of validations: after 25, 50, 100 ... steps until
 * validations begin, because a network changes most at first and validations are far apart. Not of a pixel classifier,
 * which takes minutes for what a U-Net sees at once.
 */
export function isEarlyPreview(step: number, { network, optimization: { validateEvery } }: PreviewRhythm): boolean {
  if (network.kind !== 'unet' || (validateEvery > 0 && step >= validateEvery)) return false
  const doublings = Math.log2(step / FIRST_STEP)
  return doublings >= 0 && Number.isInteger(doublings)
}

/** Name of a snapshot's file in `preview/`. */
export const snapshotFile = (step: number): string => `step-${step}.cbpx`

/** The step of a file of that name; undefined for other files. */
export function stepOfSnapshot(name: string): number | undefined {
  const step = /^step-(\d{1,9})\.cbpx$/.exec(name)?.[1]
  return step === undefined ? undefined : Number(step)
}

/**
 * Which snapshots stay, of those at `steps`: at most 9, the first, the 3 newest and the one just `taken` among them. Of
 * the others the one goes first whose neighbours are the least apart as a ratio of steps, since less and less changes
 * as training goes on.
 */
export function keptPreviews(steps: readonly number[], taken: number): number[] {
  const kept = steps.toSorted((a, b) => a - b)
  while (kept.length > MOST_KEPT) {
    let [leastAt, least] = [-1, Number.POSITIVE_INFINITY]
    for (let at = 1; at < kept.length - NEWEST_KEPT; at++) {
      const ratio = kept[at + 1]! / kept[at - 1]!
      if (kept[at] !== taken && ratio < least) [leastAt, least] = [at, ratio]
    }
    kept.splice(leastAt, 1)
  }
  return kept
}
