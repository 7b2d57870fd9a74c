/** `cellbrush train`. */
import type { RunEvent } from '../../../../src-shared/engine-api.ts'
import { AppError } from '../../../../src-shared/errors.ts'
import type { PresetName } from '../../../../src-shared/presets.ts'
import { durationText } from '../../../../src-shared/progress.ts'
import { type TrainReport, type TrainRequest, train } from '../../../core/training.ts'
import { collected, notBoth, oneOf, positiveNumber, presetNamed, validationOf, wholeNumber } from '../arguments.ts'
import type { Console } from '../console.ts'
import { DEVICE_CHOICES } from '../devices.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, subcommand } from '../shell.ts'

interface Options {
  preset?: PresetName
  minutes?: number
  steps?: number
  images?: string
  validate?: { share: number } | { pattern: string }
  seed?: number
  device?: (typeof DEVICE_CHOICES)[number]
  resume?: string
  from?: string
  name?: string
  set?: string[]
  layer?: string
}

export const addTrain: AddCommand = (program, shell) => {
  subcommand(program, 'train <DIR>', 'train a network on what is painted', [
    'train p.cellbrush --minutes 10',
    'train p.cellbrush --preset paper --steps 20000 --device tensorflow --seed 1',
    "train p.cellbrush --images '[0-4]' --validate 0.15 --set learningRate=0.001 --set elasticPx=6",
    'train p.cellbrush --preset sliding-window --minutes 30',
    'train p.cellbrush --preset paper --set weights=none --set skips=false',
    'train p.cellbrush --resume run-3',
  ])
    .option('--preset <NAME>', 'fast (default), paper, or sliding-window to compare with', presetNamed)
    .option('--minutes <M>', 'turned into a planned number of steps at the start', positiveNumber)
    .option('--steps <N>', 'gradient steps', wholeNumber(1))
    .option('--images <PATTERN>', 'only images whose names match, such as "0*,slice[1-3]"')
    .option(
      '--validate <PATTERN|SHARE>',
      'images to validate on, or the share of the painted area to hold out',
      validationOf,
    )
    .option('--seed <S>', 'the same seed gives the same run', wholeNumber(0, 2 ** 32 - 1))
    .option('--device <DEVICE>', DEVICE_CHOICES.join(', '), oneOf(DEVICE_CHOICES))
    .option('--resume <RUN>', 'go on with a run that was interrupted or stopped')
    .option('--from <RUN>', 'start from the weights of another run')
    .option('--name <NAME>', 'what the run is called')
    .option('--set <KEY=VALUE>', 'change one setting of the preset; may be repeated', collected(String))
    .option('--layer <NAME>', 'the layer of the annotation to learn')
    .action(async (folder: string, options: Options) => {
      notBoth({ ...options }, 'minutes', 'steps')
      refuseWithResume(options)
      if (options.resume !== undefined && (options.steps ?? options.device) !== undefined) {
        shell.console.note(
          '--resume goes on with the steps and the device of the run; --steps and --device are not used.',
        )
      }
      const { set, ...rest } = options
      const request: TrainRequest = { ...rest, settings: set ?? [] }
      const job = { ...shell.console.job(shell.stop), kill: shell.kill }
      const report = await withEngine(shell, (engine) =>
        train(folder, request, engine, job, eventTeller(shell.console)).catch((error) => {
          throw withFlags(error)
        }),
      )
      shell.console.endProgress()
      shell.console.result({ type: 'result', ...report }, reportText(folder, report))
      if (report.state === 'diverged' || report.model === undefined) shell.exitCode = 1
    })
}

/** Names the options behind what the readiness check recommends. */
function withFlags(error: unknown): unknown {
  if (!(error instanceof AppError) || error.code !== 'not-ready') return error
  const reason = String(error.of.reason)
    .replace('switch the background ring on', 'switch the background ring on (--set ringPx=8)')
    .replace('mark the plane complete', 'mark the plane complete (import --complete)')
  return new AppError('not-ready', { reason }, { cause: error })
}

/** A resumed run goes on as it was planned: nothing of it may be given anew. */
function refuseWithResume(options: Options): void {
  if (options.resume === undefined) return
  const refused = (['preset', 'images', 'validate', 'seed', 'from', 'name', 'set', 'minutes', 'layer'] as const).filter(
    (key) => options[key] !== undefined,
  )
  if (refused.length > 0) {
    throw new AppError('usage', { reason: `--resume goes on with the plan of the run; leave out --${refused[0]}.` })
  }
}

/** Tells what happens in a run: JSON lines, or a bar with the energy and a line for each validation. */
function eventTeller(console: Console): (event: RunEvent | { type: 'run'; run: string; folder: string }) => void {
  let steps = 0
  return (event) => {
    console.event(event)
    if (event.type === 'run') console.note(`Run ${event.run}: ${event.folder}`)
    if (event.type === 'planned') {
      steps = event.steps
      const length = durationText(event.steps * event.secondsPerStep)
      console.note(
        `${event.label} (${event.device}): ${event.secondsPerStep.toPrecision(3)} s per step, ${event.steps} steps planned, ${length}`,
      )
    }
    if (event.type === 'step') {
      console.progress({
        label: 'Training',
        done: event.step,
        total: steps,
        unit: 'steps',
        detail: `energy ${event.energy.toFixed(4)}`,
      })
    }
    if (event.type === 'validation') {
      console.note(`Step ${event.step}: validation score ${event.score.toFixed(4)}, energy ${event.energy.toFixed(4)}`)
    }
    if (event.type === 'state' && event.message) console.note(event.message)
  }
}

function reportText(folder: string, { run, state, step, score, model }: TrainReport): string {
  const outcome = { finished: 'finished', stopped: 'stopped, its weights are kept,', diverged: 'diverged' }[state]
  const said = score === undefined ? '' : `, validation score ${score.toFixed(4)}`
  if (model === undefined) return `Run ${run} ${outcome} at step ${step} before anything could be saved.`
  const go = state === 'stopped' ? `\nContinue it with: cellbrush train ${folder} --resume ${run}` : ''
  return `Run ${run} ${outcome} at step ${step}${said}.\nModel: ${model}\nPredict with: cellbrush predict ${folder} IMAGE... --out FOLDER --run ${run}${go}`
}
