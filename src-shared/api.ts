/**
 * The contract: every request, its answer and every event between a window (or another client) and the application
 * core, typed once. Each shell (Electron, local server) carries it as messages; pixels travel beside it as binary tiles
 * (`data-urls.ts`). Only ids and names cross it, never paths.
 *
 * A request is one line here and one schema in `api-schemas.ts`; a missing handler does not compile.
 */
import type { DeviceReport, RunEvent } from './engine-api.ts'
import type { LABEL } from './labels.ts'
import type { Scale } from './pixel-size.ts'
import type { SampleType } from './pixels.ts'
import type { PixelSizeUm, PlaneKey, Rect } from './planes.ts'
import type { PresetName } from './presets.ts'
import type { PreviewRegion } from './previews.ts'
import type { ObjectsPlan, RunPlan } from './run-plan.ts'
import type { ObjectsAim } from './scores/aims.ts'
import type { StrokeInput } from './strokes.ts'
import type { TilePosition } from './tile-map.ts'

export type ImageRole = 'train' | 'validation' | 'test'
export type ObjectState = 'proposed' | 'accepted' | 'rejected'

export interface ClassView {
  id: number
  name: string
  /** "#rrggbb" */
  colour: string
}

export interface ImageView {
  id: number
  name: string
  fileName: string
  width: number
  height: number
  channels: number
  sampleType: SampleType
  z: number
  t: number
  pixelSizeUm?: PixelSizeUm
  role: ImageRole
  notes: string
  isTrashed: boolean
  /** A linked original that is no longer where it was. */
  isMissing: boolean
  /** Planes with something painted, planes marked complete, objects (not rejected) of the default layer. */
  painted: number
  complete: number
  objects: number
}

/** A program that has the project open for writing. */
export interface HolderView {
  /** "Cellbrush workstation", "cellbrush train", ... */
  program: string
  pid: number
  host: string
  /** ISO 8601, or "unknown". */
  since: string
}

export interface ProjectView {
  name: string
  notes: string
  createdAt: string
  /** Tells copies of the project apart, which share the rest: another one for each folder, and no path. */
  folderId: string
  /** Another program has the project: everything can be looked at, nothing changed. */
  readOnly: boolean
  /** Who has it, when readOnly. */
  holder?: HolderView
  classes: ClassView[]
  images: ImageView[]
  runs: RunView[]
  predictions: PredictionView[]
  /** Missing or damaged files found at opening, one sentence each. */
  findings: string[]
  /** The sample project that the first start opens. */
  isSample: boolean
}

export interface PlaneView {
  revision: number
  isComplete: boolean
  undo: number
  redo: number
}

/** What a stroke, an undo or anything else changed in one plane. */
export interface PlaneChangeView {
  plane: PlaneKey
  rect: Rect
  revision: number
}

/** What an undo or a redo did. */
export interface ReplayView {
  changes: PlaneChangeView[]
  kind: string
  /** Names the action: a stroke's id, or what `prediction.accept` answered. */
  action: string
}

export interface ObjectView {
  id: number
  classId: number
  origin: string
  state: ObjectState
  areaPx: number
  /** Of its pixels in the plane asked for. */
  box: Rect
  z: number
  t: number
}

export interface RunView {
  id: string
  name: string
  preset: string
  createdAt: string
  state: 'planned' | 'running' | 'paused' | 'interrupted' | 'stopped' | 'finished' | 'diverged' | 'failed'
  step: number
  steps?: number
  score?: number
  device?: string
  secondsPerStep?: number
  /** Can predict. */
  hasModel: boolean
  /** Somebody has asked it to stop, in whichever window: what it has learned is being measured and kept. */
  isStopping?: boolean
  /** One sentence when something went wrong. */
  message?: string
}

export interface RunDetails extends RunView {
  plan: RunPlan
  /** All that happened; of the steps of a long run so many that a curve shows no less. */
  events: RunEvent[]
}

/** What a run predicted, while it learned, for one region that does not teach (`previewUrl`). */
export interface RunPreviews {
  region: PreviewRegion
  /** Steps with a snapshot, ascending; older ones are thinned out. */
  steps: number[]
  /** The step whose weights the run's model has, once there is a model. */
  modelStep?: number
}

export interface TrainingRequest {
  preset: PresetName
  minutes?: number
  steps?: number
  seed?: number
  device?: RunPlan['device']
  name?: string
  /** Only these images teach; all painted ones where left out. */
  imageIds?: number[]
  /** Share of the painted area held out where no image has the role validation. */
  validationShare?: number
  /** Start with the weights of this run. */
  from?: string
  /** Changes of the preset by dotted name, as `--set`. */
  settings?: Record<string, string | number | boolean>
}

export interface ReadinessView {
  canStart: boolean
  problems: { severity: 'blocks' | 'warns'; sentence: string }[]
  images: number
  objects: number
}

export interface PredictionView {
  id: string
  runId: string
  createdAt: string
  state: 'planned' | 'running' | 'finished' | 'failed' | 'interrupted'
  /** How its run makes objects of probabilities, in the network's pixels (`objectsOnImage`). */
  objects: ObjectsPlan
  /** Background among them. */
  classes: number
  /** Class of the project that accepting gives to each class index, by name, else by place; index 0 is background. */
  classIds: number[]
  /** Those that are there, in whatever state it is. */
  planes: { imageId: number; z: number; t: number }[]
  /** The probabilities of its planes are means over the 8 rotations and mirrors. */
  isAveraged?: boolean
  /** By image, the pixels of the network to one of it, of those that were predicted at another pixel size than their own. */
  scales?: Record<number, Scale>
}

/** Objects that a prediction proposes for a plane. */
export interface ChosenProposals {
  id: string
  plane: PlaneKey
  objects: ObjectsPlan
  /** A pixel of each chosen object, because a part of a plane is numbered otherwise than the whole; all where left out. */
  chosen?: { x: number; y: number }[]
  /** A pixel of each object that is left out. */
  except?: { x: number; y: number }[]
  /** The part of the plane that the objects are made of, as if there were no more of it; all of it where left out. */
  region?: Rect
}

export interface ImportRequest {
  /** Uploaded files by the ids that the upload answered, or places under a folder the operator named. */
  files: string[]
  masks?: string[]
  maskKind?: 'instances' | 'binary' | 'classes' | 'colours' | 'per-object'
  foreground?: number
  map?: string
  role?: ImageRole
  isComplete?: boolean
}

export interface ImportOutcome {
  file: string
  /** 'left' where the import was stopped before it had this file. */
  state: 'imported' | 'known' | 'failed' | 'left'
  /** The known image was in the trash. */
  isPutBack?: true
  imageId?: number
  objects?: number
  /** Whether a mask came with it, where there were masks. */
  hasMask?: boolean
  /** One sentence when it failed. */
  message?: string
}

/** A stopped import is answered, too. */
export interface ImportResult {
  /** In the order of their names. */
  outcomes: ImportOutcome[]
  /** Names of the masks that belong to none of the images. */
  unmatchedMasks: string[]
  /** Of what was given, by its ids, what is still to be imported after a stop. */
  left?: { files: string[]; masks: string[] }
}

export interface ExportRequest {
  /** Of classes: one value a pixel, 0 background, 1, 2 ... the classes in their order, 255 unknown. */
  format: 'labels-tiff' | 'labels-png' | 'classes-tiff' | 'classes-png'
  source: 'annotation' | 'prediction'
  imageIds?: number[]
  run?: string
  isCompact?: boolean
}

/** Each request: its parameters and its answer. */
export interface Api {
  'project.view': { params: Record<string, never>; result: ProjectView }
  'project.rename': { params: { name: string }; result: null }
  'class.add': { params: { name: string; colour: string }; result: ClassView }
  'class.update': { params: { id: number; name?: string; colour?: string }; result: null }

  'image.update': {
    params: { id: number; name?: string; role?: ImageRole; notes?: string; isTrashed?: boolean }
    result: ImageView
  }
  /**
   * What a person says of the size of a pixel of these images. Only what the numbers mean changes, no pixel. A z is
   * kept where an image has planes.
   */
  'image.setPixelSize': { params: { ids: number[]; pixelSizeUm: PixelSizeUm | 'unknown' }; result: null }
  /** Finds a missing linked original again among uploaded files, by its hash. */
  'image.relink': { params: { id: number; file: string }; result: ImageView }
  /** Values at two percentiles of a plane and channel. */
  'image.range': {
    params: { id: number; z: number; t: number; channel: number; low: number; high: number }
    result: [number, number]
  }

  'plane.view': { params: { plane: PlaneKey }; result: PlaneView }
  'plane.objects': { params: { plane: PlaneKey }; result: ObjectView[] }
  /** The tiles in which something is painted. */
  'plane.painted': { params: { plane: PlaneKey }; result: TilePosition[] }
  /** Idempotent by stroke.id: resending after a lost connection does not double. */
  'plane.stroke': {
    params: { plane: PlaneKey; stroke: StrokeInput }
    result: { revision: number; changes: PlaneChangeView[]; objectId?: number; created: number[] }
  }
  /** A block of object ids of its own, so that a window can paint a new object before the answer comes. */
  'object.reserve': { params: { imageId: number; layer: string; count: number }; result: { first: number } }
  'history.undo': {
    params: { imageId: number; layer: string }
    result: ReplayView | null
  }
  'history.redo': {
    params: { imageId: number; layer: string }
    result: ReplayView | null
  }
  /** The planes that show an object, in the order of t and z. */
  'object.planes': {
    params: { imageId: number; layer: string; objectId: number }
    result: { z: number; t: number }[]
  }
  /** Fills the planes between two planes that show the object, by interpolating the signed distance to its outline. */
  'object.interpolate': {
    params: { plane: PlaneKey; objectId: number; toZ: number }
    result: { changes: PlaneChangeView[] }
  }
  /** Copies objects of a plane to the next one, keeping their ids. */
  'object.copyTo': {
    params: { plane: PlaneKey; objectIds: number[]; z: number; t: number }
    result: { changes: PlaneChangeView[] }
  }

  'device.list': { params: { measure: boolean }; result: { devices: DeviceReport[]; chosen: string } }
  'training.readiness': { params: TrainingRequest; result: ReadinessView }
  /**
   * wc of background and of each class, as this run would count them over what teaches it: painted pixels / (classes x
   * painted pixels of the class), 0 for a class that nobody has painted. Empty while nothing is painted.
   */
  'training.classWeights': { params: TrainingRequest; result: { weights: number[] } }
  'training.start': { params: TrainingRequest; result: RunView }
  'training.resume': { params: { run: string }; result: RunView }
  'training.control': { params: { action: 'pause' | 'continue' | 'stop' }; result: null }
  'run.details': { params: { id: string }; result: RunDetails }
  /** Null where there is no snapshot yet, or nothing is held out. */
  'run.previews': { params: { id: string }; result: RunPreviews | null }
  'run.rename': { params: { id: string; name: string }; result: null }
  /** Deletes a run's folder; cannot be undone. */
  'run.discard': { params: { id: string }; result: null }

  'prediction.start': {
    params: {
      run?: string
      imageIds: number[]
      /** Mean over the 8 rotations and mirrors. */
      average?: boolean
      /** Images with another pixel size than the run's are predicted at the run's, and come back on their own grid. */
      rescale?: boolean
      device?: RunPlan['device']
    }
    result: PredictionView
  }
  /**
   * How probabilities become objects for an aim, chosen on what the prediction's run held out; some seconds when it is
   * asked for the first time.
   */
  'prediction.objects': { params: { id: string; aim: ObjectsAim }; result: ObjectsPlan }
  'prediction.cancel': { params: { id: string }; result: null }
  /** Objects of a prediction as editable annotation, one undo step; those painted before are kept. */
  'prediction.accept': {
    params: ChosenProposals & { ringPx?: number }
    /** `leftOut`: a pixel of each chosen object that was not accepted, because most of it is painted already. */
    result: { changes: PlaneChangeView[]; created: number[]; leftOut: { x: number; y: number }[]; action: string }
  }
  /**
   * Background where the chosen objects are and nobody has painted, one undo step; the objects are remembered as
   * rejected.
   */
  'prediction.reject': {
    params: ChosenProposals
    result: { changes: PlaneChangeView[]; rejected: number[]; action: string }
  }

  'import.start': { params: ImportRequest; result: ImportResult }
  /** Uploads that will not be asked for: they take no more room. Whatever else is named stays. */
  'import.forget': { params: { files: string[] }; result: null }
  /** Folders the operator offers, and what lies in them; empty where there are none. */
  'import.browse': {
    params: { place: string }
    result: { place: string; entries: { name: string; place: string; isFolder: boolean }[] }
  }
  /** Writes the export and answers where it can be downloaded, relative to the data root. */
  'export.start': {
    params: ExportRequest
    result: { download: string; files: string[]; failed: { image: string; message: string }[] }
  }
}

export type Method = keyof Api
export type Params<M extends Method> = Api[M]['params']
export type Result<M extends Method> = Api[M]['result']

/** What the core tells every window without being asked. */
export type ApiEvent =
  | { type: 'plane-changed'; change: PlaneChangeView; history: { undo: number; redo: number }; by: string }
  | { type: 'project-changed'; project: ProjectView }
  /** One image has another name, role, progress ...: cheaper than the whole project after each stroke. */
  | { type: 'image-changed'; image: ImageView }
  | { type: 'run'; run: string; event: RunEvent }
  | { type: 'prediction'; id: string; imageId: number; done: number; total: number; state: PredictionView['state'] }
  /** Work in the queue, for the status bar; absent share: unknown. */
  | {
      type: 'job'
      id: string
      title: string
      /** The run that it trains. */
      training?: string
      /** The prediction that it makes. */
      predicting?: string
      share?: number
      secondsLeft?: number
      state: 'waiting' | 'running' | 'done' | 'failed'
      message?: string
    }
  | { type: 'engine'; state: 'idle' | 'busy' | 'lost'; label?: string; message?: string }

/** What the core implements: one function per request. The context tells who asks and when they stop wanting it. */
export interface RequestContext {
  /** Id of the window, so that it can tell its own changes from others'. */
  client: string
  signal: AbortSignal
}
export type Handlers<M extends Method = Method> = {
  [K in M]: (params: Params<K>, context: RequestContext) => Result<K> | Promise<Result<K>>
}

/** A failure as the window shows it: one sentence with a remedy. */
export interface ApiError {
  code: string
  message: string
}

/** Messages of a connection; each is one JSON text (server) or one structured clone (Electron). */
export type ClientMessage = { id: number; method: Method; params: unknown } | { id: number; abort: true }
export type ServerMessage =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; error: ApiError }
  | { event: ApiEvent }

/** Label codes are part of the contract: tiles of labels carry them. */
export type LabelCodes = typeof LABEL
