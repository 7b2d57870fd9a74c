/** Pictures of predicted classes: truth and prediction in the colours of the classes, and where the class is wrong. */
import { rgbOf } from '../../../src-shared/colours.ts'
import { classColour, classColourName } from '../class-colours.ts'
import { UNKNOWN_CLASS } from '../class-images.ts'
import { ClassNames, readClassified } from '../classified-maps.ts'
import { type Colour, darkened, type Picture, tinted } from '../report/picture.ts'
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
  const colours = names.names.slice(1).map((_, position) => rgbOf(classColour(position)))
  /** Background, and `UNKNOWN_CLASS` beyond all of them, have none. */
  const colourOf = (index: number) => colours[index - 1]
  const isWrong = (at: number) => wanted[at] !== UNKNOWN_CLASS && wanted[at] !== predicted[at]
  return [
    tinted(picture, (at) => colourOf(wanted[at]!), 0.5),
    tinted(picture, (at) => colourOf(predicted[at]!), 0.5),
    tinted(darkened(picture), (at) => (isWrong(at) ? WRONG : undefined), 0.5),
  ]
}

/** "glia orange, mitochondria light blue": the classes by the names of their colours. */
export const classLegend = (data: StudyData): string =>
  classNamesOf(data)
    .map((name, position) => `${name} ${classColourName(position)}`)
    .join(', ')
