/** `cellbrush export`. */
import { EXPORT_FORMATS, EXPORT_SOURCES, type ExportRequest, exportLabels } from '../../../core/export.ts'
import { oneOf } from '../arguments.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, subcommand, tellFailures } from '../shell.ts'
import { counted } from '../table.ts'

export const addExport: AddCommand = (program, shell) => {
  subcommand(program, 'export <DIR>', 'write masks for other programs', [
    'export p.cellbrush --format labels-tiff --out masks/',
    'export p.cellbrush --format labels-png --out masks/ --source prediction --compact',
    'export p.cellbrush --format classes-png --out classes/',
  ])
    .requiredOption('--format <FORMAT>', EXPORT_FORMATS.join(', '), oneOf(EXPORT_FORMATS))
    .requiredOption('--out <FOLDER>', 'where to write')
    .option('--source <SOURCE>', EXPORT_SOURCES.join(' or '), oneOf(EXPORT_SOURCES), 'annotation')
    .option('--run <RUN>', 'whose prediction (default: the newest that ended with a model)')
    .option('--images <PATTERN>', 'only images whose names match')
    .option('--layer <NAME>', 'which layer of the annotation', 'objects')
    .option('--compact', 'number the objects 1, 2, 3 ... instead of keeping their ids')
    .action(async (folder: string, { compact, ...options }: Omit<ExportRequest, 'isCompact'> & { compact?: true }) => {
      const request = { ...options, isCompact: compact === true }
      const job = shell.console.job(shell.stop)
      const report =
        request.source === 'prediction'
          ? await withEngine(shell, (engine) => exportLabels(folder, request, job, engine))
          : await exportLabels(folder, request, job)
      const done = `${counted(report.files.length - report.failed, 'image')} exported to ${request.out}.`
      const text = [...report.files.flatMap(({ outputs }) => outputs), done]
      tellFailures(shell.console, report.files)
      shell.console.result(report, text.join('\n'))
      if (report.failed > 0) shell.exitCode = 1
    })
}
