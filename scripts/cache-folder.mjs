import { homedir } from 'node:os'
import { join } from 'node:path'

/**
 * The folder for downloads and native libraries, shared by every checkout and release of this user:
 * CELLBRUSH_CACHE when set, else the platform's place for caches.
 * src-main/native-location.ts computes the same path for the running program; a test holds the two together.
 */
export function cacheFolder(environment = process.env, platform = process.platform, home = homedir()) {
  if (environment.CELLBRUSH_CACHE) return environment.CELLBRUSH_CACHE
  if (platform === 'win32')
    return join(environment.LOCALAPPDATA || join(home, 'AppData', 'Local'), 'cellbrush', 'Cache')
  if (platform === 'darwin') return join(home, 'Library', 'Caches', 'cellbrush')
  return join(environment.XDG_CACHE_HOME || join(home, '.cache'), 'cellbrush')
}
