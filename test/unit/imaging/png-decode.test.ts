import * as fs from 'node:fs'
import * as path from 'node:path'
import { decode } from 'fast-png'
import { describe, expect, test } from 'vitest'
import { channelsLast, decodeAll, readJson, SHARED, sha1 } from './decoded.ts'

const FIXTURES = 'test/fixtures/imaging/png'
const expected = readJson(`${FIXTURES}/expected.json`) as Record<
  string,
  { shape: number[]; type: string; sha1: string }
>
const folder = fs.existsSync(path.join(SHARED, 'pngsuite')) ? path.join(SHARED, 'pngsuite') : FIXTURES
const files = fs.readdirSync(folder).filter((name) => name in expected)

/** Pillow narrows 16-bit colour to its high byte. */
const highBytes = (data: ArrayLike<number>): Uint8Array => Uint8Array.from(data, (value) => value >> 8)

describe('PngSuite', () => {
  test.each(files)('%s decodes to the samples that Pillow gives', async (name) => {
    const wanted = expected[name]!
    const { info, data } = await decodeAll(path.join(folder, name))
    const shape = [info.height, info.width]
    expect(info.channels > 1 ? [info.channels, ...shape] : shape).toEqual(wanted.shape)
    const samples = wanted.type === 'high byte' ? highBytes(data) : data
    expect(sha1(samples)).toBe(wanted.sha1)
  })

  // 16-bit colour in full, which Pillow does not give.
  test.each(files.filter((name) => /16\.png$/.test(name)))('%s has the samples that fast-png gives', async (name) => {
    const { info, data } = await decodeAll(path.join(folder, name))
    const other = decode(fs.readFileSync(path.join(folder, name)))
    expect([...channelsLast(data, info.channels, info.width * info.height)]).toEqual([...other.data])
  })
})
