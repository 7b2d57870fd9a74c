import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { outcome, SHARED } from './decoded.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-bad-input-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))
const write = (name: string, bytes: Uint8Array | string): string => {
  fs.writeFileSync(path.join(folder, name), bytes)
  return path.join(folder, name)
}

/** A classic little-endian TIFF of directories with 4-byte values: [id, type, count, value]. */
function tiff(pages: { at: number; tags: number[][]; next: number }[], length = 400): Buffer {
  const bytes = Buffer.alloc(length)
  bytes.write('II*\0', 'latin1')
  bytes.writeUInt32LE(pages[0]!.at, 4)
  for (const { at, tags, next } of pages) {
    bytes.writeUInt16LE(tags.length, at)
    for (const [index, [id, type, count, value]] of tags.entries()) {
      bytes.writeUInt16LE(id!, at + 2 + 12 * index)
      bytes.writeUInt16LE(type!, at + 4 + 12 * index)
      bytes.writeUInt32LE(count!, at + 6 + 12 * index)
      bytes.writeUInt32LE(value!, at + 10 + 12 * index)
    }
    bytes.writeUInt32LE(next, at + 2 + 12 * tags.length)
  }
  return bytes
}

const grey = (more: number[][] = []): number[][] => {
  const tags = [
    [256, 4, 1, 4],
    [257, 4, 1, 4],
    [258, 3, 1, 8],
    [262, 3, 1, 1],
    [273, 4, 1, 300],
    [279, 4, 1, 16],
    ...more,
  ]
  return [...new Map(tags.map((tag) => [tag[0], tag])).values()]
}

describe('a broken TIFF', () => {
  test.each<[string, Buffer, string, RegExp]>([
    ['pages in a circle', tiff([{ at: 8, tags: grey(), next: 8 }]), 'image-unreadable', /circle/],
    [
      'pages in a longer circle',
      tiff([
        { at: 8, tags: grey(), next: 120 },
        { at: 120, tags: grey(), next: 8 },
      ]),
      'image-unreadable',
      /circle/,
    ],
    ['a circle below a page', tiff([{ at: 8, tags: grey([[330, 4, 1, 8]]), next: 0 }]), 'image-unreadable', /circle/],
    ['a directory beyond the end', tiff([{ at: 8, tags: grey(), next: 100000 }]), 'image-unreadable', /cut short/],
    [
      'strips beyond the end',
      tiff([{ at: 8, tags: grey([[273, 4, 1, 390]]), next: 0 }]),
      'image-unreadable',
      /cut short/,
    ],
    ['no size', tiff([{ at: 8, tags: [[258, 3, 1, 8]], next: 0 }]), 'image-unreadable', /0 x 0/],
    [
      'an absurd size',
      tiff([
        {
          at: 8,
          tags: grey([
            [256, 4, 1, 4e9],
            [257, 4, 1, 4e9],
          ]),
          next: 0,
        },
      ]),
      'image-too-large',
      /4000000000 x 4000000000 pixels/,
    ],
    [
      'an unknown compression',
      tiff([{ at: 8, tags: grey([[259, 3, 1, 34712]]), next: 0 }]),
      'image-unsupported',
      /JPEG 2000/,
    ],
    ['broken deflate', tiff([{ at: 8, tags: grey([[259, 3, 1, 8]]), next: 0 }]), 'image-unreadable', /compressed data/],
    ['broken LZW', tiff([{ at: 8, tags: grey([[259, 3, 1, 5]]), next: 0 }]), 'image-unreadable', /pixels|LZW/],
    ['broken JPEG', tiff([{ at: 8, tags: grey([[259, 3, 1, 7]]), next: 0 }]), 'image-unreadable', /JPEG/],
    [
      'broken fax',
      tiff([
        {
          at: 8,
          tags: grey([
            [258, 3, 1, 1],
            [259, 3, 1, 4],
          ]),
          next: 0,
        },
      ]),
      'image-unreadable',
      /fax/,
    ],
    ['too few strips', tiff([{ at: 8, tags: grey([[278, 4, 1, 1]]), next: 0 }]), 'image-unreadable', /list of strips/],
    ['only a header', Buffer.from('II*\0\0\0\0\0', 'latin1'), 'image-unreadable', /no pages/],
    ['half a header', Buffer.from('II*\0\0', 'latin1'), 'image-unreadable', /cut short/],
  ])('with %s is one sentence', async (name, bytes, code, message) => {
    const file = write(`${name}.tif`, bytes)
    expect(await outcome(file)).toEqual({ code, message: expect.stringMatching(message) })
    expect((await outcome(file)).message).toContain(file)
  })

  test('the same file without damage decodes', async () => {
    expect((await outcome(write('good.tif', tiff([{ at: 8, tags: grey(), next: 0 }])))).code).toBe('decoded')
  })

  test('that inflates to far more than its image is stopped', async () => {
    const bomb = deflateSync(Buffer.alloc(50_000_000))
    const head = tiff([
      {
        at: 8,
        tags: grey([
          [259, 3, 1, 8],
          [273, 4, 1, 400],
          [279, 4, 1, bomb.length],
        ]),
        next: 0,
      },
    ])
    const { code, message } = await outcome(write('bomb.tif', Buffer.concat([head, bomb])))
    expect({ code, message }).toEqual({
      code: 'image-unreadable',
      message: expect.stringMatching(/longer than its image/),
    })
  })

  test('never crashes the decoder, whatever bytes are changed', async () => {
    const names = [
      'uint16.tif',
      'group4.tif',
      'lzw.tif',
      'packbits.tif',
      'jpeg.tif',
      'ome-order.ome.tif',
      'tiled-ragged.tif',
    ]
    const originals = names.map((name) => fs.readFileSync(`test/fixtures/imaging/tiff/${name}`))
    const change = fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.integer({ min: 0, max: 255 }) })
    const cases = fc.tuple(fc.nat(names.length - 1), fc.array(change, { minLength: 1, maxLength: 6 }), fc.boolean())
    await fc.assert(
      fc.asyncProperty(cases, async ([which, changes, isCut]) => {
        const bytes = Buffer.from(originals[which]!)
        // Most of the damage goes where the tags are: the first and the last bytes of the file.
        for (const { at, to } of changes) bytes[Math.floor(at ** 4 * (bytes.length - 1))] = to
        const file = write('fuzz.tif', isCut ? bytes.subarray(0, Math.ceil(bytes.length * changes[0]!.at)) : bytes)
        expect(await outcome(file)).toEqual({ code: expect.any(String), message: expect.any(String) })
      }),
      { numRuns: 300 },
    )
  }, 120_000)
})

describe('a broken PNG', () => {
  const original = fs.readFileSync('test/fixtures/imaging/png/basi6a08.png')
  test('never crashes the decoder, and one changed byte of a critical part is noticed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(original.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const bytes = Buffer.from(original)
        bytes[at] = bytes[at]! ^ by
        expect((await outcome(write('fuzz.png', bytes))).code).toMatch(/^image-(unreadable|too-large)$/)
      }),
      { numRuns: 200 },
    )
  })

  test('that is cut short anywhere is noticed', async () => {
    for (let length = 0; length < original.length; length += 13) {
      expect((await outcome(write('cut.png', original.subarray(0, length)))).code).toBe('image-unreadable')
    }
  })
})

describe('what is no image here', () => {
  test.each<[string, string | Buffer, string, RegExp]>([
    ['empty.tif', '', 'image-unreadable', /it is empty/],
    ['text.png', 'hello', 'image-unreadable', /no PNG, JPEG or TIFF/],
    ['film.gif', 'GIF89a....', 'image-unsupported', /a GIF, .* save it as PNG or TIFF/],
    ['scan.czi', 'ZISRAWFILE', 'image-unsupported', /Zeiss CZI .* OME-TIFF/],
    ['scan.nd2', 'anything', 'image-unsupported', /Nikon ND2 .* OME-TIFF/],
    ['scan.lif', 'anything', 'image-unsupported', /Leica LIF .* OME-TIFF/],
    ['renamed.tif', Buffer.from('PK\x03\x04', 'latin1'), 'image-unsupported', /zip archive.* unpack it/],
  ])('%s', async (name, bytes, code, message) => {
    expect(await outcome(write(name, bytes))).toEqual({ code, message: expect.stringMatching(message) })
  })

  test('a missing file and a folder', async () => {
    expect((await outcome(path.join(folder, 'none.tif'))).code).toBe('file-missing')
    expect((await outcome(folder)).code).toBe('image-unreadable')
  })

  test('a wrong extension does not matter', async () => {
    const file = write('really-a-png.tif', fs.readFileSync('test/fixtures/imaging/png/basn0g16.png'))
    expect((await outcome(file)).message).toContain('"format":"png"')
  })
})

const BAD = path.join(SHARED, 'bad-inputs')
const hasBad = fs.existsSync(BAD)
test
  .skipIf(!hasBad)
  .each(hasBad ? (fs.readdirSync(BAD, { recursive: true }) as string[]).filter((name) => /\.\w+$/.test(name)) : [''])(
  'the broken file %s is one sentence',
  async (name) => {
    const { code, message } = await outcome(path.join(BAD, name))
    expect(code).toMatch(/^image-(unreadable|unsupported|too-large)$/)
    expect(message).toMatch(/; .+\.$/)
  },
)
