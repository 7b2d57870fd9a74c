import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  type Checkpoint,
  readCheckpoint,
  type Tensor,
  tensorsUnder,
  writeCheckpoint,
} from '../../../src-main/engine/checkpoint.ts'
import { AppError } from '../../../src-shared/errors.ts'
import { tinyPlan } from '../../drivers/run-folder.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cellbrush-checkpoint-'))
  path = join(folder, 'model.cbck')
})
afterEach(() => rmSync(folder, { recursive: true }))

const { network, input, targets } = tinyPlan([])
const header: Checkpoint['header'] = {
  kind: 'checkpoint',
  cellbrush: '0.1.0',
  run: 'Zellkerne – früh',
  preset: 'fast',
  network,
  input,
  targets,
  objects: { threshold: 0.4, seedThreshold: 0.7, minimumAreaPx: 12, fillHoles: true, regrowPx: 1 },
  score: 0.625,
  step: 120,
  seed: 7,
  precision: 'float32',
  device: 'TensorFlow 2.21.0 on 2 threads',
}
const tensors = new Map<string, Tensor>([
  ['weights/down0/conv0/kernel', { shape: [3, 3, 1, 2], values: Float32Array.from({ length: 18 }, (_, i) => i / 7) }],
  ['first/down0/conv0/kernel', { shape: [3, 3, 1, 2], values: new Float32Array(18).fill(-1e-30) }],
  ['weights/head/bias', { shape: [2], values: Float32Array.of(Number.MAX_VALUE, -0) }],
  ['weights/nothing', { shape: [0, 4], values: new Float32Array(0) }],
])

test('what is written is read back, bit for bit, by name and shape', () => {
  writeCheckpoint(path, { header, tensors })
  expect(readCheckpoint(path)).toEqual({ header, tensors })
  expect([...tensorsUnder(readCheckpoint(path).tensors, 'weights/').keys()]).toEqual([
    'down0/conv0/kernel',
    'head/bias',
    'nothing',
  ])
  expect(readdirSync(folder)).toEqual(['model.cbck']) // no temporary is left
})

test('a view into a larger array is written as the view', () => {
  const large = Float32Array.from({ length: 10 }, (_, i) => i)
  writeCheckpoint(path, { header, tensors: new Map([['w', { shape: [3], values: large.subarray(4, 7) }]]) })
  expect(readCheckpoint(path).tensors.get('w')!.values).toEqual(Float32Array.of(4, 5, 6))
})

test('a second write replaces the first as a whole', () => {
  writeCheckpoint(path, { header, tensors })
  writeCheckpoint(path, { header: { ...header, step: 240 }, tensors: new Map() })
  expect(readCheckpoint(path)).toEqual({ header: { ...header, step: 240 }, tensors: new Map() })
})

function refusal(of = path): AppError {
  try {
    readCheckpoint(of)
  } catch (error) {
    if (error instanceof AppError) return error
    throw error
  }
  throw new Error('it was read')
}

test('a file cut off anywhere, or with any byte changed, is refused by name', () => {
  writeCheckpoint(path, { header, tensors })
  const whole = readFileSync(path)
  const places = Array.from({ length: 40 }, (_, i) => Math.floor((i * (whole.length - 1)) / 39))
  for (const at of places) {
    writeFileSync(path, whole.subarray(0, at))
    expect(refusal()).toMatchObject({ code: 'model-unreadable', of: { path } })
    const flipped = Buffer.from(whole)
    flipped[at]! ^= 0x10
    writeFileSync(path, flipped)
    expect(refusal()).toMatchObject({ code: 'model-unreadable', of: { path } })
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.from('x')]))
  expect(refusal().message).toContain('damaged')
  writeFileSync(path, '')
  expect(refusal().message).toContain('it is not a model file')
  writeFileSync(path, 'GIF89a, and long enough to hold a checksum of 32 bytes')
  expect(refusal().message).toContain('it is not a model file')
})

/** A file of these parts with the checksum they ask for. */
function forge(json: string, { length = Buffer.byteLength(json), values = Buffer.alloc(0) } = {}): void {
  const start = Buffer.alloc(8)
  start.write('CBCK', 0, 'latin1')
  start.writeUInt32LE(length, 4)
  const body = Buffer.concat([start, Buffer.from(json), values])
  writeFileSync(path, Buffer.concat([body, createHash('sha256').update(body).digest()]))
}

test('a whole file with a header from elsewhere is refused: newer, absurdly long, no JSON, tensors that do not fit', () => {
  const tensor = { name: 'w', shape: [2], offset: 0, bytes: 8 }
  const json = (change: object) => JSON.stringify({ format: 1, ...header, tensors: [tensor], ...change })
  forge(json({}), { values: Buffer.alloc(8) })
  expect(readCheckpoint(path).tensors.get('w')!.values).toEqual(Float32Array.of(0, 0)) // the forger can make a good one
  const bad: [string, () => void][] = [
    ['newer', () => forge(json({ format: 2 }), { values: Buffer.alloc(8) })],
    ['long', () => forge(json({}), { length: 0xffffffff, values: Buffer.alloc(8) })],
    ['not JSON', () => forge('{"format": 1,', { values: Buffer.alloc(8) })],
    ['no header', () => forge('', {})],
    ['beyond the end', () => forge(json({ tensors: [{ ...tensor, offset: 4 }] }), { values: Buffer.alloc(8) })],
    ['huge', () => forge(json({ tensors: [{ ...tensor, shape: [2 ** 40], bytes: 2 ** 42 }] }))],
    ['another size', () => forge(json({ tensors: [{ ...tensor, shape: [3] }] }), { values: Buffer.alloc(8) })],
    ['negative', () => forge(json({ tensors: [{ ...tensor, offset: -8 }] }), { values: Buffer.alloc(8) })],
    ['no network', () => forge(json({ network: { ...network, depth: 99 } }), { values: Buffer.alloc(8) })],
  ]
  for (const [what, make] of bad) {
    make()
    expect(refusal(), what).toMatchObject({ code: 'model-unreadable', of: { path }, exitCode: 3 })
  }
})

test('a newer format is said to be one', () => {
  forge(JSON.stringify({ format: 2, anything: 'else' }))
  expect(refusal().message).toBe(
    `${path} is not a usable Cellbrush model (it was made by a newer Cellbrush; update Cellbrush to open it).`,
  )
})

test('a file that is not there and a folder in its place are told apart', () => {
  expect(refusal()).toMatchObject({ code: 'file-missing', of: { path } })
  mkdirSync(path)
  expect(refusal()).toMatchObject({ code: 'model-unreadable', of: { path } })
})

const isRoot = process.getuid?.() === 0

test.skipIf(isRoot || process.platform === 'win32')(
  `a folder that may not be written is named${isRoot ? ' (skipped: root may write everywhere)' : ''}`,
  () => {
    chmodSync(folder, 0o500)
    expect(() => writeCheckpoint(path, { header, tensors })).toThrow(expect.objectContaining({ code: 'not-writable' }))
    chmodSync(folder, 0o700)
  },
)

/** A disk of 256 KiB at `at`, where this user may make one. */
function mountSmallDisk(at: string): boolean {
  if (process.platform !== 'linux' || !isRoot) return false
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', at]).status === 0
}

test('a full disk leaves the old file as it was and nothing else', ({ skip }) => {
  const disk = join(folder, 'disk')
  mkdirSync(disk)
  if (!mountSmallDisk(disk)) return skip('a small disk can only be mounted by root on Linux')
  try {
    const onDisk = join(disk, 'model.cbck')
    writeCheckpoint(onDisk, { header, tensors })
    const large = new Map([['w', { shape: [2 ** 17], values: new Float32Array(2 ** 17) }]])
    expect(() => writeCheckpoint(onDisk, { header, tensors: large })).toThrow(
      expect.objectContaining({ code: 'disk-full', of: { path: onDisk } }),
    )
    expect(readdirSync(disk)).toEqual(['model.cbck'])
    expect(readCheckpoint(onDisk)).toEqual({ header, tensors })
  } finally {
    spawnSync('umount', [disk])
  }
})
