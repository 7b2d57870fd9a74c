/** Images whose pixels are of another size than those a run has learned, and what that means for a person. */
import type { ImageView } from '../../src-shared/api.ts'
import { scaleBetween } from '../../src-shared/pixel-size.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import { counted, figure, pixelSizeText } from './words.ts'

/** Of the training images, when all of them told. */
export type LearnedSize = Pick<PixelSizeUm, 'x' | 'y'>

/** Those that rescaling would change. */
export const imagesOfOtherSize = (images: readonly ImageView[], learned: LearnedSize | undefined): ImageView[] =>
  images.filter(({ pixelSizeUm }) => scaleBetween(pixelSizeUm, learned) !== undefined)

/** "0.5 µm", or both sides where they differ. */
const sideText = ({ x, y }: LearnedSize): string => (x === y ? `${figure(x)} µm` : pixelSizeText({ x, y }))

/** Both sizes, and what happens with the switch as it is. `others` of `images` have another size, at least one. */
export function rescalingText(
  images: readonly ImageView[],
  others: readonly ImageView[],
  learned: LearnedSize,
  isRescaled: boolean,
): string {
  const size = others[0]!.pixelSizeUm!
  const sizes = new Set(others.map(({ pixelSizeUm }) => sideText(pixelSizeUm!)))
  const isOne = images.length === 1
  const which = isOne ? 'This image has' : `${counted(others.length, 'image')} of ${images.length} have`
  const has = `${which} pixels of ${sizes.size === 1 ? [...sizes][0] : 'other sizes'}, the training images ${sideText(learned)}.`
  if (isRescaled) return `${has} Predicted at ${sideText(learned)}; the result is on the image's own grid.`
  if (sizes.size > 1) return `${has} As they are, cells look larger or smaller to the network than those it learned.`
  return `${has} As ${isOne ? 'it is' : 'they are'}, cells look ${figure(learned.x / size.x)} × as large to the network.`
}
