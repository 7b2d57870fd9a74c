/** How files that belong together are recognised by their names: an image, its mask, a prediction of it. */
import * as fs from 'node:fs'
import * as path from 'node:path'

const MASK_WORDS =
  '(?:cp_)?masks?|labels?|seg|segmentation|annotations?|instances?|objects?|classes|truth|gt|ground[-_ ]?truth'
/** Results that are no masks: a mask is never looked for under these names. */
const RESULT_WORDS = `${MASK_WORDS}|probabilit(?:y|ies)|predictions?`
const IMAGE_WORDS = 'image|img|raw'

type Name = (file: string) => string

/** A file's name without folder and ending, in composed Unicode: "a/B 1.ome.tif" -> "B 1". */
export const stemOf: Name = (file) =>
  path
    .basename(file)
    .normalize('NFC')
    .replace(/(\.ome)?\.[^.]+$/i, '')

/** Takes a word off the end of a name, else off its beginning; a name that is nothing else stays. */
function wordRemover(words: string): (name: string) => string {
  const suffix = new RegExp(`(?<=.)[-_. ](?:${words})$`, 'i')
  const prefix = new RegExp(`^(?:${words})[-_. ](?=.)`, 'i')
  return (name) => (suffix.test(name) ? name.replace(suffix, '') : name.replace(prefix, ''))
}
const withoutMaskWord = wordRemover(MASK_WORDS)
const withoutResultWord = wordRemover(RESULT_WORDS)
const withoutImageWord = wordRemover(IMAGE_WORDS)

function repeated(remove: (name: string) => string): Name {
  return (file) => {
    let name = stemOf(file)
    for (let before = ''; before !== name; ) [before, name] = [name, remove(name)]
    return name
  }
}
const bareMask = repeated(withoutMaskWord)
const isCalledMask = (file: string): boolean => bareMask(file) !== stemOf(file)

/** The stem without what programs added to tell what the file is: "cells_labels_probabilities.tif" -> "cells". */
export const subjectOf: Name = repeated(withoutResultWord)

const withoutZeros = (name: string): string => name.replace(/\d+/g, (digits) => String(BigInt(digits)))

/** What a name of an image, or of a prediction, and a name of a mask must have in common. */
interface Rule {
  image: Name
  mask: Name
  /** A likeness, not the same name: it only finds masks that no rule before it has found for another image. */
  isLoose?: true
}

const SAME_STEM: Rule = { image: stemOf, mask: stemOf }

/** The same name; a mask word more; then looser: all its mask words, "img" of the image, leading zeros left out. */
const ladder = (image: Name, bareImage: Name): Rule[] => [
  { image, mask: stemOf },
  { image, mask: (file) => withoutMaskWord(stemOf(file)) },
  { image: bareImage, mask: bareMask, isLoose: true },
  { image: (file) => withoutImageWord(bareImage(file)), mask: bareMask, isLoose: true },
  {
    image: (file) => withoutZeros(withoutImageWord(bareImage(file))),
    mask: (file) => withoutZeros(bareMask(file)),
    isLoose: true,
  },
]
const RULES_OF_IMAGES = [SAME_STEM, ...ignoringCase(ladder(stemOf, stemOf))]
/** A prediction is called like a mask of its image: the same name, else the image's. */
const RULES_OF_PREDICTIONS = [
  SAME_STEM,
  ...ignoringCase([SAME_STEM, ...ladder((file) => withoutResultWord(stemOf(file)), subjectOf)]),
]

function ignoringCase(rules: readonly Rule[]): Rule[] {
  const lower =
    (name: Name): Name =>
    (file) =>
      name(file).toLowerCase()
  return rules.map(({ image, mask, ...rest }) => ({ ...rest, image: lower(image), mask: lower(mask) }))
}

/** Files that fit a name, all by the same rule: the first that finds any. */
export interface Found {
  files: string[]
  isLoose: boolean
}

type Fits = (image: string, mask: string, isLoose: boolean) => boolean

function find(images: readonly string[], masks: readonly string[], rules: readonly Rule[], fits: Fits): Found[] {
  const found = images.map((): Found => ({ files: [], isLoose: false }))
  for (const { image: nameOf, mask, isLoose = false } of rules) {
    const taken = new Set(isLoose ? found.flatMap(({ files }) => files) : [])
    const byName = Map.groupBy(
      masks.filter((file) => !taken.has(file)),
      mask,
    )
    for (const [index, image] of images.entries()) {
      if (found[index]!.files.length > 0) continue
      const files = (byName.get(nameOf(image)) ?? []).filter((file) => fits(image, file, isLoose))
      if (files.length > 0) found[index] = { files, isLoose }
    }
  }
  return found
}

/**
 * For each image all masks that fit its name equally well. No image is its own mask, and where masks lie among images a
 * loose rule takes only what is called a mask.
 */
export function findMasks(images: readonly string[], masks: readonly string[]): Found[] {
  const resolved = new Set(images.map((file) => path.resolve(file)))
  return find(images, masks, RULES_OF_IMAGES, (image, mask, isLoose) => {
    if (path.resolve(mask) === path.resolve(image)) return false
    return !isLoose || isCalledMask(mask) || !resolved.has(path.resolve(mask))
  })
}

const onlyOne = ({ files }: Found): string | undefined => (files.length === 1 ? files[0] : undefined)

/** The mask of each image by its name; undefined where none fits, or several equally well. */
export const matchByName = (images: readonly string[], masks: readonly string[]): (string | undefined)[] =>
  findMasks(images, masks).map(onlyOne)

/**
 * The true mask that each prediction is to be compared with; undefined as above. A picture that lies beside its mask is
 * no truth.
 */
export const matchPredictions = (predictions: readonly string[], truths: readonly string[]): (string | undefined)[] =>
  find(predictions, withoutPictures(truths, predictions), RULES_OF_PREDICTIONS, () => true).map(onlyOne)

/** Without the files that are not called masks where another of their subject is, and is not the truth of its own image. */
function withoutPictures(truths: readonly string[], predictions: readonly string[]): string[] {
  const subject: Name = (file) => withoutImageWord(bareMask(file)).toLowerCase()
  const ownImages = new Set(predictions.map((file) => withoutResultWord(stemOf(file)).toLowerCase()))
  const masks = truths.filter((file) => isCalledMask(file) && !ownImages.has(stemOf(file).toLowerCase()))
  const masked = new Set(masks.map(subject))
  return truths.filter((file) => isCalledMask(file) || !masked.has(subject(file)))
}

/** The plane that a file is about which holds one of a stack, "a_z0_t1_labels.png", and the stack's name, "a_labels.png". */
export function planeInName(file: string): { stack: string; z: number; t: number } | undefined {
  const place = /_z(\d+)_t(\d+)(?=(?:_[a-z]+)?\.[^.]+$)/i
  const [, z, t] = place.exec(path.basename(file)) ?? []
  if (z === undefined) return undefined
  const stack = path.join(path.dirname(file), path.basename(file).replace(place, ''))
  return { stack, z: Number(z), t: Number(t) }
}

/**
 * The file of another ending that lies beside an image, or beside the stack of which a PNG of ours is one plane.
 * Undefined where there is none.
 */
export function fileBeside(image: string, ending: RegExp, instead: string): string | undefined {
  const stack = /\.png$/i.test(image) ? planeInName(image)?.stack : undefined
  return [image, ...(stack === undefined ? [] : [stack])]
    .filter((file) => ending.test(file))
    .map((file) => file.replace(ending, instead))
    .find((file) => fs.existsSync(file))
}
