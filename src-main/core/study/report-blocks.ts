/** What a report says, as blocks: every number comes from a summary, and so from the results. */
import { durationText } from '../../../src-shared/progress.ts'
import type { JudgedCheck, JudgedClaim } from './claims.ts'
import { type Block, heading, text } from './document.ts'
import { scoreName, valueText } from './score-names.ts'
import type { Study } from './study-file.ts'
import type { Summary, SummaryRow, SummaryScore } from './summary.ts'

/** The whole report of one study. */
export function reportBlocks(study: Study, summary: Summary): Block[] {
  return [
    heading(1, summary.title),
    ...summary.about.map(text),
    text(`**${stateText(summary)}**`),
    ...(summary.claims.length > 0
      ? [heading(2, 'Claims'), ...summary.claims.flatMap((claim) => claimBlocks(claim))]
      : []),
    ...(summary.rows.length > 0 ? [heading(2, 'Scores'), ...scoreBlocks(study, summary)] : []),
    ...summary.plots.map(({ title, file }): Block => ({ kind: 'picture', file, caption: title })),
    ...(summary.pictures.length > 0 ? [heading(2, 'Examples')] : []),
    ...summary.pictures.map(({ caption, file }): Block => ({ kind: 'picture', file, caption })),
    ...armBlocks(study),
    ...(summary.commands.length > 0 ? [heading(2, 'Commands'), ...commandBlocks(study, summary)] : []),
    ...(summary.machines.length > 0 ? [heading(2, 'Machine'), ...machineBlocks(summary)] : []),
  ]
}

/** "Complete: 9 of 9 cells, seeds 1, 2, 3; 30 minutes each." and what is missing or of another length. */
export function stateText({ cellsDone, cellsAsked, seeds, length, lengthAsked }: Summary): string {
  if (cellsAsked === 0) return 'Nothing of this is run here.'
  const state = cellsDone === cellsAsked ? 'Complete' : 'Incomplete'
  const which = seeds.length === 0 ? '' : `, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`
  const other = lengthAsked === null ? '' : ` Another length than the study asks for (${lengthAsked}).`
  return `${state}: ${cellsDone} of ${cellsAsked} cells${which}; ${length} each.${other}`
}

/** Claim, verdict, and the numbers behind it. */
export function claimBlocks({ claim, where, checks, verdict, notReproduced }: JudgedClaim, level: 2 | 3 = 3): Block[] {
  const head: Block[] = [heading(level, claim), text(`*${where}* — **${verdict}**${seedsText(checks)}`)]
  if (notReproduced) {
    return [...head, text(notReproduced.why), { kind: 'code', lines: notReproduced.commands }]
  }
  return [...head, { kind: 'list', items: checks.map(checkText) }]
}

/** Behind a verdict that rests on fewer seeds than the study asks for. */
export function seedsText(checks: readonly JudgedCheck[]): string {
  const fewest = Math.min(...checks.map(seedsJudged))
  const asked = Math.max(...checks.map(({ seedsAsked }) => seedsAsked))
  return checks.length > 0 && fewest > 0 && fewest < asked ? `, in ${fewest} of ${asked} seeds so far` : ''
}

/** Seeds that a verdict rests on. */
const seedsJudged = ({ values, diverged }: JudgedCheck): number =>
  values.length + diverged.of.length + diverged.against.length

const RELATIONS = { '>=': 'at least', '<=': 'at most', '>': 'more than', '<': 'less than' }

/** One check in words: what was found, in how many seeds, and how sure that is. */
export function checkText(check: JudgedCheck): string {
  const { says, relation, value, values, mean, interval, heldIn, seedsAsked, as } = check
  const asked = `asked for: ${as === 'value' ? '' : `${as} `}${RELATIONS[relation]} ${value}`
  const judged = seedsJudged(check)
  if (judged === 0) return `${says}: not measured (${asked}).`
  const seeds = `${heldIn} of ${judged} ${judged === 1 ? 'seed' : 'seeds'}`
  const missing = judged < seedsAsked && judged > 1 ? ` (${seedsAsked} were asked for)` : ''
  const held = `${asked}; held in ${seeds}${missing}.${divergedText(check)}`
  if (mean === null) return `${says}: no numbers, ${held}`
  const each = values.map((one) => numberText(one.value)).join(', ')
  return `${says}: ${numberText(mean)} (${each}), ${held} ${certainty(interval, value)}`
}

function divergedText({ diverged: { of, against } }: JudgedCheck): string {
  const some = (which: string, seeds: number[]) =>
    seeds.length === 0
      ? ''
      : ` The ${which} diverged with ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}.`
  return some('first', of) + some('second', against)
}

function certainty(interval: [number, number] | null, value: number): string {
  if (interval === null) return 'One number: nothing can be said of chance.'
  const [low, high] = interval
  const isSure = value < low || value > high
  const range = `95 % interval of the mean ${numberText(low)} to ${numberText(high)}`
  return `${range}: ${isSure ? 'chance is an unlikely reason' : 'chance could be the reason'}.`
}

const numberText = (value: number): string =>
  Math.abs(value) >= 100
    ? value.toFixed(0)
    : Math.abs(value) >= 10
      ? value.toFixed(1)
      : String(Number(value.toPrecision(4)))

function scoreBlocks(study: Study, { rows }: Summary): Block[] {
  return study.splits.flatMap(({ name }): Block[] => {
    const own = rows.filter(({ split }) => split === name)
    const columns = study.columns.filter((column) => own.some(({ scores }) => scores[column]!.n > 0))
    const head = ['arm', 'prediction', 'seeds', 'steps', 'training', ...columns.map(scoreName)]
    const table: Block = { kind: 'table', head, rows: own.map((row) => rowText(row, columns)) }
    const failures = own.flatMap((row) => row.failures.map((failure) => `${row.arm}: ${failure}`))
    const title = study.splits.length > 1 ? [heading(3, splitText(study, name))] : [text(splitText(study, name))]
    return [...title, table, ...(failures.length > 0 ? [{ kind: 'list', items: failures } as Block] : [])]
  })
}

function splitText({ splits, data }: Study, name: string): string {
  const { train, test, count, annotation, data: set } = splits.find((split) => split.name === name)!
  const some = count === undefined ? '' : `, ${count} of them, drawn by the seed`
  const part =
    annotation === undefined ? '' : `, ${annotation.share * 100} % of their pixels painted (${annotation.by})`
  return `Split ${name}: ${data[set]!.images}; annotated \`${train}\`${some}${part}; predicted \`${test}\`. Mean ± standard deviation over the seeds.`
}

/** "2 of 3, 1 diverged". */
export function seedsOfRow({ done, asked, failures }: SummaryRow): string {
  const seeds = done === asked ? `${done}` : `${done} of ${asked}`
  return failures.length > 0 ? `${seeds}, ${failures.length} diverged` : seeds
}

function rowText(row: SummaryRow, columns: readonly string[]): string[] {
  const steps = [...new Set(row.steps)].join(', ') || '–'
  const mean = row.trainSeconds.reduce((sum, seconds) => sum + seconds, 0) / row.trainSeconds.length
  const time = row.trainSeconds.length === 0 ? '–' : durationText(mean)
  return [
    row.arm,
    row.prediction,
    seedsOfRow(row),
    steps,
    time,
    ...columns.map((column) => spreadText(column, row.scores[column]!)),
  ]
}

/** "0.9312 ± 0.0100", with fewer seeds what there is. */
export function spreadText(score: string, { n, mean, sd }: SummaryScore): string {
  if (n === 0) return '–'
  return sd === null ? valueText(score, mean) : `${valueText(score, mean)} ± ${valueText(score, sd)}`
}

function armBlocks({ arms }: Study): Block[] {
  if (arms.length === 0) return []
  return [heading(2, 'Arms'), { kind: 'list', items: arms.map(({ name, says }) => `**${name}**: ${says}`) }]
}

/** The command that makes these results again: of the study only what was made, with the length it was made with. */
export function studyCommand(study: Study, summary?: Summary): string {
  const whole = `cellbrush study ${study.name} --data $DATA`
  if (summary === undefined || summary.seeds.length === 0) return whole
  const { rows, seeds, length, lengthAsked } = summary
  const part = (option: string, all: readonly (string | number)[], made: readonly (string | number)[]) =>
    all.join() === made.join() ? '' : ` ${option} ${made.join()}`
  const named = (option: string, of: 'arm' | 'split', all: readonly { name: string }[]) => {
    const names = all.map(({ name }) => name)
    const made = names.filter((name) => rows.some((row) => row.done > 0 && row[of] === name))
    return part(option, names, made)
  }
  const [amount, unit] = length.split(' ')
  const other = lengthAsked === null ? '' : ` --${unit} ${amount}`
  const some = [named('--only', 'arm', study.arms), named('--splits', 'split', study.splits)]
  return [whole, ...some, part('--seeds', study.seeds, seeds), other].join('')
}

function commandBlocks(study: Study, summary: Summary): Block[] {
  return [
    text(
      '`$DATA` is the folder of the data, `$STUDY` that of the study (with true masks that had to be renamed), `$OUT` that of the cell, `$STUDY/cells/SPLIT/ARM/seed-N`. The study itself:',
    ),
    { kind: 'code', lines: [studyCommand(study, summary)] },
    ...summary.commands.flatMap(({ arm, lines }): Block[] => [
      text(`**${arm}**, its first seed:`),
      { kind: 'code', lines },
    ]),
  ]
}

/** Machine, device and versions. */
export const machineBlocks = ({ machines, devices, versions }: Summary): Block[] => [
  { kind: 'list', items: [...machines, `Computed by: ${devices.join('; ')}`, ...versions] },
]
