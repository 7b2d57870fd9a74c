/** Failures as windows show them: one sentence with a next step that a window has, and no path of this machine. */
import path from 'node:path'
import type { ApiError } from '../../../src-shared/api.ts'
import { AppError, type ErrorCode, restoring } from '../../../src-shared/errors.ts'
import { Stopped } from '../job.ts'

type Of = Record<string, string | number>

/** Where the command line's remedy is a command, the window has a button. */
const IN_A_WINDOW: Partial<Record<ErrorCode, (of: Of) => string>> = {
  'project-busy': (of) =>
    `The project is open for changes elsewhere (${of.holder}); close it there, and a moment later it can be changed here.`,
  'project-missing': (of) => `There is no project called ${of.path}; open another one or make a new one.`,
  'project-damaged': (of) => `The project ${of.path} is damaged (${of.reason}); ${restoring(of)}.`,
  'file-missing': (of) => `The file ${of.path} is no longer where it was; find it again or import it once more.`,
  'image-unknown': () => 'This image is not in the project any more; choose another one.',
  'class-unknown': () => 'This class is not in the project any more; choose another one.',
  'run-missing': (of) => `There is no run "${of.run}" in this project any more; choose another one.`,
  'no-finished-run': () => 'Nothing has been trained yet; press Train first.',
  'run-without-model': (of) => `The run ${of.run} has no model yet; resume it or choose another one.`,
  'run-complete': (of) => `The run ${of.run} is ${of.state}; train a new run that starts from its weights instead.`,
  'run-interrupted': (of) =>
    `The engine stopped in the middle of training, at step ${of.step}; what it had learnt is kept, press Resume to go on.`,
  'prediction-failed': (of) => `${of.path} could not be predicted (${of.reason}).`,
  'rescale-too-large': (of) =>
    `${of.path} would have ${of.width} x ${of.height} pixels at the network's pixel size, too many; correct its pixel size, or switch rescaling off.`,
  'out-of-memory': (of) =>
    `There was not enough memory for ${of.what}; close other programs and try again, or, to train, choose a smaller batch or patch.`,
  'nothing-to-export': () => 'Nothing is painted yet; paint something or import masks first.',
  'too-many-objects': (of) => `${of.path} has more objects than a PNG can number (${of.limit}); export TIFF instead.`,
}

/** What a bug looks like to the person. Its stack goes to the log of the host. */
const BUG = 'Something went wrong inside Cellbrush; try again, and save a report if it happens once more.'

/** The failure as it crosses the contract. */
export function sayFailure(error: unknown): ApiError {
  if (error instanceof Stopped) return { code: 'stopped', message: 'Stopped as asked.' }
  if (!(error instanceof AppError)) return { code: 'bug', message: BUG }
  const of = withoutPaths(error.of)
  const say = IN_A_WINDOW[error.code]
  return { code: error.code, message: say ? say(of) : new AppError(error.code, of).message }
}

/** Paths never leave the host: a name is enough for the person, and all that another machine may know. */
const withoutPaths = (of: Of): Of =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, typeof value === 'string' ? bare(value) : value]))

/** Every absolute path in a text becomes its last part: the text itself, one in quotes, one without spaces. */
export const bare = (text: string): string =>
  path.isAbsolute(text)
    ? path.basename(text)
    : text
        .replaceAll(/"(?:[A-Za-z]:)?[\\/](?:[^"\\/]+[\\/])*([^"\\/]+)"/g, '"$1"')
        .replaceAll(/(?<![\w.])(?:[A-Za-z]:)?[\\/](?:[^\s'"()<>:;,\\/]+[\\/])*([^\s'"()<>:;,\\/]+)/g, '$1')
