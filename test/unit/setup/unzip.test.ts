import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { listZip, unzip } from '../../../scripts/unzip.mjs'
import { fixture, newFolder } from './driver.ts'

const library = Buffer.from(Array.from({ length: 256 * 64 }, (_, at) => at % 256))

test('takes only the wanted files, stored and deflated, with their bytes', async () => {
  const folder = newFolder()
  const unpacked: number[] = []
  const names = await unzip({
    path: fixture('tensorflow-1.0-fake.whl'),
    folder,
    wants: (name: string) => name.includes('lib') || name.endsWith('.txt'),
    onBytes: (bytes: number) => unpacked.push(bytes),
  })
  expect(names).toEqual([
    'tensorflow/libtensorflow_cc.so.2',
    'tensorflow/libtensorflow_framework.so.2',
    'tensorflow/empty.txt',
  ])
  expect(readFileSync(join(folder, names[0]!))).toEqual(library)
  expect(readFileSync(join(folder, names[1]!))).toEqual(library.subarray(0, 1000))
  expect(readFileSync(join(folder, names[2]!))).toHaveLength(0)
  expect(existsSync(join(folder, 'tensorflow/include'))).toBe(false)
  expect(unpacked.at(-1)).toBe(library.length + 1000)
})

test('reads a directory with 64-bit counts and offsets', async () => {
  const [large, small] = await Promise.all([
    listZip(fixture('large-directory.whl')),
    listZip(fixture('nvidia_cublas_cu12-1.0-fake.whl')),
  ])
  expect(large).toEqual(small)
  expect(large).toHaveLength(3)
})

test('refuses a name that leads out of the folder', async () => {
  const folder = newFolder()
  await expect(unzip({ path: fixture('outside.whl'), folder, wants: () => true })).rejects.toThrow('leads out')
})

test('a file cut off is an error, not half a library', async () => {
  const whole = readFileSync(fixture('tensorflow-1.0-fake.whl'))
  for (const length of [10, whole.length - 40, whole.length - 200]) {
    const path = join(newFolder(), 'cut.whl')
    writeFileSync(path, whole.subarray(0, length))
    await expect(listZip(path)).rejects.toThrow(/missing|damaged/)
  }
})

test('a damaged size asks for no memory', async () => {
  const bytes = readFileSync(fixture('nvidia_cublas_cu12-1.0-fake.whl'))
  const end = bytes.lastIndexOf('PK\u0005\u0006')
  bytes.writeUInt32LE(0xfffffffe, end + 12) // the directory's size
  const path = join(newFolder(), 'damaged.whl')
  writeFileSync(path, bytes)
  await expect(listZip(path)).rejects.toThrow('missing')
})
