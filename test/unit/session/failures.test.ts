import { expect, test } from 'vitest'
import { Stopped } from '../../../src-main/core/job.ts'
import { bare, sayFailure } from '../../../src-main/core/session/failures.ts'
import { AppError, type ErrorCode, FAILURES } from '../../../src-shared/errors.ts'

/** Every field that any failure names. */
const OF = Object.fromEntries(
  [
    'path',
    'holder',
    'reason',
    'image',
    'folder',
    'name',
    'run',
    'state',
    'what',
    'remedy',
    'object',
    'class',
    'method',
    'place',
    'limit',
    'key',
    'value',
    'known',
    'expected',
    'found',
    'host',
    'device',
    'prediction',
    'fileName',
    'arm',
    'study',
    'cell',
  ].map((key) => [key, '/home/me/secret folder/a.tif']),
)

const NUMBERS = {
  step: 3,
  line: 1,
  width: 9,
  height: 9,
  z: 1,
  t: 0,
  depth: 1,
  times: 1,
  port: 80,
  largest: 9,
  classes: 40,
  most: 31,
}
const CODES = Object.keys(FAILURES) as ErrorCode[]

test.each(CODES)('%s is one sentence without a path', (code) => {
  const { message } = sayFailure(new AppError(code, { ...OF, ...NUMBERS }))
  expect(message).not.toMatch(/secret|home/)
  expect(message).not.toContain('undefined')
  expect(message).not.toContain('\n')
})

/** These only a command line meets. */
const COMMAND_LINE: readonly ErrorCode[] = [
  'usage',
  'setting-unknown',
  'address-taken',
  'study-unknown',
  'study-invalid',
  'study-arm-unknown',
  'study-split-unknown',
  'study-data-missing',
  'study-changed',
  'peers-unavailable',
]

test.each(CODES.filter((code) => !COMMAND_LINE.includes(code)))(
  '%s tells a window nothing of the command line',
  (code) => {
    expect(sayFailure(new AppError(code, { ...OF, ...NUMBERS })).message).not.toMatch(/cellbrush |--\w/)
  },
)

test('out of memory names remedies that a window has, whatever the engine named', () => {
  const of = { what: 'predicting a.tif', remedy: 'close other programs, or predict with a smaller --tile' }
  expect(sayFailure(new AppError('out-of-memory', of)).message).toBe(
    'There was not enough memory for predicting a.tif; close other programs and try again, or, to train, choose a smaller batch or patch.',
  )
})

test('a bug says that it is one and shows nothing of itself', () => {
  expect(sayFailure(new TypeError('x is undefined at /home/me/a.ts'))).toEqual({
    code: 'bug',
    message: 'Something went wrong inside Cellbrush; try again, and save a report if it happens once more.',
  })
  expect(sayFailure(new Stopped()).code).toBe('stopped')
})

test.each([
  ['/home/me/a.tif', 'a.tif'],
  ['/home/me/my cells/a b.tif', 'a b.tif'],
  ['The mask /tmp/x/m.png cannot be used (/tmp/x/m.png is odd).', 'The mask m.png cannot be used (m.png is odd).'],
  ['C:\\data\\a.tif is gone', 'a.tif is gone'],
  ['"/tmp/.upload 0/a b.png" fits "/tmp/.upload 1/a.tif" as well', '"a b.png" fits "a.tif" as well'],
  ['300 x 200 and/or 1/2', '300 x 200 and/or 1/2'],
  ['nothing here', 'nothing here'],
])('%j is shown as %j', (text, shown) => {
  expect(bare(text)).toBe(shown)
})
