/** Pictures of predicted classes: truth and prediction in the colours of the classes, and where the class is wrong. */

import { classColour, classColourName } from '../class-colours.ts'
import { UNKNOWN_CLASS } from '../class-images.ts'
import { ClassNames, readClassified } from '../classified-maps.ts'
import type { Colour, Picture } from '../report/picture.ts'
import { classNamesOf, valueMapOf } from './study-data.ts'
import type { StudyData } from './study-file.ts'

const WRONG: Colour = [213, 94, 0]

/** The picture with true classes, with predicted ones, and dark with the pixels of a wrong class. */
export async function classStrips(
  picture: Picture,
  { truth, labels }: { truth: string; labels: string },
  data: StudyData,
): Promise<Picture[]> {
  const names = new ClassNames()
  for (const name of classNamesOf(data)) names.indexOf(name)
  const [expected, found] = [await readClassified(truth, names, valueMapOf(data)), await readClassified(labels, names)]
  const [wanted, predicted] = [expected.planes[0]!.classes, found.planes[0]!.classes]
  const colourOf = (index: number) => (index === 0 || index === UNKNOWN_CLASS ? undefined : colours[index - 1])
  const colours = names.names.slice(1).map((_, position) => rgbOf(classColour(position)))
  const isWrong = (at: number) => wanted[at] !== UNKNOWN_CLASS && wanted[at] !== predicted[at]
  const dark = { ...picture, rgb: picture.rgb.map((value) => value / 2) }
  return [
    painted(picture, (at) => colourOf(wanted[at]!)),
    painted(picture, (at) => colourOf(predicted[at]!)),
    painted(dark, (at) => (isWrong(at) ? WRONG : undefined)),
  ]
}

/** "glia orange, mitochondria light blue": the classes by the names of their colours. */
export const classLegend = (data: StudyData): string =>
  classNamesOf(data)
    .map((name, position) => `${name} ${classColourName(position)}`)
    .join(', ')

function painted({ rgb, ...size }: Picture, colourAt: (at: number) => Colour | undefined): Picture {
  const mixed = rgb.slice()
  for (let at = 0; at < size.width * size.height; at++) {
    const colour = colourAt(at)
    if (!colour) continue
    for (let part = 0; part < 3; part++) mixed[at * 3 + part] = mixed[at * 3 + part]! * 0.5 + colour[part]! * 0.5
  }
  return { ...size, rgb: mixed }
}

const rgbOf = (hex: string): Colour => {
  const [red, green, blue] = [1, 3, 5].map((from) => Number.parseInt(hex.slice(from, from + 2), 16))
  return [red!, green!, blue!]
}
