/** The store: a project folder and everything in it. docs/project-file.md describes the files. */
export { temporaryIn, writeFileDurably } from '../files/durable.ts'
export type { CheckOptions, CheckReport, Finding } from './check.ts'
export type { ObjectClass } from './classes.ts'
export { checksumAtEnd, hashFile, listFolder } from './folder-files.ts'
export type { ImageRecord, ImageRole, ImageShape, ImageStore, NewImage } from './images.ts'
export { inputKeyOf, predictedScale, readInputKey } from './input-key.ts'
export type { PlaneChange } from './label-change.ts'
export type { FilledObjects, FillSource, LabelFill } from './label-fill.ts'
export type { StrokeAnswer } from './label-strokes.ts'
export type { LabelStep, LabelStore, RegionSource, Replayed } from './labels.ts'
export { describeHolder, FolderLock, type Holder } from './lock.ts'
export type {
  ObjectAttributes,
  ObjectExtent,
  ObjectOrigin,
  ObjectRecord,
  ObjectState,
  PlacedObject,
} from './objects.ts'
export type { Original } from './originals.ts'
export type { LayerProgress, PlaneState } from './planes.ts'
export {
  type NewPrediction,
  PREDICTION_FINISHED,
  type PredictedPlane,
  type PredictionRecord,
  type PredictionState,
} from './predictions.ts'
export type { NewProject } from './project-files.ts'
export { type OpenOptions, ProjectStore } from './project-store.ts'
export type { ReadyMaps } from './ready-maps.ts'
export type { PinnedRevision, PinOwner } from './revisions.ts'
export { type RunPoint, type RunProgress, type RunState, readLog, readRunPlan } from './run-log.ts'
export type { NewRun, RunChange, RunRecord } from './runs.ts'
export type { Score } from './scores.ts'
