import { expect, test } from 'vitest'
import { imagesOfOtherSize, rescalingText } from '../../../src-renderer/state/rescaling.ts'
import { anImage } from '../../drivers/fake-connection.ts'

const sized = (id: number, x: number, y = x) => anImage(id, { pixelSizeUm: { x, y } })
const LEARNED = { x: 0.5, y: 0.5 }

test('only images that are known to differ by more than 5 % in either direction are of another size', () => {
  const images = [sized(1, 0.5), sized(2, 0.52), sized(3, 0.53), sized(4, 0.47), sized(5, 0.5, 0.6), anImage(6)]
  expect(imagesOfOtherSize(images, LEARNED).map(({ id }) => id)).toEqual([3, 4, 5])
  expect(imagesOfOtherSize(images, undefined)).toEqual([])
})

test('both sizes are said, what is left to itself looks like, and what rescaling does', () => {
  const one = [sized(1, 0.25)]
  expect(rescalingText(one, one, LEARNED, false)).toBe(
    'This image has pixels of 0.25 µm, the training images 0.5 µm. As it is, cells look 2 × as large to the network.',
  )
  expect(rescalingText(one, one, LEARNED, true)).toBe(
    "This image has pixels of 0.25 µm, the training images 0.5 µm. Predicted at 0.5 µm; the result is on the image's own grid.",
  )
  const some = [sized(1, 0.25), sized(2, 0.5), sized(3, 1)]
  expect(rescalingText(some, imagesOfOtherSize(some, LEARNED), LEARNED, false)).toMatch(
    /^2 images of 3 have pixels of other sizes, the training images 0\.5 µm\. As they are/,
  )
})
