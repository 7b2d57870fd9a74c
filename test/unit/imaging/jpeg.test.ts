import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import sharp from 'sharp'
import { afterAll, expect, test } from 'vitest'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-jpeg-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

const SIZE = { width: 24, height: 16 }

/** Colours between which a profile makes a difference. */
const raw = Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, at) => [200, 60, 30][at % 3]! - (at % 24))

/** A JPEG with a segment that names the colour space of its samples, put in front of all others. */
function withProfile(jpeg: Buffer, profile: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from('ICC_PROFILE\0\x01\x01', 'latin1'), profile])
  const head = Buffer.from([0xff, 0xe2, 0, 0])
  head.writeUInt16BE(content.length + 2, 2)
  return Buffer.concat([jpeg.subarray(0, 2), head, content, jpeg.subarray(2)])
}

test('samples of a JPEG are taken as stored, whatever colour profile it has', async () => {
  const image = () => sharp(raw, { raw: { ...SIZE, channels: 3 } })
  const plain = await image().jpeg().toBuffer()
  const { icc } = await sharp(await image().withIccProfile('p3').jpeg().toBuffer()).metadata()
  const profiled = withProfile(plain, icc!)
  expect((await sharp(profiled).metadata()).icc).toEqual(icc)
  const samplesOf = async (name: string, bytes: Buffer) => {
    const file = path.join(folder, name)
    fs.writeFileSync(file, bytes)
    return (await readWholePlane(file, 0)).data
  }
  expect(await samplesOf('profiled.jpg', profiled)).toEqual(await samplesOf('plain.jpg', plain))
})
