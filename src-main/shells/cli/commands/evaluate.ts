/** `cellbrush evaluate`. */

import { AppError } from '../../../../src-shared/errors.ts'
import { rawTable } from '../../../../src-shared/scores/evaluate.ts'
import { type ClassEvaluationReport, evaluateClassFolders } from '../../../core/class-evaluation.ts'
import { type EvaluationReport, evaluateFolders } from '../../../core/evaluation.ts'
import type { ScoredFiles } from '../../../core/score-pairs.ts'
import { parseValueMap } from '../../../imaging/mask-values.ts'
import { notBoth, oneOf, wholeNumber } from '../arguments.ts'
import { type AddCommand, subcommand, tellFailures } from '../shell.ts'
import { tableText } from '../table.ts'

const KINDS = ['instances', 'membranes', 'classes'] as const

interface Options {
  truth: string
  masks?: string
  probabilities?: string
  kind: (typeof KINDS)[number]
  foreground?: number
  map?: Map<number, string>
}

export const addEvaluate: AddCommand = (program, shell) => {
  subcommand(program, 'evaluate', 'score masks or probabilities against the truth', [
    'evaluate --truth truth/ --masks out/',
    'evaluate --truth train/label --foreground 255 --kind membranes --masks out/ --json',
    'evaluate --truth train/label --foreground 255 --kind membranes --probabilities out/',
    'evaluate --truth labels/ --kind classes --map 0=background,191=mitochondria,223=synapse --masks out/',
  ])
    .requiredOption('--truth <FOLDER>', 'the true masks, named like the images')
    .option('--masks <FOLDER>', 'label images to score (NAME_labels.tif)')
    .option('--probabilities <FOLDER>', 'probabilities to score (NAME_probabilities.tif)')
    .option('--kind <KIND>', `which scores: ${KINDS.join(' or ')}`, oneOf(KINDS), 'instances')
    .option('--foreground <VALUE>', 'the truth is binary and this value is object', wholeNumber(0))
    .option('--map <VALUES=NAME,...>', 'of classes: what the values of the truth mean', parseValueMap)
    .action(async ({ foreground, map, kind, ...options }: Options) => {
      notBoth({ ...options }, 'masks', 'probabilities')
      if (options.masks === undefined && options.probabilities === undefined) {
        throw new AppError('usage', { reason: 'Give --masks FOLDER or --probabilities FOLDER.' })
      }
      const job = shell.console.job(shell.stop)
      if (kind === 'classes') {
        if (foreground !== undefined) throw new AppError('usage', { reason: 'Classes are told by --map.' })
        const report = await evaluateClassFolders({ ...options, ...(map && { map }) }, job)
        tell(report, classReportText(report))
        return
      }
      if (map !== undefined) throw new AppError('usage', { reason: '--map belongs to --kind classes.' })
      const report = await evaluateFolders({ ...options, kind, foreground }, job)
      tell(report, reportText(report))
    })
  const tell = (report: ScoredFiles, text: string): void => {
    tellFailures(shell.console, report.files)
    shell.console.result(report, text)
    if (report.failed > 0) shell.exitCode = report.failed === report.files.length ? 3 : 1
  }
}

/** Scores worth a column, by section; --json has all of them. */
const COLUMNS: Record<string, readonly string[]> = {
  raw: ['vRand', 'vRandSplit', 'vRandMerge', 'vInfo', 'pixelError', 'f1AtIou50', 'meanF1', 'seg', 'dice'],
  thinned: ['vRand', 'vRandThreshold', 'vInfo', 'pixelError', 'warpingError', 'warpingErrorAtVRand'],
  pixels: ['pixelError'],
}

function reportText({ planes, mean, unmatched }: EvaluationReport): string {
  const parts = Object.entries(COLUMNS).flatMap(([section, columns]) => {
    const rows = planes.map((plane) => ({ name: plane.name, scores: scoresOf(plane, section) }))
    if (rows.every(({ scores }) => scores === undefined)) return []
    const means = mean[section as keyof typeof mean] as Record<string, number> | undefined
    const lines = [...rows, { name: 'mean', scores: means }].map(({ name, scores }) => [
      name,
      ...columns.map((column) => cellText(scores?.[column], decimalsOf(column))),
    ])
    return [`${section} scores\n${tableText(['image', ...columns], lines)}`]
  })
  return [...parts, ...notScored(unmatched)].join('\n\n')
}

const notScored = (files: readonly string[]): string[] => files.map((file) => `Not scored, it has no truth: ${file}`)

/** Pixels and objects of each class over all planes; --json has those of each plane too. */
function classReportText({ total, unmatched }: ClassEvaluationReport): string {
  const pixelColumns = ['dice', 'iou', 'precision', 'recall'] as const
  const pixels = total.classes.map((one) => [
    one.name,
    ...pixelColumns.map((column) => cellText(one[column])),
    one.truthPx,
    one.predictedPx,
  ])
  const means = ['mean', cellText(total.meanDice), cellText(total.meanIou), '', '', '', '']
  const objectColumns = ['f1AtIou50', 'meanF1', 'apAtIou50', 'meanAp', 'seg'] as const
  const objects = total.classes.flatMap(({ name, objects }) =>
    objects
      ? [
          [
            name,
            ...objectColumns.map((column) => cellText(objects[column])),
            objects.truthObjects,
            objects.predictedObjects,
          ],
        ]
      : [],
  )
  const mean = ['mean', cellText(total.meanF1AtIou50), '', cellText(total.meanApAtIou50), '', '', '', '']
  return [
    `pixels\n${tableText(['class', ...pixelColumns, 'true px', 'predicted px'], [...pixels, means])}`,
    `objects\n${tableText(['class', ...objectColumns, 'true', 'predicted'], [...objects, mean])}`,
    `Right pixels: ${cellText(total.pixelAccuracy)}`,
    ...notScored(unmatched),
  ].join('\n\n')
}

function scoresOf(plane: EvaluationReport['planes'][number], section: string): Record<string, number> | undefined {
  if (section === 'raw') return plane.raw && rawTable(plane.raw)
  if (section === 'thinned') return plane.thinned && { ...plane.thinned.best }
  return plane.pixels && { ...plane.pixels }
}

/** A good warping error is a few ten-thousandths: four decimals would leave one digit of it. */
const decimalsOf = (column: string): number => (column.startsWith('warpingError') ? 6 : 4)

const cellText = (value: number | undefined, decimals = 4): string =>
  value === undefined || Number.isNaN(value) ? '-' : value.toFixed(decimals)
