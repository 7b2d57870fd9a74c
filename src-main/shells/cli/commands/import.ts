/** `cellbrush import`. */
import path from 'node:path'
import { type ImportReport, type ImportRequest, importImages, MASK_KINDS, ROLES } from '../../../core/import.ts'
import { parseValueMap } from '../../../imaging/mask-values.ts'
import { oneOf, wholeNumber } from '../arguments.ts'
import { type AddCommand, subcommand, tellFailures } from '../shell.ts'
import { counted, tableText } from '../table.ts'

type Options = Omit<ImportRequest, 'inputs' | 'isComplete'> & { complete?: true }

export const addImport: AddCommand = (program, shell) => {
  subcommand(program, 'import <DIR> <INPUT...>', 'copy images, and masks of them, into a project', [
    'import p.cellbrush scans/',
    "import p.cellbrush 'images/*.tif' --masks masks/ --mask-kind colours --complete",
    'import p.cellbrush 000.tif --masks 000_labels.png --mask-kind classes --map 0,32=membrane,191=mitochondria',
    "import em.cellbrush 'train/image/[0-4].png' --masks train/label --mask-kind binary --foreground 255 --complete",
  ])
    .option('--masks <PATH>', 'a folder of masks named like the images, or one mask file for one image')
    .option(
      '--mask-kind <KIND>',
      `what the values mean: ${MASK_KINDS.join(', ')} (default: told from the file)`,
      oneOf(MASK_KINDS),
    )
    .option('--foreground <VALUE>', 'the value that is object in a binary mask (default: all but 0)', wholeNumber(0))
    .option('--map <VALUES=NAME,...>', 'what the values of a mask of classes mean', parseValueMap)
    .option('--role <ROLE>', `what the images are for: ${ROLES.join(', ')}`, oneOf(ROLES))
    .option('--layer <NAME>', 'the layer the masks go to', 'objects')
    .option('--link', 'leave the originals where they are instead of copying them into the project')
    .option('--complete', 'unpainted pixels of the masks are background')
    .action(async (folder: string, inputs: string[], { complete, ...options }: Options) => {
      const request: ImportRequest = { ...options, inputs, isComplete: complete === true }
      const report = await importImages(folder, request, shell.console.job(shell.stop))
      tellFailures(shell.console, report.files)
      shell.console.result(report, reportText(report))
      if (report.failed > 0) shell.exitCode = report.failed === report.files.length ? 3 : 1
    })
}

function reportText(report: ImportReport): string {
  const rows = report.files.map((file) => [
    file.name,
    file.isPutBack ? 'put back' : file.status,
    file.width === undefined ? '' : `${file.width} x ${file.height}`,
    file.planes ?? '',
    file.mask ?? '',
    file.objects ?? '',
  ])
  const total = `${counted(report.imported, 'image')} imported, ${report.existing} already there, ${report.failed} failed.`
  const masks = report.unmatchedMasks.map((mask) => path.basename(mask))
  const unmatched = masks.length > 0 ? [`${counted(masks.length, 'mask')} without an image: ${masks.join(', ')}.`] : []
  return [tableText(['file', 'result', 'size', 'planes', 'mask', 'objects'], rows), total, ...unmatched].join('\n')
}
