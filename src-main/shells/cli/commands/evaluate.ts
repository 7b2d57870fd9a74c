/** `cellbrush evaluate`. */

import { AppError } from '../../../../src-shared/errors.ts'
import { rawTable } from '../../../../src-shared/scores/evaluate.ts'
import { type EvaluationReport, evaluateFolders } from '../../../core/evaluation.ts'
import { notBoth, oneOf, wholeNumber } from '../arguments.ts'
import { type AddCommand, subcommand, tellFailures } from '../shell.ts'
import { tableText } from '../table.ts'

const KINDS = ['instances', 'membranes'] as const

interface Options {
  truth: string
  masks?: string
  probabilities?: string
  kind: (typeof KINDS)[number]
  foreground?: number
}

export const addEvaluate: AddCommand = (program, shell) => {
  subcommand(program, 'evaluate', 'score masks or probabilities against the truth', [
    'evaluate --truth truth/ --masks out/',
    'evaluate --truth train/label --foreground 255 --kind membranes --masks out/ --json',
    'evaluate --truth train/label --foreground 255 --kind membranes --probabilities out/',
  ])
    .requiredOption('--truth <FOLDER>', 'the true masks, named like the images')
    .option('--masks <FOLDER>', 'label images to score (NAME_labels.tif)')
    .option('--probabilities <FOLDER>', 'probabilities to score (NAME_probabilities.tif)')
    .option('--kind <KIND>', `which scores: ${KINDS.join(' or ')}`, oneOf(KINDS), 'instances')
    .option('--foreground <VALUE>', 'the truth is binary and this value is object', wholeNumber(0))
    .action(async ({ foreground, ...options }: Options) => {
      notBoth({ ...options }, 'masks', 'probabilities')
      if (options.masks === undefined && options.probabilities === undefined) {
        throw new AppError('usage', { reason: 'Give --masks FOLDER or --probabilities FOLDER.' })
      }
      const report = await evaluateFolders({ ...options, foreground }, shell.console.job(shell.stop))
      tellFailures(shell.console, report.files)
      shell.console.result(report, reportText(report))
      if (report.failed > 0) shell.exitCode = report.failed === report.files.length ? 3 : 1
    })
}

/** Scores worth a column, by section; --json has all of them. */
const COLUMNS: Record<string, readonly string[]> = {
  raw: ['vRand', 'vRandSplit', 'vRandMerge', 'vInfo', 'pixelError', 'f1AtIou50', 'meanF1', 'seg', 'dice'],
  thinned: ['vRand', 'vRandThreshold', 'vInfo', 'pixelError', 'warpingError'],
  pixels: ['pixelError'],
}

function reportText({ planes, mean, unmatched }: EvaluationReport): string {
  const parts = Object.entries(COLUMNS).flatMap(([section, columns]) => {
    const rows = planes.map((plane) => ({ name: plane.name, scores: scoresOf(plane, section) }))
    if (rows.every(({ scores }) => scores === undefined)) return []
    const means = mean[section as keyof typeof mean] as Record<string, number> | undefined
    const lines = [...rows, { name: 'mean', scores: means }].map(({ name, scores }) => [
      name,
      ...columns.map((column) => cellText(scores?.[column])),
    ])
    return [`${section} scores\n${tableText(['image', ...columns], lines)}`]
  })
  const alone = unmatched.map((file) => `Not scored, it has no truth: ${file}`)
  return [...parts, ...alone].join('\n\n')
}

function scoresOf(plane: EvaluationReport['planes'][number], section: string): Record<string, number> | undefined {
  if (section === 'raw') return plane.raw && rawTable(plane.raw)
  if (section === 'thinned') return plane.thinned && { ...plane.thinned.best }
  return plane.pixels && { ...plane.pixels }
}

const cellText = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? '-' : value.toFixed(4)
