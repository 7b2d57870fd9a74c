import { readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { writeObjectTable } from '../../../src-main/core/object-table.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

test('areas have six digits however small a pixel is, centroids four decimals', () => {
  const place = { class: 'vesicle', z: 0, t: 0, centroidPx: { x: 10.123456, y: 3 } }
  const rows = [
    { object: 1, areaPx: 78, ...place },
    { object: 2, areaPx: 1_234_567, ...place },
  ]
  writeObjectTable(at('small.csv'), rows, { x: 0.004, y: 0.004 })
  expect(readFileSync(at('small.csv'), 'utf8').split('\n')).toEqual([
    'object,class,z,t,area_px,centroid_x_px,centroid_y_px,area_um2',
    '1,vesicle,0,0,78,10.1235,3,0.001248',
    '2,vesicle,0,0,1234567,10.1235,3,19.7531',
    '',
  ])
})
