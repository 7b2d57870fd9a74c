/** The Python environment of the peers: named by the user, found in the cache, or made there when asked for. */
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder } from '../../native-location.ts'

/** scripts/peers lies beside src-main in a checkout and further up in a built release. */
export function peersFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    const candidate = join(folder, 'scripts', 'peers')
    if (existsSync(candidate)) return candidate
    if (dirname(folder) === folder) throw new Error('scripts/peers is missing from this installation')
  }
}
const requirementsFile = (): string => join(peersFolder(), 'requirements.txt')
const isWindows = process.platform === 'win32'

/**
 * Path of a Python that has the peers, or null. CELLBRUSH_PEERS wins over the environment in the user's cache;
 * `make` builds the latter if it is not there. `say` gets progress for a person.
 */
export async function peerPython(make: boolean, say: (text: string) => void): Promise<string | null> {
  const own = process.env.CELLBRUSH_PEERS
  if (own) {
    if (existsSync(own)) return own
    throw new Error(`CELLBRUSH_PEERS names ${own}, but there is no such file: give the path of a Python executable.`)
  }
  const requirements = readFileSync(requirementsFile(), 'utf8')
  const version = createHash('sha256').update(requirements).digest('hex').slice(0, 12)
  const folder = join(cacheFolder(), `peers-${version}`)
  const python = isWindows ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python')
  const stamp = join(folder, 'complete')
  if (existsSync(stamp)) return python
  if (!make) return null
  await makeEnvironment(folder, python, say)
  writeFileSync(stamp, requirements)
  return python
}

async function makeEnvironment(folder: string, python: string, say: (text: string) => void): Promise<void> {
  say(`Making a Python environment for the peers in ${folder}:`)
  say(
    'about 3 GB to download and 6 GB on disk on Linux, where PyTorch comes with CUDA; less elsewhere. It is made once.',
  )
  rmSync(folder, { recursive: true, force: true }) // half of one, if the last attempt was interrupted
  await mkdir(folder, { recursive: true })
  await command(process.env.PYTHON ?? (isWindows ? 'python' : 'python3'), ['-m', 'venv', folder])
  await command(python, ['-m', 'pip', 'install', '--disable-pip-version-check', '-r', requirementsFile()])
}

/** Runs a command whose own progress goes to stderr, so that stdout stays the report's. */
function command(program: string, parameters: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, parameters, { stdio: ['ignore', 2, 2] })
    child.on('error', () => reject(new Error(`${program} cannot be started: install Python 3.11 or newer with venv.`)))
    child.on('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`"${program} ${parameters.join(' ')}" failed; its own words are above.`))
    })
  })
}
