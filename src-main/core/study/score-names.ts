/** How scores are called and written in reports. */

const NAMES: Record<string, string> = {
  'raw.vRand': 'V_Rand (raw)',
  'raw.randError': 'Rand error (raw)',
  'raw.vInfo': 'V_Info (raw)',
  'raw.pixelError': 'pixel error of labels',
  'raw.f1AtIou50': 'F1 at IoU 0.5',
  'raw.meanF1': 'mean F1, IoU 0.5-0.95',
  'raw.seg': 'SEG',
  'raw.dice': 'Dice',
  'raw.merged': 'merged objects',
  'raw.split': 'split objects',
  'raw.missed': 'missed objects',
  'raw.invented': 'invented objects',
  'raw.truthObjects': 'true objects',
  'thinned.vRand': 'V_Rand (thinned)',
  'thinned.randError': 'Rand error (thinned)',
  'thinned.vInfo': 'V_Info (thinned)',
  'thinned.warpingError': 'warping error, best threshold',
  'thinned.warpingErrorThreshold': 'its threshold',
  'thinned.warpingErrorAtVRand': 'warping error at the threshold of V_Rand',
  'thinned.pixelError': 'pixel error, best threshold',
  'pixels.pixelError': 'pixel error at 0.5',
  'classes.pixelAccuracy': 'pixels of the right class',
  'classes.meanIou': 'mean IoU of classes',
  'classes.meanDice': 'mean Dice of classes',
  'classes.meanF1AtIou50': 'mean F1 of classes at IoU 0.5',
  'time.secondsPerMegapixel': 'seconds for a megapixel',
  'time.withFiles': 'seconds for a megapixel, files included',
  'difference.largest': 'largest difference of p',
  'difference.mean': 'mean difference of p',
  'difference.labelPixels': 'label pixels that differ',
  validation: 'validation score',
}

/** Of each class: `iou.glia`. */
const NAMES_OF_CLASS: Record<string, string> = {
  iou: 'IoU',
  dice: 'Dice',
  precision: 'precision',
  recall: 'recall',
  f1AtIou50: 'F1 at IoU 0.5',
  meanF1: 'mean F1',
  truthObjects: 'true objects',
  predictedObjects: 'predicted objects',
}

export function scoreName(score: string): string {
  if (score in NAMES) return NAMES[score]!
  const [kind, ...name] = score.split('.')
  return kind! in NAMES_OF_CLASS ? `${name.join('.')}, ${NAMES_OF_CLASS[kind!]}` : score
}

const isCount = (score: string): boolean =>
  /\.(merged|split|missed|invented|truthObjects|predictedObjects|labelPixels)$|^(truthObjects|predictedObjects)\./.test(
    score,
  )

/** A value with as many digits as it deserves: four decimals for shares, six for the small warping error, one for counts. */
export function valueText(score: string, value: number | null): string {
  if (value === null || Number.isNaN(value)) return '–'
  if (isCount(score)) return value.toFixed(1)
  if (/^(time|difference)\./.test(score)) return value === 0 ? '0' : value.toPrecision(3)
  return value.toFixed(/warpingError(AtVRand)?$/.test(score) ? 6 : 4)
}
