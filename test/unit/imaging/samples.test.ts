import * as fs from 'node:fs'
import * as path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readWholePlane } from '../../../src-main/imaging/import-pixels.ts'
import { listImages, listMasks } from '../../../src-main/imaging/list-images.ts'
import { parseValueMap } from '../../../src-main/imaging/mask-values.ts'
import { type MaskKind, readMask } from '../../../src-main/imaging/masks.ts'
import { matchMasks } from '../../../src-main/imaging/match-masks.ts'
import { isObjectId } from '../../../src-shared/labels.ts'
import { SHARED } from './decoded.ts'

const SAMPLES = 'resources/samples'
const objects = (labels: Uint32Array): number => [...new Set(labels)].filter(isObjectId).length

describe('the samples import as their README says', () => {
  // Counts by scikit-image's label(connectivity=1), numpy's unique, and the number of files.
  test.each<[string, string, MaskKind, number[]]>([
    ['nuclei', 'nuclei/masks', 'colours', [31, 19, 29, 41, 13, 24, 53, 34]],
    ['nuclei-sparse', 'nuclei-sparse/sparse_labels', 'instances', [8]],
  ])('%s', async (images, masks, kind, expected) => {
    const matches = matchMasks(listImages([`${SAMPLES}/${images}`]), listMasks([`${SAMPLES}/${masks}`]))
    const counts: number[] = []
    for (const match of matches) counts.push(objects((await readMask(match.masks, { kind })).pages[0]!))
    expect(counts).toEqual(expected)
  })

  test('nuclei-per-object', async () => {
    const folder = `${SAMPLES}/nuclei-per-object`
    const matches = matchMasks(listImages([folder]), listMasks([folder]))
    expect(matches).toHaveLength(3)
    for (const { image, masks } of matches) {
      const files = fs.readdirSync(path.join(path.dirname(image), '../masks'))
      const { width, height } = await readWholePlane(image, 0)
      const read = await readMask(masks, { kind: 'per-object', image: { path: image, width, height, pages: 1 } })
      expect(objects(read.pages[0]!)).toBe(files.length)
    }
  })

  test('em', async () => {
    const [match] = matchMasks(listImages([`${SAMPLES}/em/raw`]), listMasks([`${SAMPLES}/em/labels`]))
    const map = parseValueMap('0,32,64,96=membrane,191=mitochondria,255=background')
    const { pages, objectClasses } = await readMask(match!.masks, { kind: 'classes', map })
    const stored = (await readWholePlane(match!.masks[0]!, 0)).data
    const wanted = Array.from(stored, (value) => map.get(value) ?? 'unpainted')
    const names = ['unpainted', 'background', 'boundary', 'ignore']
    expect(Array.from(pages[0]!, (label) => objectClasses!.get(label) ?? names[label])).toEqual(wanted)
  })
})

const DSB = path.join(SHARED, 'nuclei-dsb2018')
test.skipIf(!fs.existsSync(DSB))(
  'a file for each object gives the partition of the label image beside it',
  async () => {
    for (const { image, masks } of matchMasks(listImages([DSB]), listMasks([DSB])).slice(0, 2)) {
      const ours = (await readMask(masks, { kind: 'per-object' })).pages[0]!
      const theirs = (await readWholePlane(path.join(path.dirname(image), '../labels.tif'), 0)).data
      const pairs = new Set(Array.from(ours, (label, i) => `${label} ${theirs[i]}`))
      expect(pairs.size).toBe(new Set(ours).size)
      expect(pairs.size).toBe(new Set(theirs as Iterable<number>).size)
    }
  },
)
