/** `cellbrush demo`. */
import { runDemo } from '../../../core/demo.ts'
import { oneOf, wholeNumber } from '../arguments.ts'
import { DEVICE_CHOICES } from '../devices.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, subcommand } from '../shell.ts'

interface Options {
  out: string
  steps: number
  device: (typeof DEVICE_CHOICES)[number]
}

export const addDemo: AddCommand = (program, shell) => {
  subcommand(program, 'demo', 'the whole way on sample images: import, train, predict, evaluate, export, report', [
    'demo',
    'demo --out /tmp/first-look --steps 200',
  ])
    .option('--out <FOLDER>', 'where the sample project, the masks and the report go', 'sample')
    .option('--steps <N>', 'gradient steps', wholeNumber(1), 250)
    .option('--device <DEVICE>', DEVICE_CHOICES.join(', '), oneOf(DEVICE_CHOICES), 'auto')
    .action(async (options: Options) => {
      const job = { ...shell.console.job(shell.stop), kill: shell.kill }
      const report = await withEngine(shell, (engine) => runDemo(options, engine, job))
      shell.console.endProgress()
      const lines = [
        `F1 at IoU 0.5 on images the network has never seen: ${report.f1AtIou50.toFixed(3)}`,
        `Masks: ${report.masks}`,
        `Report: ${report.report}`,
      ]
      shell.console.result(report, lines.join('\n'))
    })
}
