import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, dirname, join } from 'node:path'

/** What the set-up (scripts/native.mjs) left for the engine: native TensorFlow, or the reason why there is none. */
export interface NativeStatus {
  isReady: boolean
  /** Absolute path of the compiled addon; a plain `require(addon)` loads it and, by its rpath, TensorFlow. */
  addon?: string
  /** Version of TensorFlow, such as "2.21.0". */
  version?: string
  kind?: 'cpu' | 'cuda'
  /** One sentence with its remedy: why native TensorFlow is absent, or why CUDA was asked for and is not used. */
  reason?: string
}

type Environment = Record<string, string | undefined>

const notSetUp = 'Native TensorFlow has not been set up on this machine yet: run `npm start` once in the checkout.'

/** The user's cache folder of Cellbrush; the same rule as scripts/cache-folder.mjs, which runs before this file can. */
export function cacheFolder(environment: Environment = process.env, platform = process.platform, home = homedir()) {
  if (environment.CELLBRUSH_CACHE) return environment.CELLBRUSH_CACHE
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'cellbrush', 'Cache')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'cellbrush')
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'cellbrush')
}

/**
 * Where native TensorFlow is, without loading it. The environment variable CELLBRUSH_TF_ADDON, a path to a compiled
 * `tfjs_binding.node`, wins over what an installed release carries, and that over what the set-up recorded in
 * `native-status.json`. Never throws.
 */
export function nativeStatus(
  environment: Environment = process.env,
  carried: string | undefined = carriedAddon(),
): NativeStatus {
  const override = environment.CELLBRUSH_TF_ADDON
  if (override) return present({ isReady: true, addon: override }, `CELLBRUSH_TF_ADDON names "${override}"`)
  if (carried) return { isReady: true, addon: carried, kind: 'cpu' }
  const path = join(cacheFolder(environment), 'native-status.json')
  if (!existsSync(path)) return { isReady: false, reason: notSetUp }
  const recorded = parse(path)
  return recorded.isReady ? present(recorded, `The set-up recorded "${recorded.addon}"`) : recorded
}

/** `native/addon.node` beside the `dist/` that this file lies in; a checkout has none (scripts/release-tree.mjs). */
function carriedAddon(folder: string = import.meta.dirname): string | undefined {
  if (basename(dirname(folder)) !== 'dist') return undefined
  const path = join(dirname(dirname(folder)), 'native', 'addon.node')
  return existsSync(path) ? path : undefined
}

function present(status: NativeStatus, whoSaysSo: string): NativeStatus {
  if (status.addon && existsSync(status.addon)) return status
  return { isReady: false, reason: `${whoSaysSo}, but there is no such file: run \`npm start\` to set it up again.` }
}

function parse(path: string): NativeStatus {
  try {
    const { isReady, addon, version, kind, reason } = JSON.parse(readFileSync(path, 'utf8')) as NativeStatus
    return { isReady: isReady === true, addon, version, kind, reason }
  } catch {
    return { isReady: false, reason: `The record "${path}" cannot be read: run \`npm start\` to set it up again.` }
  }
}
