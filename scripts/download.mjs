import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { collect, lastLine } from './command.mjs'
import { SetupProblem } from './problems.mjs'

const pipCandidates = [['python3', '-m', 'pip'], ['python', '-m', 'pip'], ['py', '-3', '-m', 'pip'], ['pip3'], ['pip']]

/** The command that runs pip, such as ["python3", "-m", "pip"]. @throws {SetupProblem} when there is none */
export async function findPip(environment = process.env) {
  let python
  for (const [program, ...args] of pipCandidates) {
    const answer = await collect(program, [...args, '--version'], { env: environment, timeoutMs: 60_000 })
    if (answer.code === 0 && /^pip \d/m.test(answer.output)) return [program, ...args]
    if (answer.code > 0 && args.length > 0) python ??= program
  }
  throw python ? new SetupProblem('pip-missing', { python }) : new SetupProblem('python-missing')
}

/** The sha256 of a file in hexadecimal. */
export async function sha256Of(path, onBytes = () => {}) {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk)
    bytes += chunk.length
    onBytes(bytes)
  }
  return hash.digest('hex')
}

/**
 * The path of a wheel in `folder`: the file there when its hash is right, else downloaded (again, once, when what
 * came was damaged). Nothing but a whole and checked file ever has the wheel's own name.
 * @param {{ wheel: object, folder: string, pip: string[] | (() => Promise<string[]>), progress: import('./progress.mjs').Progress,
 *   environment?: NodeJS.ProcessEnv, pauseMs?: number }} of
 */
export async function provideWheel({ wheel, folder, pip, progress, environment = process.env, pauseMs = 2000 }) {
  const path = join(folder, wheel.file)
  await mkdir(folder, { recursive: true })
  if (existsSync(path)) {
    if ((await checked(path, wheel, progress)) === wheel.sha256) return path
    progress.say(`${wheel.file} in the cache is damaged and is downloaded again.`)
    await rm(path)
  }
  let found
  for (let round = 0; round < 2; round++) {
    const part = await downloadWheel({ wheel, folder, pip, progress, environment, pauseMs })
    found = await checked(part, wheel, progress)
    if (found === wheel.sha256) {
      await rename(part, path)
      await rm(join(folder, '..', temporaryName(wheel)), { recursive: true, force: true })
      return path
    }
    await rm(part)
  }
  throw new SetupProblem('hash-mismatch', { file: wheel.file, found, expected: wheel.sha256 })
}

const checked = (path, wheel, progress) =>
  progress.during({ what: `Checking ${wheel.project}`, total: wheel.bytes }, (show) => sha256Of(path, show))

const temporaryName = (wheel) => `partial-${wheel.project}`

/** Up to three tries when the network fails. Returns the path of a file not yet checked. */
async function downloadWheel({ wheel, folder, pip, progress, environment, pauseMs }) {
  const temporary = join(folder, '..', temporaryName(wheel))
  for (let attempt = 1; ; attempt++) {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(join(temporary, 'unpack'), { recursive: true })
    try {
      return await progress.during(
        { what: `Downloading ${wheel.project} ${wheel.version}`, total: wheel.bytes },
        (show) => runPip({ wheel, temporary, pip, environment, show }),
      )
    } catch (problem) {
      if (attempt === 3 || problem.code !== 'offline') throw problem
    }
    progress.say(`The download failed; trying again (${attempt + 1} of 3).`)
    await wait(pauseMs * attempt)
  }
}

async function runPip({ wheel, temporary, pip, environment, show }) {
  const [program, ...first] = pip
  const args = [...first, ...pipArguments(wheel, temporary)]
  // pip writes to the temporary folder before it moves the file: keep that on the disk that was measured, and watch it.
  const env = {
    ...environment,
    TMPDIR: join(temporary, 'unpack'),
    TEMP: join(temporary, 'unpack'),
    TMP: join(temporary, 'unpack'),
  }
  const watching = setInterval(() => largestFileBytes(temporary).then(show, () => {}), 400)
  try {
    const answer = await collect(program, args, { env })
    const part = join(temporary, wheel.file)
    if (answer.code !== 0 || !existsSync(part)) throw pipProblem(answer.output, wheel, pip, temporary)
    show((await stat(part)).size)
    return part
  } finally {
    clearInterval(watching)
  }
}

/** pip fetches for the Python named here, whichever Python runs it. */
export function pipArguments(wheel, folder) {
  const tags = wheel.tags.flatMap((tag) => ['--platform', tag])
  const target = ['--python-version', '3.11', '--implementation', 'cp', '--abi', wheel.abi, ...tags]
  const quiet = [
    '--progress-bar',
    'off',
    '--no-input',
    '--disable-pip-version-check',
    '--no-cache-dir',
    '--retries',
    '2',
  ]
  return [
    'download',
    '--no-deps',
    '--only-binary=:all:',
    ...target,
    ...quiet,
    '--dest',
    folder,
    `${wheel.project}==${wheel.version}`,
  ]
}

/**
 * Looks once, without patience, whether a wheel's registry answers: what the program can do without must not hold up each
 * start of a computer that has no network. @throws {SetupProblem} 'offline'
 */
export async function expectRegistry({ wheel, pip, environment = process.env }) {
  const [program, ...first] = pip
  const args = [...first, 'index', 'versions', wheel.project, ...impatient]
  const answer = await collect(program, args, { env: environment, timeoutMs: 30_000 })
  if (answer.signal) throw new SetupProblem('offline', { file: wheel.file })
  if (answer.code === 0) return
  const problem = pipProblem(answer.output, wheel, pip, '')
  if (problem.code === 'offline') throw problem // an older pip may just not know the command
}

/** With no retry at all pip does not say that there is no network. */
const impatient = ['--retries', '1', '--timeout', '5', '--no-input', '--disable-pip-version-check']

/** Why pip failed, from what it wrote. */
export function pipProblem(output, wheel, pip, path) {
  if (/No space left on device|Errno 28/i.test(output)) return new SetupProblem('disk-full', { path })
  if (
    /connection|network|name resolution|timed out|timeout|proxy|SSLError|Max retries|Could not fetch URL/i.test(output)
  )
    return new SetupProblem('offline', { file: wheel.file })
  return new SetupProblem('download-failed', { file: wheel.file, reason: lastLine(output), pip: pip.join(' ') })
}

async function largestFileBytes(folder) {
  let largest = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const bytes = entry.isDirectory() ? await largestFileBytes(path) : (await stat(path)).size
    largest = Math.max(largest, bytes)
  }
  return largest
}
