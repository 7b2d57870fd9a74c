/** `cellbrush predict`. */
import { OBJECT_AIMS } from '../../../../src-shared/scores/aims.ts'
import { type PredictReport, type PredictRequest, predict } from '../../../core/prediction.ts'
import { OUTPUT_KINDS } from '../../../core/prediction-outputs.ts'
import { oneOf, someOf, thresholdOf, wholeNumber } from '../arguments.ts'
import { DEVICE_CHOICES } from '../devices.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, subcommand, tellFailures } from '../shell.ts'
import { counted, tableText } from '../table.ts'

type Options = Omit<PredictRequest, 'inputs' | 'source' | 'isAveraged' | 'isRescaled' | 'tilePx'> & {
  average?: true
  rescale?: true
  tile?: number
}

export const addPredict: AddCommand = (program, shell) => {
  subcommand(program, 'predict <PROJECT|MODEL> <IMAGE...>', 'segment images with a trained network', [
    'predict p.cellbrush scans/*.tif --out masks/',
    'predict runs/run-1/model.cbck scan.tif --out masks/ --write labels,probabilities --average',
    'predict p.cellbrush scans/ --out masks/ --run run-2 --threshold 0.6',
  ])
    .requiredOption('--out <FOLDER>', 'where NAME_labels.tif, NAME_objects.csv ... are written')
    .option(
      '--run <RUN>',
      'which run of the project (default: the newest that ended with a model, not an interrupted one)',
    )
    .option(
      '--write <KINDS>',
      `${OUTPUT_KINDS.join(',')} (default: labels, with several classes also the table of objects)`,
      someOf(OUTPUT_KINDS),
    )
    .option('--average', 'mean over the 8 rotations and mirrors: 8 times the time, a little better')
    .option('--rescale', 'predict images with another pixel size at the pixel size of the training images')
    .option('--threshold <T>', 'auto (chosen on validation) or a number from 0 to 1', thresholdOf, 'auto')
    .option(
      '--objects-for <AIM>',
      `${OBJECT_AIMS.join(', ')}: few splits and merges (regions), exact outlines, or both (default: balanced, as training chose)`,
      oneOf(OBJECT_AIMS),
    )
    .option('--tile <PX>', 'side of the output tile (default: from the free memory)', wholeNumber(16))
    .option('--device <DEVICE>', DEVICE_CHOICES.join(', '), oneOf(DEVICE_CHOICES), 'auto')
    .action(async (source: string, inputs: string[], { average, rescale, tile, ...options }: Options) => {
      const switches = { isAveraged: average === true, isRescaled: rescale === true }
      const request: PredictRequest = { ...options, ...switches, source, inputs, tilePx: tile }
      const job = { ...shell.console.job(shell.stop), kill: shell.kill }
      const report = await withEngine(shell, (engine) => predict(request, engine, job))
      tellFailures(shell.console, report.files)
      shell.console.result(report, reportText(report))
      if (report.failed > 0) shell.exitCode = 1
    })
}

function reportText({ files, predicted, failed, seconds, label }: PredictReport): string {
  const rows = files.map((file) => [
    file.name,
    file.error ? 'failed' : 'predicted',
    file.objects ?? '',
    file.outputs.join(' '),
  ])
  const total = `${counted(predicted, 'image')} predicted in ${seconds.toFixed(1)} s (${label}), ${failed} failed.`
  return [tableText(['image', 'result', 'objects', 'written'], rows), total].join('\n')
}
