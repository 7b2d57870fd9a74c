import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * What vitest's JSON reports come to, for the last lines of `.ci/run`. A file that could not even be loaded, a run that
 * failed without a failed test, and failed types or lint count as one failure each.
 * @param {object[]} reports none when the tests did not get as far as writing one
 * @param {{ testsExit: number, otherFailures: number }} of
 * @returns {{ passed: number, failed: number, skipped: string[] }}
 */
export function countTests(reports, { testsExit, otherFailures }) {
  const files = reports.flatMap(({ testResults }) => testResults)
  const tests = files.flatMap((file) => file.assertionResults.map((test) => ({ ...test, file: file.name })))
  const count = (status) => tests.filter((test) => test.status === status).length
  const unloaded = files.filter(({ status, assertionResults }) => {
    return status === 'failed' && !assertionResults.some((test) => test.status === 'failed')
  }).length
  const failedTests = count('failed') + unloaded
  const unexplained = testsExit !== 0 && failedTests === 0 ? 1 : 0
  const skipped = tests.filter(({ status }) => ['skipped', 'pending', 'todo', 'disabled'].includes(status)).map(nameOf)
  return { passed: count('passed'), failed: failedTests + unexplained + otherFailures, skipped }
}

/**
 * Why a test is skipped where its name does not say it in brackets, by words in its name and its file. The first that
 * fits is told.
 */
const reasons = [
  [/tifffile/, 'needs a Python with tifffile'],
  [/webgpu/i, 'needs a graphics card or the software Vulkan driver'],
  [/on native TensorFlow|hasNative/, 'needs native TensorFlow, see "npm run -s cellbrush -- doctor"'],
  [/shared|oracle/i, 'needs the data sets of ../shared/data'],
  [/win32/, 'not on this operating system'],
]

function nameOf({ file, fullName }) {
  const name = fullName.trim()
  const reason = reasonFor(name, existsSync(file) ? readFileSync(file, 'utf8') : '')
  return `${relative(process.cwd(), file)}: ${name}${reason}`
}

/** " (reason)", or nothing where the name ends with one. */
export function reasonFor(name, source) {
  if (/\((skipped: )?[^()]{12,}\)/.test(name)) return ''
  const found = reasons.find(([words]) => words.test(name)) ?? reasons.find(([words]) => words.test(source))
  return ` (${found?.[1] ?? 'its condition does not hold on this machine'})`
}

/** The summary, exactly as the last line is wanted. */
export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, testsExit, otherFailures] = process.argv.slice(2)
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')) : []
  const reports = names.map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')))
  const counted = countTests(reports, { testsExit: Number(testsExit), otherFailures: Number(otherFailures) })
  for (const name of counted.skipped) console.log(`skipped: ${name}`)
  console.log(summaryLine(counted))
  process.exitCode = counted.failed === 0 ? 0 : 1
}
