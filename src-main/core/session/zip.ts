/**
 * A ZIP archive of files (PKWARE APPNOTE 6.3): deflated one after the other, sizes above 4 GiB as ZIP64. Written by
 * hand because it streams from file to file and needs 20 lines of format.
 */
import { createReadStream, statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import path from 'node:path'
import { crc32, createDeflateRaw } from 'node:zlib'
import { asFileError } from '../../files/file-errors.ts'
import { type Job, throwIfStopped } from '../job.ts'

interface Entry {
  name: Buffer
  crc: number
  packed: number
  size: number
  offset: number
}

const SMALL = 0xffffffff
/** UTF-8 names (bit 11). */
const FLAGS = 0x0800
const DEFLATED = 8
/** 1 January 1980, the first day that ZIP knows: equal content gives equal archives. */
const DATE = 0x0021

/** Packs files under their base names, which differ. Errors: 'disk-full', 'not-writable', 'file-missing'. */
export async function writeZip(to: string, files: readonly string[], job: Job): Promise<void> {
  try {
    const archive = await open(to, 'wx')
    try {
      const entries: Entry[] = []
      let offset = 0
      for (const [index, file] of files.entries()) {
        throwIfStopped(job)
        job.progress({ label: 'Packing', done: index, total: files.length, unit: 'files', detail: path.basename(file) })
        const entry = await append(archive, file, offset, job)
        offset += localHeader(entry).length + entry.packed
        entries.push(entry)
      }
      const directory = Buffer.concat(entries.map(centralHeader))
      const size = directory.length
      await archive.write(Buffer.concat([directory, ending(entries.length, size, offset)]), 0, null, offset)
      await archive.sync()
    } finally {
      await archive.close()
    }
  } catch (error) {
    throw asFileError(error, to)
  }
}

/** The content goes in first and the header, which holds its sizes, in front of it afterwards. */
async function append(archive: FileHandle, file: string, offset: number, job: Job): Promise<Entry> {
  const name = Buffer.from(path.basename(file))
  const entry: Entry = { name, crc: 0, packed: 0, size: statSync(file).size, offset }
  const start = offset + localHeader(entry).length
  const source = createReadStream(file, { highWaterMark: 1 << 20 })
  source.on('data', (chunk) => {
    entry.crc = crc32(chunk, entry.crc)
  })
  const deflate = createDeflateRaw({ level: 6 })
  source.on('error', (error) => deflate.destroy(error))
  for await (const chunk of source.pipe(deflate)) {
    throwIfStopped(job)
    await archive.write(chunk, 0, chunk.length, start + entry.packed)
    entry.packed += chunk.length
  }
  const header = localHeader(entry)
  await archive.write(header, 0, header.length, offset)
  return entry
}

/** Whether a file of this size may need 64 bits: decided by the size alone, so that the header's length is known early. */
const isLarge = ({ size }: Entry): boolean => size > 0xf0000000

function localHeader(entry: Entry): Buffer {
  const { name, crc, packed, size } = entry
  const extra = isLarge(entry) ? extraOf([size, packed]) : Buffer.alloc(0)
  const header = Buffer.alloc(30)
  header.writeUInt32LE(0x04034b50, 0)
  header.writeUInt16LE(isLarge(entry) ? 45 : 20, 4)
  header.writeUInt16LE(FLAGS, 6)
  header.writeUInt16LE(DEFLATED, 8)
  header.writeUInt16LE(DATE, 12)
  header.writeUInt32LE(crc, 14)
  header.writeUInt32LE(isLarge(entry) ? SMALL : packed, 18)
  header.writeUInt32LE(isLarge(entry) ? SMALL : size, 22)
  header.writeUInt16LE(name.length, 26)
  header.writeUInt16LE(extra.length, 28)
  return Buffer.concat([header, name, extra])
}

function centralHeader(entry: Entry): Buffer {
  const { name, crc, packed, size, offset } = entry
  const isFar = offset >= SMALL
  const extra = extraOf([...(isLarge(entry) ? [size, packed] : []), ...(isFar ? [offset] : [])])
  const header = Buffer.alloc(46)
  header.writeUInt32LE(0x02014b50, 0)
  header.writeUInt16LE(45, 4)
  header.writeUInt16LE(isLarge(entry) || isFar ? 45 : 20, 6)
  header.writeUInt16LE(FLAGS, 8)
  header.writeUInt16LE(DEFLATED, 10)
  header.writeUInt16LE(DATE, 14)
  header.writeUInt32LE(crc, 16)
  header.writeUInt32LE(isLarge(entry) ? SMALL : packed, 20)
  header.writeUInt32LE(isLarge(entry) ? SMALL : size, 24)
  header.writeUInt16LE(name.length, 28)
  header.writeUInt16LE(extra.length, 30)
  header.writeUInt32LE(isFar ? SMALL : offset, 42)
  return Buffer.concat([header, name, extra])
}

/** The ZIP64 extra field; nothing where all numbers fit. */
function extraOf(numbers: readonly number[]): Buffer {
  if (numbers.length === 0) return Buffer.alloc(0)
  const extra = Buffer.alloc(4 + 8 * numbers.length)
  extra.writeUInt16LE(1, 0)
  extra.writeUInt16LE(8 * numbers.length, 2)
  for (const [index, number] of numbers.entries()) extra.writeBigUInt64LE(BigInt(number), 4 + 8 * index)
  return extra
}

function ending(count: number, size: number, offset: number): Buffer {
  const isLarge = offset >= SMALL || size >= SMALL || count >= 0xffff
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt16LE(isLarge ? 0xffff : count, 8)
  end.writeUInt16LE(isLarge ? 0xffff : count, 10)
  end.writeUInt32LE(isLarge ? SMALL : size, 12)
  end.writeUInt32LE(isLarge ? SMALL : offset, 16)
  return isLarge ? Buffer.concat([ending64(count, size, offset), end]) : end
}

function ending64(count: number, size: number, offset: number): Buffer {
  const record = Buffer.alloc(56 + 20)
  record.writeUInt32LE(0x06064b50, 0)
  record.writeBigUInt64LE(44n, 4)
  record.writeUInt16LE(45, 12)
  record.writeUInt16LE(45, 14)
  record.writeBigUInt64LE(BigInt(count), 24)
  record.writeBigUInt64LE(BigInt(count), 32)
  record.writeBigUInt64LE(BigInt(size), 40)
  record.writeBigUInt64LE(BigInt(offset), 48)
  record.writeUInt32LE(0x07064b50, 56)
  record.writeBigUInt64LE(BigInt(offset + size), 64)
  record.writeUInt32LE(1, 72)
  return record
}
