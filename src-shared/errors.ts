/**
 * What goes wrong in normal use. Each code has one sentence that names the thing and says what to do, and the exit
 * code of the command line (1 failed, 2 wrong usage, 3 bad input, 4 cannot run here). A new failure is one line here.
 */
type Of = Record<string, string | number>

interface Failure {
  exit: 1 | 2 | 3 | 4
  say: (of: Of) => string
}

const failure = (exit: Failure['exit'], say: Failure['say']): Failure => ({ exit, say })

/** What brings a damaged project back; `backup` is its newest copy. */
export const restoring = ({ backup }: Of): string =>
  backup === undefined
    ? 'keep its folder as it is, for there is no copy of it in its backups folder'
    : `put ${backup} of its backups folder in the place of project.db`

export const FAILURES = {
  // A project
  'project-missing': failure(
    3,
    (of) => `There is no project at ${of.path}; make one with "cellbrush project create ${of.path}".`,
  ),
  'project-exists': failure(
    3,
    (of) => `There is already something at ${of.path}; choose another name or remove it first.`,
  ),
  'project-busy': failure(
    3,
    (of) => `${of.path} is open in another program (${of.holder}); close it there and try again.`,
  ),
  'project-newer': failure(
    3,
    (of) =>
      `${of.path} was made by a newer Cellbrush (format ${of.found}, this one knows ${of.known}); update Cellbrush to open it.`,
  ),
  'project-damaged': failure(
    3,
    (of) => `${of.path} is damaged (${of.reason}); run "cellbrush project check ${of.path}", and ${restoring(of)}.`,
  ),
  'disk-full': failure(
    1,
    (of) => `The disk that holds ${of.path} is full; free some space and try again, nothing saved before was lost.`,
  ),
  'not-writable': failure(
    1,
    (of) => `${of.path} cannot be written; check its permissions and its disk, or choose another place.`,
  ),
  // Files
  'file-missing': failure(3, (of) => `There is no file at ${of.path}; check the name.`),
  'image-another': failure(
    3,
    (of) =>
      `${of.path} is not the file that was imported as ${of.fileName}; choose that one, it may have another name now.`,
  ),
  'image-unreadable': failure(
    3,
    (of) => `${of.path} cannot be read (${of.reason}); export it again from the program that made it.`,
  ),
  'image-too-large': failure(
    3,
    (of) =>
      `${of.path} says it is ${of.width} x ${of.height} pixels, which is more than ${of.limit}; crop or tile it first.`,
  ),
  'rescale-too-large': failure(
    3,
    (of) =>
      `${of.path} would have ${of.width} x ${of.height} pixels at the network's pixel size, too many; correct its pixel size, crop it, or leave out --rescale.`,
  ),
  'image-unsupported': failure(3, (of) => `${of.path} is ${of.what}, which Cellbrush does not read; ${of.remedy}.`),
  'image-unknown': failure(
    3,
    (of) => `No image in the project matches "${of.name}"; "cellbrush project info" lists them.`,
  ),
  'mask-size': failure(
    3,
    (of) =>
      `The mask ${of.path} is ${of.found} but its image ${of.image} is ${of.expected}; masks must have the size of their image.`,
  ),
  'mask-unmatched': failure(3, (of) => `No mask was found for ${of.image} in ${of.folder}; name it like the image.`),
  'mask-invalid': failure(3, (of) => `The mask ${of.path} cannot be used (${of.reason}).`),
  'too-many-objects': failure(
    3,
    (of) =>
      `${of.path} would need object ids up to ${of.largest} but holds only ${of.limit}; export labels-tiff instead.`,
  ),
  'strokes-invalid': failure(3, (of) => `Line ${of.line} of ${of.path} is not a stroke (${of.reason}).`),
  'nothing-to-export': failure(3, (of) => `Nothing in ${of.path} is painted yet; paint or import masks first.`),
  'nothing-to-import': failure(3, (of) => `Nothing in ${of.path} is an image Cellbrush reads (PNG, JPEG, TIFF).`),
  // Labels
  'plane-missing': failure(
    3,
    (of) =>
      `${of.image} has no plane z ${of.z}, t ${of.t}; it has ${of.depth} planes and ${of.times} time points, from 0.`,
  ),
  'object-missing': failure(3, (of) => `There is no object ${of.object} in this image; the stroke cannot be applied.`),
  'class-unknown': failure(
    3,
    (of) => `There is no class "${of.class}" in the project; "cellbrush project info" lists them.`,
  ),
  'too-many-classes': failure(
    3,
    (of) =>
      `The project would have ${of.classes} classes and a network can tell ${of.most} apart; give several of them one name.`,
  ),
  'class-exists': failure(3, (of) => `There is already a class "${of.class}"; choose another name.`),
  'fill-too-large': failure(
    3,
    (of) => `The area to fill has more than ${of.limit} pixels; close its outline or paint a smaller part of it.`,
  ),
  'region-ragged': failure(
    3,
    () =>
      'The outline of this region is too ragged for one stroke; drag left for fewer pixels, or zoom in on a part of it.',
  ),
  'picture-loading': failure(3, () => 'The picture is still loading here; click again in a moment.'),
  // Training and prediction
  'not-ready': failure(3, (of) => `Training cannot start: ${of.reason}`),
  'run-missing': failure(3, (of) => `There is no run "${of.run}" in ${of.path}; "cellbrush project info" lists them.`),
  'no-finished-run': failure(3, (of) => `${of.path} has no finished run yet; run "cellbrush train ${of.path}" first.`),
  'run-without-model': failure(
    3,
    (of) =>
      `The run ${of.run} is ${of.state} and has no model yet; choose another with --run or continue it with --resume ${of.run}.`,
  ),
  'nothing-held-out': failure(
    3,
    (of) =>
      `Run ${of.run} held nothing out to choose objects by; leave the choice as it is, or train again with more painted or with a validation image.`,
  ),
  'run-busy': failure(
    3,
    (of) => `The run ${of.run} is being trained by another program (${of.holder}); stop it there first.`,
  ),
  'run-complete': failure(
    3,
    (of) => `The run ${of.run} is ${of.state}; to train on from its weights use --from ${of.run}.`,
  ),
  'prediction-missing': failure(
    3,
    (of) => `There is no prediction "${of.prediction}" of this plane any more; predict it again.`,
  ),
  'prediction-without-run': failure(
    3,
    () =>
      'It is not known which run made this prediction, and so not what that run held out; predict again, or move the sliders.',
  ),
  'prediction-failed': failure(
    1,
    (of) => `${of.path} could not be predicted (${of.reason}); run it again with --verbose.`,
  ),
  'model-unreadable': failure(3, (of) => `${of.path} is not a usable Cellbrush model (${of.reason}).`),
  'model-other-network': failure(
    3,
    (of) => `${of.path} holds another kind of network than the preset makes; choose the preset it was trained with.`,
  ),
  'channels-mismatch': failure(
    3,
    (of) => `${of.path} has ${of.found} channels but the model was trained on channel ${of.expected}.`,
  ),
  'run-diverged-early': failure(
    1,
    (of) =>
      `Training diverged at step ${of.step} (the energy became ${of.value}), before anything was worth keeping; lower learningRate and try again.`,
  ),
  'run-diverged': failure(
    1,
    (of) =>
      `Training diverged at step ${of.step} (the energy became ${of.value}); the last good weights are kept, lower learningRate and try again.`,
  ),
  'run-interrupted': failure(
    1,
    (of) => `The run ${of.run} was interrupted at step ${of.step}; continue it with --resume ${of.run}.`,
  ),
  'engine-lost': failure(1, (of) => `The engine stopped unexpectedly (${of.reason}); what it had saved is kept.`),
  'out-of-memory': failure(1, (of) => `There was not enough memory for ${of.what}; ${of.remedy}.`),
  'device-unavailable': failure(4, (of) => `The device ${of.device} cannot be used here: ${of.reason}`),
  // Studies
  'study-unknown': failure(2, (of) => `There is no study "${of.name}"; the studies are ${of.known}.`),
  'study-invalid': failure(3, (of) => `The study ${of.path} cannot be run (${of.reason}).`),
  'study-arm-unknown': failure(2, (of) => `The study has no arm "${of.name}"; its arms are ${of.known}.`),
  'study-split-unknown': failure(2, (of) => `The study has no split "${of.name}"; its splits are ${of.known}.`),
  'study-data-missing': failure(
    3,
    (of) =>
      `Images or true masks of the study ${of.study} are not at ${of.path}; name the folder that holds them with --data or CELLBRUSH_DATA (docs/studies.md says where they come from).`,
  ),
  'study-changed': failure(
    2,
    (of) =>
      `${of.path} was made with other settings or another length (${of.cell}); give the same --steps or --minutes again, or another --out.`,
  ),
  'peers-unavailable': failure(
    4,
    (of) =>
      `The Python environment of the peers cannot be used (${of.reason}); name a Python that has scripts/peers/requirements.txt with CELLBRUSH_PEERS, or leave the peers out with --only.`,
  ),
  // The contract between a window and the core
  'request-invalid': failure(2, (of) => `The request ${of.method} has a wrong ${of.place} (${of.reason}).`),
  'upload-too-large': failure(
    3,
    (of) => `${of.name} is larger than ${of.limit}; import it from a folder of the server.`,
  ),
  // The local server
  'address-taken': failure(1, (of) => `Port ${of.port} of ${of.host} is in use; choose another with --port.`),
  'address-unavailable': failure(1, (of) => `The server cannot listen at ${of.host}:${of.port} (${of.reason}).`),
  // The command line
  usage: failure(2, (of) => `${of.reason}`),
  'setting-unknown': failure(2, (of) => `There is no setting "${of.key}"; the settings are ${of.known}.`),
  'setting-invalid': failure(2, (of) => `The setting ${of.key} cannot be ${of.value}; expected ${of.expected}.`),
} as const satisfies Record<string, Failure>

export type ErrorCode = keyof typeof FAILURES

/** A failure a user can meet and mend: one sentence with a remedy, no stack. A bug throws a plain Error instead. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly of: Of
  constructor(code: ErrorCode, of: Of = {}, options?: ErrorOptions) {
    super(FAILURES[code].say(of), options)
    this.name = 'AppError'
    this.code = code
    this.of = of
  }
  /** The exit code of the command line. */
  get exitCode(): number {
    return FAILURES[this.code].exit
  }
}
