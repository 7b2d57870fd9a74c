import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { listImages, listMasks } from '../../../src-main/imaging/list-images.ts'
import { matchMasks } from '../../../src-main/imaging/match-masks.ts'

/** As a folder is listed. */
const PLANES = ['z0_t0', 'z0_t1', 'z1_t0', 'z1_t1', 'z10_t0', 'z10_t1']

describe('masks find their images', () => {
  test.each<[string, string[], string[], (string[] | undefined)[]]>([
    ['by equal names', ['i/a.tif', 'i/b.tif'], ['m/b.png', 'm/a.png'], [['m/a.png'], ['m/b.png']]],
    ['by a suffix', ['a.tif', 'b.tif'], ['a_mask.tif', 'b-labels.png'], [['a_mask.tif'], ['b-labels.png']]],
    ['by other suffixes', ['a.tif', 'b.tif'], ['a_cp_masks.png', 'b_seg.tif'], [['a_cp_masks.png'], ['b_seg.tif']]],
    ['by a prefix', ['x1.tif'], ['mask_x1.png'], [['mask_x1.png']]],
    ['when the image is called one', ['x1_img.tif'], ['x1_mask.png'], [['x1_mask.png']]],
    ['whatever the case of the extension', ['i/A.TIF'], ['m/a.Png'], [['m/a.Png']]],
    ['in composed and decomposed Unicode', ['zell\u00e4.tif'], ['zella\u0308_mask.tif'], [['zella\u0308_mask.tif']]],
    ['with a double extension', ['i/a.ome.tif'], ['m/a.tif'], [['m/a.tif']]],
    ['without leading zeros', ['i/s7.tif', 'i/s8.tif'], ['m/s007.tif', 'm/s008.tif'], [['m/s007.tif'], ['m/s008.tif']]],
    [
      'a strict likeness before a loose one, of other images too',
      ['i/a1.tif', 'i/a01.tif', 'i/b.tif', 'i/b_seg.tif'],
      ['m/a1_mask.tif', 'm/b_seg_labels.tif'],
      [['m/a1_mask.tif'], [], [], ['m/b_seg_labels.tif']],
    ],
    [
      'no other image for a mask, in one folder with them',
      ['d/a1.tif', 'd/a01.tif', 'd/c.tif', 'd/c_mask.tif'],
      ['d/a1.tif', 'd/a01.tif', 'd/c.tif', 'd/c_mask.tif'],
      [[], [], ['d/c_mask.tif'], []],
    ],
    [
      'a file for each plane, z fastest',
      ['i/a.tif', 'i/b.tif', 'i/plain.tif'],
      ['m/plain_labels.png', ...['a', 'b'].flatMap((name) => PLANES.map((plane) => `m/${name}_${plane}_labels.png`))],
      [
        ...['a', 'b'].map((name) =>
          ['z0_t0', 'z1_t0', 'z10_t0', 'z0_t1', 'z1_t1', 'z10_t1'].map((plane) => `m/${name}_${plane}_labels.png`),
        ),
        ['m/plain_labels.png'],
      ],
    ],
    [
      'names of planes that are images',
      ['i/a_z0_t0.tif', 'i/a_z1_t0.tif'],
      ['m/a_z0_t0_labels.tif', 'm/a_z1_t0_labels.tif'],
      [['m/a_z0_t0_labels.tif'], ['m/a_z1_t0_labels.tif']],
    ],
    [
      'in the folder that is most alike',
      ['d/p/1.tif', 'd/q/1.tif'],
      ['m/p/1.tif', 'm/q/1.tif'],
      [['m/p/1.tif'], ['m/q/1.tif']],
    ],
    [
      'a file for each object',
      ['d/k1/images/k1.png', 'd/k2/images/k2.png'],
      ['d/k1/masks/f.png', 'd/k1/masks/e.png', 'd/k2/masks/g.png', 'd/k1/labels.tif'],
      [['d/k1/masks/e.png', 'd/k1/masks/f.png'], ['d/k2/masks/g.png']],
    ],
    [
      'a folder for each image',
      ['i/k1.png', 'i/k2.png'],
      ['m/k1/1.png', 'm/k1/2.png'],
      [['m/k1/1.png', 'm/k1/2.png'], []],
    ],
    ['not at all', ['a.tif', 'b.tif'], ['c.tif', 'd.tif'], [[], []]],
  ])('%s', (_, images, masks, expected) => {
    expect(matchMasks(images, masks)).toEqual(images.map((image, i) => ({ image, masks: expected[i] })))
  })

  test('by page: one stack of masks for many images, many masks for one stack', () => {
    expect(matchMasks(['s1.tif', 's2.tif'], ['truth.tif'])).toEqual([
      { image: 's1.tif', masks: ['truth.tif'], page: 0 },
      { image: 's2.tif', masks: ['truth.tif'], page: 1 },
    ])
    expect(matchMasks(['stack.tif'], ['p10.png', 'p9.png'])).toEqual([
      { image: 'stack.tif', masks: ['p9.png', 'p10.png'] },
    ])
    const planes = PLANES.map((plane) => `other_${plane}_labels.png`)
    const [match] = matchMasks(['stack.tif'], planes)
    expect(match!.masks.map((mask) => mask.slice(6, -11))).toEqual([
      'z0_t0',
      'z1_t0',
      'z10_t0',
      'z0_t1',
      'z1_t1',
      'z10_t1',
    ])
  })

  test('images of which they are known keep theirs: nothing faces the others by page, or lies in the folder of one alone', () => {
    const known = new Map([['d/images/a.tif', ['d/masks/1.tif']]])
    const rest = ['d/masks/2.tif', 'd/masks/3.tif']
    const matched = (images: string[], masks: string[]) => matchMasks(images, ['d/masks/1.tif', ...masks], known)
    const a = { image: 'd/images/a.tif', masks: ['d/masks/1.tif'] }
    const [b, c] = ['d/images/b.tif', 'e/c.tif']
    expect(matched([b, a.image], rest)).toEqual([{ image: b, masks: [] }, a])
    expect(matched([a.image, c], rest)).toEqual([a, { image: c, masks: [] }])
    expect(matched([a.image, b, c], rest.slice(1))).toEqual([a, { image: b, masks: [] }, { image: c, masks: [] }])
    expect(matched([a.image, c], ['m/c_mask.tif'])).toEqual([a, { image: c, masks: ['m/c_mask.tif'] }])
  })

  test('two that fit equally well are named', () => {
    expect(() => matchMasks(['i/a.tif'], ['m/a.png', 'm/a.tif'])).toThrow(
      /m\/a.tif cannot be used \("m\/a.png" fits "i\/a.tif" as well/,
    )
  })
})

describe('files to import', () => {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-list-'))
  const other = fs.mkdtempSync(path.join(os.tmpdir(), 'cellbrush-list-'))
  afterAll(() => {
    for (const folder of [root, other]) fs.rmSync(folder, { recursive: true })
  })
  const files = [
    's10.tif',
    's9.tif',
    'sub/a.PNG',
    '.hidden.tif',
    '.git/x.tif',
    'notes.txt',
    'k/images/1.png',
    'k/masks/2.png',
    'scan.czi',
    'zella\u0308.tif',
  ]
  const beside = ['data/a.tif', 'data/masks/a.tif', 'data/day 2/b.tif', 'data/day 2/cell_labels/b.tif', 'labels/c.tif']
  const all = [...files.map((file) => path.join(root, file)), ...beside.map((file) => path.join(other, file))]
  for (const file of all) {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, '')
  }
  const relative = (list: string[]): string[] => list.map((file) => path.relative(root, file))

  test('a folder: all images below it in natural order, without hidden files and masks', () => {
    expect(relative(listImages([root]))).toEqual([
      'k/images/1.png',
      's9.tif',
      's10.tif',
      'scan.czi',
      'sub/a.PNG',
      'zella\u0308.tif',
    ])
    expect(relative(listMasks([path.join(root, 'k')]))).toEqual(['k/images/1.png', 'k/masks/2.png'])
  })

  test('of a folder with images of its own, folders of masks are left out', () => {
    const data = path.join(other, 'data')
    expect(listImages([data]).map((file) => path.relative(data, file))).toEqual(['a.tif', 'day 2/b.tif'])
    expect(listImages([path.join(data, 'masks')])).toEqual([path.join(data, 'masks/a.tif')])
    expect(listImages([other]).map((file) => path.relative(other, file))).toEqual([
      'data/a.tif',
      'data/day 2/b.tif',
      'labels/c.tif',
    ])
  })

  test('files and patterns, none twice', () => {
    expect(relative(listImages([path.join(root, 's10.tif'), path.join(root, 's*.tif')]))).toEqual(['s9.tif', 's10.tif'])
    expect(relative(listImages([path.join(root, 'zell\u00e4.tif')]))).toEqual(['zella\u0308.tif'])
  })

  test('what is missing or empty is named', () => {
    expect(() => listImages([path.join(root, 'none.tif')])).toThrow(expect.objectContaining({ code: 'file-missing' }))
    expect(() => listImages([path.join(root, '*.jpg')])).toThrow(expect.objectContaining({ code: 'nothing-to-import' }))
  })
})
