/** Says, before Train, what is missing or will make a poor network, in words that tell what to paint. */
import { MOST_CLASSES } from './network-plan.ts'

/** What is painted in one image that would teach. */
export interface PaintedImage {
  name: string
  /** Painted objects. */
  objects: number
  /**
   * Pixels that teach, of each class, index 0 background: with the background ring, and with what is unpainted where
   * the plane is complete.
   */
  paintedPixels: ArrayLike<number>
}

export interface ReadinessSummary {
  /** Class names; index 0 is background. */
  classNames: readonly string[]
  /** What the model to start from was taught; absent: the weights are fresh. */
  fromClassNames?: readonly string[]
  /** Width of the background ring; 0 when it is switched off. */
  ringPx: number
  /** Images that teach. */
  training: readonly PaintedImage[]
  /** Images with the validation role, and blocks held out of training images. */
  validationPlanes: number
  /** Painted objects in them. */
  validationObjects: number
  /** The model to start from has learned from some of what is validated on. */
  hasSeenHeldOut?: boolean
}

export interface Problem {
  /** 'blocks': training would be senseless. 'warns': it can start, and the sentence says what to expect. */
  severity: 'blocks' | 'warns'
  sentence: string
}

export interface Readiness {
  canStart: boolean
  problems: Problem[]
}

/** Fewer painted objects than this teach little about the others. */
const FEW_OBJECTS = 5
/** A class with less than this share of the painted pixels is learned slowly. */
const RARE_SHARE = 0.001

/** What stands in the way of training on this; blocking problems first. */
export function readiness(summary: ReadinessSummary): Readiness {
  const problems = [...blocking(summary), ...warnings(summary)]
  return { canStart: problems.every(({ severity }) => severity !== 'blocks'), problems }
}

function blocking({ training, classNames, ringPx }: ReadinessSummary): Problem[] {
  const counts = totals(training, classNames.length)
  const foreground = counts.slice(1).reduce((sum, count) => sum + count, 0)
  const background = counts[0]!
  const classes = classNames.length - 1
  if (classes > MOST_CLASSES) {
    const reason = `the project has ${classes} classes and a network can tell ${MOST_CLASSES} apart`
    return [blocks(`${reason}; make a project in which several of them have one name.`)]
  }
  if (training.length === 0) return [blocks('no image has the training role; give at least one image that role.')]
  if (foreground === 0 && background === 0) return [blocks('nothing is painted yet; paint a few objects first.')]
  if (foreground === 0) return [blocks('only background is painted; paint a few objects first.')]
  if (background > 0) return []
  const remedy = 'paint some background, mark the plane complete, or switch the background ring on'
  if (ringPx === 0) return [blocks(`no background is painted, so everything would become an object; ${remedy}.`)]
  return [blocks('objects leave no room for a background ring; paint some background or mark the plane complete.')]
}

function warnings(summary: ReadinessSummary): Problem[] {
  const { training, classNames } = summary
  const counts = totals(training, classNames.length)
  const painted = counts.reduce((all, count) => all + count, 0)
  if (counts.slice(1).every((count) => count === 0)) return []
  const images = training.filter(({ paintedPixels }) => Array.from(paintedPixels).some((count) => count > 0))
  const objects = sum(training, (image) => image.objects)
  return [
    ...objectWarnings(objects, images.length),
    ...classNames.slice(1).flatMap((name, index) => classWarning(name, counts[index + 1]!, painted)),
    ...validationWarnings(summary),
    ...takenOverWarnings(summary),
  ]
}

function objectWarnings(objects: number, images: number): Problem[] {
  const problems: Problem[] = []
  if (objects === 1) problems.push(warns('only one object is painted; paint a few more that look different.'))
  else if (objects < FEW_OBJECTS) {
    problems.push(warns(`only ${objects} objects are painted; a few more that look different help most.`))
  }
  if (images === 1) {
    problems.push(
      warns('only one image is painted; the network may fail on images that look different, paint a second.'),
    )
  }
  return problems
}

function classWarning(name: string, count: number, painted: number): Problem[] {
  if (count === 0) {
    return [warns(`the class "${name}" has no painted example; it will never be predicted until it has.`)]
  }
  if (count < RARE_SHARE * painted) {
    return [warns(`the class "${name}" is less than a thousandth of what is painted; paint more of it.`)]
  }
  return []
}

function validationWarnings({ validationPlanes, validationObjects }: ReadinessSummary): Problem[] {
  if (validationPlanes === 0) {
    return [
      warns(
        'nothing is held out for validation, so thresholds are not tuned; paint more or give an image the validation role.',
      ),
    ]
  }
  if (validationObjects === 0) {
    return [warns('the images held out for validation show no painted object; paint some there.')]
  }
  return []
}

function takenOverWarnings(summary: ReadinessSummary): Problem[] {
  const seen = 'the run to start from has learned from places that this run is scored on, so the score will be too good'
  const remedy = 'paint an image that it has not seen and give it the validation role'
  return [...otherClassesWarning(summary), ...(summary.hasSeenHeldOut ? [warns(`${seen}; ${remedy}.`)] : [])]
}

function otherClassesWarning({ classNames, fromClassNames = classNames }: ReadinessSummary): Problem[] {
  const [now, before] = [classNames.length - 1, fromClassNames.length - 1]
  if (now === before) return []
  const taught = `${before} ${before === 1 ? 'class' : 'classes'}`
  return [
    warns(
      `the run to start from was taught ${taught} and the project has ${now} now; its last layer is learnt anew, the rest is taken over.`,
    ),
  ]
}

const blocks = (sentence: string): Problem => ({ severity: 'blocks', sentence })
const warns = (sentence: string): Problem => ({ severity: 'warns', sentence })

const sum = (images: readonly PaintedImage[], of: (image: PaintedImage) => number): number =>
  images.reduce((all, image) => all + of(image), 0)

const totals = (images: readonly PaintedImage[], classes: number): number[] =>
  Array.from({ length: classes }, (_, index) => sum(images, ({ paintedPixels }) => paintedPixels[index] ?? 0))
