/** Results for the documentation: small files of one study, and one page over all of them, written by nobody's hand. */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { writeFileDurably } from '../../store/index.ts'
import { asMarkdown, type Block, heading, text } from './document.ts'
import {
  claimBlocks,
  machineBlocks,
  seedsOfRow,
  seedsText,
  spreadText,
  stateText,
  studyCommand,
} from './report-blocks.ts'
import { scoreName } from './score-names.ts'
import { readStudy, type Study, studyNames } from './study-file.ts'
import type { Summary } from './summary.ts'

/** More would make the page long and the repository large. */
const MOST_PICTURES = 6

/**
 * Copies summary, plots and those pictures that may be published from `out` to FOLDER/results/NAME, then writes
 * FOLDER/results.md anew from all that is there.
 */
export async function publishStudy(study: Study, out: string, folder: string): Promise<void> {
  const target = path.join(folder, 'results', study.name)
  const summary: Summary = JSON.parse(readFileSync(path.join(out, 'summary.json'), 'utf8'))
  rmSync(target, { recursive: true, force: true })
  mkdirSync(target, { recursive: true })
  const pictures = summary.pictures.filter(({ isPublishable }) => isPublishable).slice(0, MOST_PICTURES)
  const files = [
    ...summary.plots.flatMap(({ file }) => [file, file.replace(/svg$/, 'png')]),
    ...pictures.map(({ file }) => file),
  ]
  for (const file of files) copyFileSync(path.join(out, file), path.join(target, file))
  writeFileDurably(path.join(target, 'summary.json'), `${JSON.stringify({ ...summary, pictures }, null, 1)}\n`)
  writeFileDurably(path.join(folder, 'results.md'), resultsPage(folder))
}

/** The page as text, from FOLDER/results/NAME/summary.json of every study that has one. */
export function resultsPage(folder: string): string {
  const studies = studyNames().map((name) => readStudy(name))
  return asMarkdown([
    heading(1, 'Results'),
    text(
      'What the U-Net paper (Ronneberger, Fischer, Brox 2015, arXiv 1505.04597) claims, and what came out here. This page is written by `cellbrush study NAME --report --publish docs` alone; every number comes from the `summary.json` beside the plots. How studies are run, and what the words mean: [studies.md](studies.md).',
    ),
    overview(folder, studies),
    ...studies.flatMap((study) => studyBlocks(study, summaryIn(folder, study.name))),
  ])
}

function summaryIn(folder: string, name: string): Summary | undefined {
  const file = path.join(folder, 'results', name, 'summary.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

function overview(folder: string, studies: readonly Study[]): Block {
  const rows = studies.flatMap((study) => {
    const summary = summaryIn(folder, study.name)
    return study.claims.map((claim) => {
      const judged = summary?.claims.find((one) => one.claim === claim.claim)
      const verdict = claim.notReproduced ? 'not reproduced' : (judged?.verdict ?? 'not run yet')
      return [claim.claim, study.name, `**${verdict}**${seedsText(judged?.checks ?? [])}${hedge(summary)}`]
    })
  })
  return { kind: 'table', head: ['claim', 'study', 'here'], rows }
}

/** What weakens every verdict of a study. */
function hedge(summary: Summary | undefined): string {
  if (summary === undefined || summary.cellsAsked === 0) return ''
  const incomplete =
    summary.cellsDone < summary.cellsAsked ? `, ${summary.cellsDone} of ${summary.cellsAsked} cells` : ''
  return summary.lengthAsked === null
    ? incomplete
    : `${incomplete}, ${summary.length} instead of ${summary.lengthAsked}`
}

function studyBlocks(study: Study, summary: Summary | undefined): Block[] {
  const title = heading(2, `${study.title} (${study.name})`)
  if (study.arms.length === 0) {
    const claims = study.claims.map((claim) => ({ ...claim, checks: [], verdict: 'not reproduced' as const }))
    return [title, ...study.about.map(text), ...claims.flatMap((claim) => claimBlocks(claim))]
  }
  if (summary === undefined) {
    const command = { kind: 'code', lines: [studyCommand(study)] } as const
    return [title, ...study.about.map(text), text('**Not run yet.** The command that does it:'), command]
  }
  return [
    title,
    ...study.about.map(text),
    text(`**${stateText(summary)}**`),
    ...summary.claims.flatMap((claim) => claimBlocks(claim)),
    tableOf(study, summary),
    ...summary.plots.map(
      ({ title: caption, file }): Block => ({ kind: 'picture', caption, file: `results/${study.name}/${file}` }),
    ),
    ...summary.pictures.map(
      ({ caption, file }): Block => ({ kind: 'picture', caption, file: `results/${study.name}/${file}` }),
    ),
    {
      kind: 'code',
      lines: [studyCommand(study, summary), ...(summary.commands[0]?.lines ?? []).map((line) => `# ${line}`)],
    },
    ...machineBlocks(summary),
  ]
}

function tableOf(study: Study, { rows }: Summary): Block {
  const columns = study.columns.filter((column) => rows.some(({ scores }) => (scores[column]?.n ?? 0) > 0))
  const cells = rows
    .filter(({ done }) => done > 0)
    .map((row) => [
      ...[row.split, row.arm, row.prediction, seedsOfRow(row)],
      ...columns.map((column) => spreadText(column, row.scores[column]!)),
    ])
  return { kind: 'table', head: ['split', 'arm', 'prediction', 'seeds', ...columns.map(scoreName)], rows: cells }
}
