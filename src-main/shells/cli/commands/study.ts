/** `cellbrush study`. */
import path from 'node:path'
import { durationText } from '../../../../src-shared/progress.ts'
import { type CellChoice, cellName, cellsOf, lengthOf, lengthText } from '../../../core/study/cells.ts'
import { publishStudy } from '../../../core/study/publish.ts'
import { type ReportFiles, writeReport } from '../../../core/study/report.ts'
import { type CellResult, readResult } from '../../../core/study/results.ts'
import { scoreName, valueText } from '../../../core/study/score-names.ts'
import { runStudy } from '../../../core/study/study.ts'
import { dataRoot } from '../../../core/study/study-data.ts'
import { readStudy, type Study, studyNames } from '../../../core/study/study-file.ts'
import { notBoth, oneOf, positiveNumber, wholeNumber } from '../arguments.ts'
import { DEVICE_CHOICES } from '../devices.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, type Shell, subcommand } from '../shell.ts'
import { tableText } from '../table.ts'

interface Options {
  data?: string
  out?: string
  only?: string[]
  splits?: string[]
  seeds?: number[]
  minutes?: number
  steps?: number
  device: (typeof DEVICE_CHOICES)[number]
  objectsAnew?: true
  scoresAnew?: true
  list?: true
  report?: true
  publish?: string
}

const names = (text: string): string[] => text.split(',').map((name) => name.trim())
const seed = wholeNumber(0, 2 ** 32 - 1)

export const addStudy: AddCommand = (program, shell) => {
  subcommand(program, 'study [NAME]', 'measure a claim: train, predict and score as a study file says', [
    'study',
    'study em-2012 --data ../shared/data',
    'study em-2012 --only fast --seeds 1 --steps 60 --out /tmp/quick',
    'study em-2012 --list',
    'study em-2012 --report --publish docs',
  ])
    .option('--data <FOLDER>', 'the folder that holds the data (default: CELLBRUSH_DATA, else ../shared/data)')
    .option('--out <FOLDER>', 'where everything is written (default: study-out/NAME)')
    .option('--only <ARM,...>', 'only these arms of the study', names)
    .option('--splits <SPLIT,...>', 'only these splits of the study', names)
    .option('--seeds <S,...>', 'these seeds instead of the study’s', (text: string) => names(text).map(seed))
    .option('--minutes <M>', 'minutes of each training instead of the study’s', positiveNumber)
    .option('--steps <N>', 'steps of each training instead of the study’s', wholeNumber(1))
    .option('--device <DEVICE>', DEVICE_CHOICES.join(', '), oneOf(DEVICE_CHOICES), 'auto')
    .option('--objects-anew', 'keep the networks of finished cells, make objects and scores as the program does now')
    .option('--scores-anew', 'keep the predictions of finished cells, score them as the program does now')
    .option('--list', 'say what the study consists of and what is done, and do nothing')
    .option('--report', 'write the report of what is done, and do nothing else')
    .option('--publish <FOLDER>', 'also write FOLDER/results/NAME and FOLDER/results.md anew')
    .action(async (wanted: string | undefined, options: Options) => {
      notBoth({ ...options }, 'minutes', 'steps')
      notBoth({ ...options }, 'objectsAnew', 'scoresAnew')
      if (wanted === undefined) return tellStudies(shell)
      const study = readStudy(wanted)
      const out = options.out ?? path.join('study-out', study.name)
      if (options.list) return tellCells(shell, study, options, out)
      if (!options.report) await run(shell, study, options, out)
      const report = await writeReport(study, out, { root: dataRoot(options.data), ...options })
      if (options.publish !== undefined) await publishStudy(study, out, options.publish)
      shell.console.result(report, reportText(report))
    })
}

function tellStudies(shell: Shell): void {
  const studies = studyNames().map((name) => readStudy(name))
  const rows = studies.map((study) => [study.name, cellsOf(study).length, timeText(study), study.title])
  const listed = studies.map(({ name, title }) => ({ name, title }))
  shell.console.result({ studies: listed }, tableText(['study', 'cells', 'each', 'what it shows'], rows))
}

const timeText = (study: Study): string => (study.arms.length === 0 ? '-' : lengthText(lengthOf(study, {})))

function tellCells(shell: Shell, study: Study, options: Options, out: string): void {
  const cells = cellsOf(study, choiceOf(options)).map((cell) => ({ cell, result: readResult(out, cell) }))
  const rows = cells.map(({ cell, result }) => [
    cell.split.name,
    cell.arm.name,
    cell.seed,
    result === undefined ? 'to do' : (result.failure ?? `done ${result.finishedAt.slice(0, 16)}`),
  ])
  const about = `${study.title}. Each training: ${lengthText(lengthOf(study, options))}.`
  const listed = cells.map(({ cell, result }) => ({ cell: cellName(cell), isDone: result !== undefined }))
  shell.console.result(
    { study: study.name, cells: listed },
    `${about}\n${tableText(['split', 'arm', 'seed', ''], rows)}`,
  )
}

const choiceOf = ({ only, splits, seeds }: Options): CellChoice => ({ only, splits, seeds })

async function run(shell: Shell, study: Study, options: Options, out: string): Promise<void> {
  const { console } = shell
  const request = { ...options, root: dataRoot(options.data), out }
  const job = { ...console.job(shell.stop), kill: shell.kill }
  await withEngine(shell, (engine) =>
    runStudy(study, request, engine, job, {
      cell: (cell, done, total) => console.note(`${cellName(cell)} (${done + 1} of ${total})`),
      result: (result) => {
        console.event({ type: 'cell', ...result })
        console.note(cellText(study, result))
      },
    }),
  )
  console.endProgress()
}

/** What a finished cell came to, and how to do it by hand. */
function cellText(study: Study, { commands, predictions, steps, trainSeconds, failure }: CellResult): string {
  const shown = Object.entries(predictions).map(([name, { scores }]) => {
    const columns = study.columns.filter((column) => scores[column] !== undefined)
    return `  ${name}: ${columns.map((column) => `${scoreName(column)} ${valueText(column, scores[column]!)}`).join(', ')}`
  })
  const time = trainSeconds === undefined ? '' : ` in ${durationText(trainSeconds)}`
  const trained = steps === undefined ? [] : [`  ${steps} steps${time}`]
  return [...(failure ? [`  ${failure}`] : []), ...trained, ...shown, ...commands.map((line) => `  $ ${line}`)].join(
    '\n',
  )
}

function reportText({ markdown, html, state }: ReportFiles): string {
  return `${state}\nReport: ${markdown}\nWith pictures in one file: ${html}`
}
