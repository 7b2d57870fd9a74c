import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createInflateRaw } from 'node:zlib'

/**
 * Takes files out of a zip file (a wheel), as "APPNOTE.TXT - .ZIP File Format Specification" 6.3 describes it:
 * stored and deflated entries, with the 64-bit records that files above 4 GiB need. No `unzip` program is needed.
 */

const endSignature = 0x06054b50
const end64LocatorSignature = 0x07064b50
const entrySignature = 0x02014b50
const localSignature = 0x04034b50

/**
 * What is in a zip file.
 * @returns {Promise<{ name: string, method: number, size: number, packedSize: number, offset: number }[]>} sizes in bytes
 */
export async function listZip(path) {
  const file = await open(path)
  try {
    const { count, size, offset } = await findDirectory(file)
    return parseDirectory(await read(file, offset, size), count)
  } finally {
    await file.close()
  }
}

/**
 * Unpacks the entries that `wants` accepts below `folder` and returns their names.
 * @param {{ path: string, folder: string, wants: (name: string) => boolean, onBytes?: (unpacked: number) => void }} of
 */
export async function unzip({ path, folder, wants, onBytes = () => {} }) {
  const entries = (await listZip(path)).filter(({ name }) => !name.endsWith('/') && wants(name))
  let before = 0
  for (const entry of entries) {
    await unpackEntry(path, entry, safeTarget(folder, entry.name), (bytes) => onBytes(before + bytes))
    before += entry.size
  }
  return entries.map(({ name }) => name)
}

async function unpackEntry(path, entry, target, onBytes) {
  if (entry.method !== 0 && entry.method !== 8) throw new Error(`${entry.name} is packed by method ${entry.method}`)
  await mkdir(dirname(target), { recursive: true })
  const start = await dataOffset(path, entry)
  let written = 0
  const count = async function* (chunks) {
    for await (const chunk of chunks) {
      written += chunk.length
      onBytes(written)
      yield chunk
    }
  }
  // An empty entry has no byte to read, and a read stream cannot have an end before its start.
  const packed =
    entry.packedSize === 0
      ? []
      : createReadStream(path, { start, end: start + entry.packedSize - 1, highWaterMark: 1 << 20 })
  const sink = createWriteStream(target)
  if (entry.method === 8) await pipeline(packed, createInflateRaw({ chunkSize: 1 << 20 }), count, sink)
  else await pipeline(packed, count, sink)
  if (written !== entry.size) throw new Error(`${entry.name} has ${written} bytes instead of ${entry.size}`)
}

/** A name such as "../../etc/passwd" must not lead out of the folder. */
function safeTarget(folder, name) {
  const parts = name.split(/[\\/]/)
  if (name.startsWith('/') || parts.includes('..') || /^[a-z]:/i.test(name))
    throw new Error(`the name "${name}" leads out of the folder`)
  return join(folder, ...parts)
}

async function dataOffset(path, { offset, name }) {
  const file = await open(path)
  try {
    const local = await read(file, offset, 30)
    if (local.readUInt32LE(0) !== localSignature) throw new Error(`the entry ${name} is damaged`)
    return offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28) // the local name and extra field may differ
  } finally {
    await file.close()
  }
}

async function findDirectory(file) {
  const { size: fileSize } = await file.stat()
  const tailSize = Math.min(fileSize, 22 + 0xffff + 20) // end record, longest comment, 64-bit locator
  const tail = await read(file, fileSize - tailSize, tailSize)
  let at = tail.length - 22
  while (at >= 0 && tail.readUInt32LE(at) !== endSignature) at--
  if (at < 0) throw new Error('it is not a zip file, or its end is missing')
  const found = {
    count: tail.readUInt16LE(at + 10),
    size: tail.readUInt32LE(at + 12),
    offset: tail.readUInt32LE(at + 16),
  }
  if (at < 20 || tail.readUInt32LE(at - 20) !== end64LocatorSignature) return found
  const end64 = await read(file, Number(tail.readBigUInt64LE(at - 12)), 56)
  return {
    count: Number(end64.readBigUInt64LE(32)),
    size: Number(end64.readBigUInt64LE(40)),
    offset: Number(end64.readBigUInt64LE(48)),
  }
}

function parseDirectory(bytes, count) {
  const entries = []
  for (let at = 0, n = 0; n < count; n++) {
    if (bytes.readUInt32LE(at) !== entrySignature) throw new Error('its directory is damaged')
    const nameLength = bytes.readUInt16LE(at + 28)
    const extraLength = bytes.readUInt16LE(at + 30)
    const entry = {
      name: bytes.toString('utf8', at + 46, at + 46 + nameLength),
      method: bytes.readUInt16LE(at + 10),
      packedSize: bytes.readUInt32LE(at + 20),
      size: bytes.readUInt32LE(at + 24),
      offset: bytes.readUInt32LE(at + 42),
    }
    const extraStart = at + 46 + nameLength
    entries.push(withLargeSizes(entry, bytes.subarray(extraStart, extraStart + extraLength)))
    at = extraStart + extraLength + bytes.readUInt16LE(at + 32)
  }
  return entries
}

/** Values that do not fit 32 bits stand in the extra field 1, in this order, and only those that do not fit. */
function withLargeSizes(entry, extra) {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue
    let value = at + 4
    for (const key of ['size', 'packedSize', 'offset']) {
      if (entry[key] !== 0xffffffff) continue
      entry[key] = Number(extra.readBigUInt64LE(value))
      value += 8
    }
  }
  return entry
}

async function read(file, position, length) {
  if (position + length > (await file.stat()).size) throw new Error('its end is missing') // before memory is taken
  const buffer = Buffer.alloc(length)
  await file.read(buffer, 0, length, position)
  return buffer
}
