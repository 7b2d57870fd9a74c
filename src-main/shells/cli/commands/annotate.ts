/** `cellbrush annotate`. */

import { AppError } from '../../../../src-shared/errors.ts'
import { annotate } from '../../../core/annotation.ts'
import { notBoth, wholeNumber } from '../arguments.ts'
import { type AddCommand, subcommand } from '../shell.ts'
import { counted } from '../table.ts'

interface Options {
  strokes?: string
  undo?: number | true
  redo?: number | true
  layer: string
  z: number
  t: number
}

export const addAnnotate: AddCommand = (program, shell) => {
  subcommand(program, 'annotate <DIR> <IMAGE>', 'apply strokes to an image, or take them back', [
    'annotate p.cellbrush cells.tif --strokes strokes.jsonl',
    'annotate p.cellbrush cells.tif --undo',
    'annotate p.cellbrush cells.tif --redo 3',
  ])
    .option('--strokes <FILE>', 'one stroke as JSON in each line (docs/project-file.md)')
    .option('--undo [N]', 'take back the last N actions (1)', wholeNumber(1))
    .option('--redo [N]', 'do the last N undone actions again (1)', wholeNumber(1))
    .option('--layer <NAME>', 'the layer to paint on', 'objects')
    .option('--z <Z>', 'plane for strokes that do not name theirs, from 0', wholeNumber(0), 0)
    .option('--t <T>', 'time for strokes that do not name theirs, from 0', wholeNumber(0), 0)
    .action(async (folder: string, image: string, options: Options) => {
      notBoth({ ...options }, 'undo', 'redo')
      const { strokes, undo, redo, ...plane } = options
      if (strokes === undefined && undo === undefined && redo === undefined) {
        throw new AppError('usage', { reason: 'Give --strokes FILE, --undo or --redo; --help shows how it is used.' })
      }
      const times = (count: number | true | undefined) => (count === true ? 1 : (count ?? 0))
      const request = { image, strokesFile: strokes, undo: times(undo), redo: times(redo), ...plane }
      const report = await annotate(folder, request, shell.console.job(shell.stop))
      const unchanged = report.strokes - report.changed
      const done = [
        `${counted(report.strokes, 'stroke')} applied`,
        ...(unchanged > 0 ? [`${unchanged} of them changed nothing`] : []),
        ...(report.undone > 0 ? [`${report.undone} undone`] : []),
        ...(report.redone > 0 ? [`${report.redone} redone`] : []),
      ].join(', ')
      shell.console.result(
        report,
        `${done}; ${report.image} is at revision ${report.revision} with ${counted(report.objects, 'object')}.`,
      )
    })
}
