import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { encode } from 'fast-png'
import { afterAll, describe, expect, test } from 'vitest'
import { parseValueMap } from '../../../src-main/imaging/mask-values.ts'
import { readMask } from '../../../src-main/imaging/masks.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { FIRST_TEMPORARY_ID, LABEL } from '../../../src-shared/labels.ts'
import { allocateSamples, type SampleType } from '../../../src-shared/pixels.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-masks-'))
afterAll(() => fs.rmSync(folder, { recursive: true }))

/** A grey mask; each page is rows of numbers. */
function mask(name: string, pages: number[][][], sampleType: SampleType = 'uint8'): string {
  const file = path.join(folder, name)
  const [height, width] = [pages[0]!.length, pages[0]![0]!.length]
  const writer = TiffWriter.create(file, { width, height, sampleType, z: pages.length })
  for (const page of pages) {
    const data = allocateSamples(sampleType, width * height)
    data.set(page.flat())
    writer.writePlane(data)
  }
  writer.close()
  return file
}

/** An RGBA mask of colours given as [red, green, blue]. */
function colours(name: string, rows: number[][][]): string {
  const file = path.join(folder, name)
  const data = Uint8Array.from(rows.flat().flatMap((colour) => [...colour, 255]))
  fs.writeFileSync(file, encode({ width: rows[0]!.length, height: rows.length, channels: 4, depth: 8, data }))
  return file
}

const rowsOf = ({ width, pages }: { width: number; pages: Uint32Array[] }): number[][][] =>
  pages.map((page) =>
    Array.from({ length: page.length / width }, (_, y) => [...page.slice(y * width, (y + 1) * width)]),
  )

test('pages that have been read already are not read again', async () => {
  const file = mask('r.tif', [[[9, 0]], [[0, 9]]])
  const read = [{ width: 2, height: 1, channels: 1, data: Uint8Array.of(0, 9) }]
  expect(rowsOf(await readMask([file], { kind: 'binary', read }))).toEqual([[[0, 16]], [[0, 17]]])
  expect(read).toEqual([])
})

describe('instances', () => {
  test('keep their identity over the pages, from 16 on', async () => {
    const file = mask(
      'i.tif',
      [
        [
          [0, 7, 7],
          [1, 0, 7],
        ],
        [
          [0, 0, 7],
          [300, 0, 0],
        ],
      ],
      'int32',
    )
    expect(rowsOf(await readMask([file], { kind: 'instances' }))).toEqual([
      [
        [0, 22, 22],
        [16, 0, 22],
      ],
      [
        [0, 0, 22],
        [315, 0, 0],
      ],
    ])
  })

  test.each([
    ['negative', [[-1, 2]], 'int16'],
    ['broken', [[0.5, 2]], 'float32'],
  ] as const)('%s ids are refused with a sentence', async (_, rows, type) => {
    const file = mask('bad.tif', [rows.map((row) => [...row])], type)
    await expect(readMask([file], { kind: 'instances' })).rejects.toThrow(
      /bad\.tif cannot be used \(an object id of it is/,
    )
  })

  test('that are so large that a window would take them for its own are refused', async () => {
    const largest = FIRST_TEMPORARY_ID - LABEL.firstObject
    const file = mask('large.tif', [[[largest]], [[largest + 1]]], 'uint32')
    expect(rowsOf(await readMask([file], { kind: 'instances', page: 0 }))).toEqual([[[FIRST_TEMPORARY_ID - 1]]])
    await expect(readMask([file], { kind: 'instances', page: 1 })).rejects.toThrow(
      `its object id ${largest + 1} is too large`,
    )
  })

  test('in colours are refused with the remedy', async () => {
    const file = colours('rgb.png', [
      [
        [1, 2, 3],
        [0, 0, 0],
      ],
    ])
    await expect(readMask([file], { kind: 'instances' })).rejects.toThrow(/it has colours; say --mask-kind colours/)
  })
})

describe('a binary mask', () => {
  const page = [
    [255, 0, 255],
    [255, 0, 0],
    [0, 255, 0],
  ]
  test('falls into 4-connected pieces, numbered on over the pages', async () => {
    expect(rowsOf(await readMask([mask('b.tif', [page, page])], { kind: 'binary' }))).toEqual([
      [
        [16, 0, 17],
        [16, 0, 0],
        [0, 18, 0],
      ],
      [
        [19, 0, 20],
        [19, 0, 0],
        [0, 21, 0],
      ],
    ])
  })

  test('has the foreground value that is asked for', async () => {
    const [rows] = rowsOf(await readMask([mask('b0.tif', [page])], { kind: 'binary', foreground: 0 }))
    expect(rows).toEqual([
      [0, 16, 0],
      [0, 16, 16],
      [17, 0, 16],
    ])
  })
})

test('colours: touching objects of different colours stay apart, one colour far apart is two objects', async () => {
  const [o, a, b] = [
    [0, 0, 0],
    [1, 0, 0],
    [2, 0, 0],
  ]
  const file = colours('c.png', [
    [a, b, o],
    [a, b, o],
    [o, o, a],
  ])
  expect(rowsOf(await readMask([file], { kind: 'colours' }))).toEqual([
    [
      [16, 17, 0],
      [16, 17, 0],
      [0, 0, 18],
    ],
  ])
})

describe('classes', () => {
  const file = () =>
    mask('k.tif', [
      [
        [0, 32, 191],
        [255, 9, 191],
        [128, 0, 159],
      ],
    ])
  test('are pieces of one class each, and named codes', async () => {
    const map = parseValueMap('0,32=membrane,191=mito,255=background,128=boundary,159=ignore')
    const read = await readMask([file()], { kind: 'classes', map })
    expect(rowsOf(read)).toEqual([
      [
        [16, 16, 17],
        [1, 0, 17],
        [2, 18, 3],
      ],
    ])
    expect([...read.objectClasses!]).toEqual([
      [16, 'membrane'],
      [17, 'mito'],
      [18, 'membrane'],
    ])
  })

  test('need a map that fits', async () => {
    await expect(readMask([file()], { kind: 'classes' })).rejects.toThrow(/--map/)
    const map = new Map([[77, 'nucleus']])
    await expect(readMask([file()], { kind: 'classes', map })).rejects.toThrow(
      /none of its values is in the map; it has 0, 9/,
    )
  })

  test.each(['', '1', '1=', 'a=b', '1=b,2', '1,,2=c'])('the map "%s" is refused', (text) => {
    expect(() => parseValueMap(text)).toThrow(expect.objectContaining({ code: 'usage' }))
  })
})

test('per object: each file is one object, also in two pieces, and the first keeps what two claim', async () => {
  const one = mask('o1.tif', [[[1, 0, 1, 0]]])
  const two = mask('o2.tif', [[[0, 0, 255, 255]]])
  expect(rowsOf(await readMask([one, two], { kind: 'per-object' }))).toEqual([[[16, 0, 16, 17]]])
})

describe('a mask that does not fit its image', () => {
  const image = { path: 'cells.tif', width: 3, height: 1, pages: 1 }
  test('by size is refused with both sizes', async () => {
    const file = mask('small.tif', [[[1, 1]]])
    await expect(readMask([file], { kind: 'binary', image })).rejects.toThrow(
      `The mask ${file} is 2 x 1 but its image cells.tif is 3 x 1; masks must have the size of their image.`,
    )
  })

  test('by pages is refused, unless one page is meant', async () => {
    const file = mask('pages.tif', [[[1, 1, 0]], [[0, 1, 1]]])
    await expect(readMask([file], { kind: 'binary', image })).rejects.toThrow(
      /\(it has 2 pages but the image cells.tif has 1\)/,
    )
    expect(rowsOf(await readMask([file], { kind: 'binary', image, page: 1 }))).toEqual([[[0, 16, 16]]])
  })

  test('fewer files than planes are refused with both numbers', async () => {
    const files = ['p0.tif', 'p1.tif'].map((name) => mask(name, [[[1, 1, 0]]]))
    await expect(readMask(files, { kind: 'instances', image: { ...image, pages: 3 } })).rejects.toThrow(
      `The mask ${files[0]} cannot be used (2 files have 2 pages but the image cells.tif has 3).`,
    )
  })

  test('a file for each object is refused for an image of several planes, and where it has several itself', async () => {
    const kind = 'per-object'
    const one = mask('object.tif', [[[1, 1, 0]]])
    await expect(readMask([one], { kind, image: { ...image, pages: 3 } })).rejects.toThrow(
      `The mask ${one} cannot be used (a file for each object is for images of one plane, and cells.tif has 3).`,
    )
    const deep = mask('deep.tif', [[[1, 1, 0]], [[0, 1, 1]]])
    await expect(readMask([one, deep], { kind, image })).rejects.toThrow(
      `The mask ${deep} cannot be used (it has 2 pages, but is to be one object).`,
    )
    expect(rowsOf(await readMask([deep], { kind, image, page: 1 }))).toEqual([[[0, 16, 16]]])
  })
})
