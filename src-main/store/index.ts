/** The store: a project folder and everything in it. docs/project-file.md describes the files. */
export type { ObjectClass } from './classes.ts'
export { isTemporary, removeTemporaries, temporaryIn, writeFileDurably } from './durable-files.ts'
export type { ImageRecord, ImageRole, ImageShape, NewImage } from './images.ts'
export type { PlaneChange } from './label-change.ts'
export type { StrokeAnswer } from './label-strokes.ts'
export type { LabelStep, LabelStore, RegionSource, Replayed } from './labels.ts'
export { describeHolder, FolderLock, type Holder } from './lock.ts'
export type {
  MeasuredObject,
  ObjectAttributes,
  ObjectExtent,
  ObjectOrigin,
  ObjectRecord,
  ObjectState,
} from './objects.ts'
export type { Original } from './originals.ts'
export type { PlaneState } from './planes.ts'
export { type NewProject, type OpenOptions, ProjectStore } from './project-store.ts'
export type { PinnedRevision, PinOwner } from './revisions.ts'
