import { bytesText } from './progress.mjs'

/**
 * What can go wrong while setting up: one sentence that names the thing and what to do about it.
 * (src-shared/errors.ts does the same for the running program; this file must run before anything is installed.)
 */
export const sentences = {
  'node-old': (of) =>
    `Cellbrush needs Node 20 or newer and this is Node ${of.found}; install the current one from nodejs.org and run the command again.`,
  'npm-missing': () =>
    'npm was not found; it comes with Node, so install Node 20 or newer from nodejs.org and try again.',
  'packages-failed': (of) =>
    `The packages could not be installed (${of.reason}); run the command again, or "npm ci" to see all that npm says.`,
  'packages-offline': (of) =>
    `The packages could not be downloaded because the npm registry does not answer (${of.reason}); check the network connection or the proxy and run the command again.`,
  'node-missing': (of) =>
    `There is no ready-made Node 24 for ${of.platform}; install Node 24 or newer from nodejs.org and run the command again.`,
  'cache-unwritable': (of) =>
    `The cache folder ${of.path} cannot be written (${of.reason}); correct its permissions or set CELLBRUSH_CACHE to another folder.`,
  'disk-space': (of) =>
    `${of.path} has ${bytesText(of.free)} free and ${bytesText(of.needed)} are needed; free some space or set CELLBRUSH_CACHE to a folder on a larger disk.`,
  'disk-full': (of) =>
    `The disk that holds ${of.path} ran full; free some space or set CELLBRUSH_CACHE to a folder on a larger disk, and run the command again.`,
  'python-missing': () =>
    'Python 3 was not found, and pip is needed once to fetch TensorFlow; install Python 3 with pip (Debian and Ubuntu: "apt install python3-pip", macOS: "xcode-select --install") and run the command again.',
  'pip-missing': (of) =>
    `${of.python} has no pip, which is needed once to fetch TensorFlow; install it (Debian and Ubuntu: "apt install python3-pip", elsewhere: "${of.python} -m ensurepip") and run the command again.`,
  'compiler-missing': (of) =>
    of.platform === 'darwin'
      ? 'No C++ compiler was found; install Apple’s with "xcode-select --install" and run the command again.'
      : 'No C++ compiler (g++ or clang++) was found; install one (Debian and Ubuntu: "apt install g++", Fedora: "dnf install gcc-c++") and run the command again.',
  'compile-failed': (of) =>
    `The TensorFlow addon could not be compiled (${of.reason}); update the C++ compiler (GCC 9 or newer, or Clang 10 or newer) and run the command again.`,
  'load-failed': (of) =>
    `TensorFlow was set up but does not load on this machine (${of.reason}); update the system if it is older than 2018 (glibc 2.27), or go on without it.`,
  'cpu-too-old': () =>
    'TensorFlow was set up but this processor lacks the AVX instructions it is built for; use a computer made after 2013, or go on without it.',
  offline: (of) =>
    `${of.file} could not be downloaded because the Python package registry does not answer; check the network connection or the proxy and run the command again.`,
  'download-failed': (of) =>
    `${of.file} could not be downloaded (${of.reason}); update pip with "${of.pip} install --upgrade pip" and run the command again.`,
  'hash-mismatch': (of) =>
    `${of.file} was downloaded twice and is not the file it should be (sha256 ${of.found.slice(0, 12)}… instead of ${of.expected.slice(0, 12)}…); check the proxy or mirror that pip uses and run the command again.`,
  'wheel-unreadable': (of) => `${of.file} cannot be unpacked (${of.reason}); delete it and run the command again.`,
  'platform-unsupported': (of) =>
    `There is no native TensorFlow for ${of.platform} ${of.arch}; Cellbrush uses the graphics card by WebGPU there, so nothing needs to be done.`,
  'musl-unsupported': () =>
    'There is no native TensorFlow for Linux without glibc (such as Alpine); use a Debian, Ubuntu or Fedora based system or image for full speed.',
  'cuda-unsupported': (of) =>
    `CUDA was asked for, but TensorFlow has it only for Linux on x64, not for ${of.platform} ${of.arch}; run the command again with --cpu.`,
  'lock-unwritable': (of) =>
    `The lock ${of.path} cannot be written (${of.reason}); correct the folder's permissions and run the command again.`,
  'build-failed': (of) =>
    `The window could not be built (${of.reason}); run "npx electron-vite build" to see all that it says.`,
  unexpected: (of) => `The set-up of native TensorFlow stopped (${of.reason}); run the command again.`,
}

/** A failure of the set-up that a user can mend. */
export class SetupProblem extends Error {
  /** @param {keyof typeof sentences} code @param {object} of what the sentence names */
  constructor(code, of = {}) {
    super(sentences[code](of))
    this.name = 'SetupProblem'
    this.code = code
  }
}

/** Any error as a SetupProblem: the operating system's words become one of the sentences above. */
export function asProblem(error, path = '') {
  if (error instanceof SetupProblem) return error
  if (error?.code === 'ENOSPC') return new SetupProblem('disk-full', { path: error.path || path })
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR'].includes(error?.code))
    return new SetupProblem('cache-unwritable', { path: error.path || path, reason: error.code })
  return new SetupProblem('unexpected', { reason: error?.message ?? String(error) })
}
