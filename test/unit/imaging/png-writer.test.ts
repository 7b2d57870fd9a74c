import fs from 'node:fs'
import { decode } from 'fast-png'
import { expect, test } from 'vitest'
import { PngWriter } from '../../../src-main/imaging/png-writer.ts'
import { fileIn, temporaryFolder } from '../store/project-folder.ts'

/** Values that deflate badly, so that there are several chunks of them. */
const noise = (length: number, most: number) =>
  Uint32Array.from({ length }, (_, at) => (Math.imul(at + 1, 2654435761) >>> 8) % (most + 1))

test.each([
  { depth: 8, most: 255 },
  { depth: 16, most: 65535 },
] as const)('rows that come some at a time are a PNG of $depth bits', async ({ depth, most }) => {
  const folder = temporaryFolder()
  const [width, height] = [301, 200]
  const values = noise(width * height, most)
  const png = PngWriter.create(`${folder}/a.png`, { width, height, depth })
  for (let row = 0; row < height; row += 37) await png.writeRows(values.subarray(row * width, (row + 37) * width))
  await png.finish()
  expect(fs.existsSync(png.path)).toBe(false)
  png.commit()
  const read = decode(fs.readFileSync(png.path), { checkCrc: true })
  expect({ ...read, data: [...read.data], text: undefined, palette: undefined }).toMatchObject({
    ...{ width, height, depth, channels: 1, data: [...values] },
  })
  expect(fs.readdirSync(folder)).toEqual(['a.png'])
})

test('one that is given up leaves what was there before', async () => {
  const folder = temporaryFolder()
  const png = PngWriter.create(fileIn(folder, 'a.png', 'before'), { width: 4, height: 2, depth: 8 })
  await png.writeRows(Uint8Array.of(1, 2, 3, 4))
  await expect(png.finish()).rejects.toThrow('only 1 rows were written')
  png.abort()
  expect(fs.readdirSync(folder)).toEqual(['a.png'])
  expect(fs.readFileSync(png.path, 'utf8')).toBe('before')
})

test('a full disk is told in one sentence, and leaves nothing', async () => {
  if (!fs.existsSync('/dev/full')) return
  const folder = temporaryFolder()
  const png = PngWriter.create(`${folder}/a.png`, { width: 512, height: 512, depth: 16 })
  const [temporary] = fs.readdirSync(folder)
  const opened = fs.readdirSync('/proc/self/fd').find((fd) => linkOf(fd)?.endsWith(temporary!))
  expect(opened).toBeDefined()
  fs.closeSync(Number(opened))
  expect(fs.openSync('/dev/full', 'w')).toBe(Number(opened)) // the lowest number that is free
  await expect(writeAll(png, 512 * 512)).rejects.toThrow(/^The disk that holds .*a\.png is full; free some space/)
  expect(fs.readdirSync(folder)).toEqual([])
})

const linkOf = (fd: string): string | undefined => {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`)
  } catch {
    return undefined
  }
}

async function writeAll(png: PngWriter, length: number): Promise<void> {
  await png.writeRows(noise(length, 65535))
  await png.finish()
}
