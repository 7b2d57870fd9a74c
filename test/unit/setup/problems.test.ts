import { expect, test } from 'vitest'
import { pipProblem } from '../../../scripts/download.mjs'
import { checkNode, npmProblem } from '../../../scripts/packages.mjs'
import { asProblem, SetupProblem, sentences } from '../../../scripts/problems.mjs'

const of = {
  found: 'aaaaaaaaaaaaaaaa',
  expected: 'bbbbbbbbbbbbbbbb',
  reason: 'REASON',
  platform: 'linux',
  arch: 'x64',
  path: '/cache',
  free: 1e9,
  needed: 2e9,
  python: 'python3',
  pip: 'python3 -m pip',
  file: 'a.whl',
}

test.each(Object.keys(sentences))('%s is one sentence with a remedy and nothing left out', (code) => {
  const { message } = new SetupProblem(code as keyof typeof sentences, of)
  expect(message).toMatch(/^[A-Za-z/].*\.$/)
  expect(message).toMatch(/[;,] .*(install|run|check|free|correct|use|set|update|delete)/)
  expect(message).not.toMatch(/undefined|NaN|\n/)
  expect(message.replace(/nodejs\.org|a\.whl|glibc 2\.27/g, '').slice(0, -1)).not.toMatch(/\. /)
})

test('Node 18 is refused and Node 20 is enough', () => {
  expect(() => checkNode('18.20.4')).toThrow('Node 20 or newer')
  expect(() => checkNode('20.0.0')).not.toThrow()
})

test('the operating system’s errors become sentences', () => {
  const error = (code: string) => Object.assign(new Error(code), { code })
  expect(asProblem(error('ENOSPC'), '/cache').code).toBe('disk-full')
  expect(asProblem(error('EACCES'), '/cache').code).toBe('cache-unwritable')
  expect(asProblem(new Error('odd')).message).toContain('odd')
})

test.each([
  ['WARNING: Retrying (Retry(total=1)) after connection broken by ...', 'offline'],
  ['OSError: [Errno 28] No space left on device', 'disk-full'],
  ['ERROR: No matching distribution found for x==1', 'download-failed'],
])('pip saying "%s" is %s', (output, code) => {
  expect(pipProblem(output, { file: 'a.whl' }, ['pip'], '/cache').code).toBe(code)
})

test.each([
  ['npm error code ENOTFOUND\nnpm error network request to registry failed', 'packages-offline'],
  ['npm error code ENOSPC', 'disk-full'],
  ['npm error code EUSAGE\nnpm error `npm ci` can only install packages when', 'packages-failed'],
])('npm saying "%s" is %s', (output, code) => expect(npmProblem(output, '/root').code).toBe(code))
