import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { collect, lastLine } from './command.mjs'
import { SetupProblem } from './problems.mjs'

/**
 * Compiles the Node-API addon of @tensorflow/tfjs-node-gpu (two C++ files) against TensorFlow's C interface.
 * The package's own installer is not used: see docs/decisions/native-tensorflow-from-wheels.md.
 */

/** g++ or clang++ (or $CXX), whichever answers. @throws {SetupProblem} when none does */
export async function findCompiler(environment = process.env, platform = process.platform) {
  const candidates = [environment.CXX, ...(platform === 'darwin' ? ['clang++', 'c++'] : ['g++', 'clang++', 'c++'])]
  for (const compiler of candidates.filter(Boolean)) {
    const answer = await collect(compiler, ['--version'], { env: environment, timeoutMs: 60_000 })
    if (answer.code === 0) return compiler
  }
  throw new SetupProblem('compiler-missing', { platform })
}

/** The addon's sources in a checkout and the headers of Node-API. */
export function addonSources(root) {
  const binding = join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu')
  return {
    include: [join(root, 'node_modules', 'node-api-headers', 'include'), binding],
    files: ['tfjs_backend.cc', 'tfjs_binding.cc'].map((file) => join(binding, 'binding', file)),
    version: JSON.parse(readFileSync(join(binding, 'package.json'), 'utf8')).version,
  }
}

/** The addon's path in a pack's folder; its name changes with its sources, so that no checkout uses another's. */
export function addonPath(root, packFolder) {
  const { files, version } = addonSources(root)
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(file))
  return join(packFolder, `tfjs-binding-${version}-${hash.digest('hex').slice(0, 8)}.node`)
}

/** The compiler's arguments. The libraries are found beside the addon, so that the folder may be moved. */
export function compilerArguments({ sources, packFolder, libraries, output, platform }) {
  const origin = platform === 'darwin' ? '@loader_path' : '$ORIGIN'
  const shared = platform === 'darwin' ? ['-bundle', '-undefined', 'dynamic_lookup'] : ['-shared']
  return [
    ...['-O2', '-std=c++17', '-fPIC', '-DNAPI_VERSION=8', ...shared],
    ...[join(packFolder, 'tensorflow', 'include'), ...sources.include].flatMap((folder) => ['-I', folder]),
    ...sources.files,
    ...libraries.map((library) => join(packFolder, library)),
    `-Wl,-rpath,${origin}/tensorflow`,
    ...['-o', output],
  ]
}

/** Compiles the addon into a pack's folder unless it is there, and returns its path. @throws {SetupProblem} */
export async function compileAddon({ root, packFolder, libraries, compiler, progress, platform = process.platform }) {
  const path = addonPath(root, packFolder)
  if (existsSync(path)) return path
  const output = `${path}.partial-${process.pid}`
  const args = compilerArguments({ sources: addonSources(root), packFolder, libraries, output, platform })
  const answer = await progress.during({ what: 'Compiling the TensorFlow addon' }, () => collect(compiler, args))
  if (answer.code !== 0) {
    await rm(output, { force: true })
    throw new SetupProblem('compile-failed', { reason: lastLine(answer.output) })
  }
  await rename(output, path)
  return path
}

/**
 * Loads the addon once in a process of its own, because a library that does not fit this machine may kill whoever
 * loads it. @throws {SetupProblem}
 */
export async function tryAddon(node, path) {
  const script = `console.log('TensorFlow ' + require(process.argv[1]).TF_Version)`
  const answer = await collect(node, ['-e', script, path], { timeoutMs: 120_000 })
  if (answer.code === 0) return
  if (answer.signal === 'SIGILL') throw new SetupProblem('cpu-too-old')
  throw new SetupProblem('load-failed', { reason: answer.signal ?? lastLine(answer.output) })
}
