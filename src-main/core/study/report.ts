/** Writes what a study has come to so far: summary, plots, pictures, Markdown and one HTML page. */
import path from 'node:path'
import { writeFileDurably } from '../../store/index.ts'
import { makeFolder } from '../folders.ts'
import { type Cell, type CellChoice, cellsOf, fingerprintOf, lengthOf } from './cells.ts'
import { asHtml, asMarkdown } from './document.ts'
import { lengthIn } from './lengths.ts'
import { writePictures } from './pictures.ts'
import { writePlots } from './plot-files.ts'
import { reportBlocks, stateText } from './report-blocks.ts'
import { type CellResult, readResult } from './results.ts'
import type { Study } from './study-file.ts'
import { type Summary, summarize } from './summary.ts'

export interface ReportFiles {
  markdown: string
  html: string
  state: string
  summary: Summary
}

export interface ReportRequest extends CellChoice {
  root: string
  minutes?: number
  steps?: number
}

/** All results of a study that were made with one length, seeds beyond the study's included. */
export function readResults(
  study: Study,
  out: string,
  { seeds = [] }: CellChoice,
): { cell: Cell; result: CellResult }[] {
  const all = cellsOf(study, { seeds: [...new Set([...study.seeds, ...seeds])] })
  return all.flatMap((cell) => {
    const result = readResult(out, cell)
    return result === undefined ? [] : [{ cell, result }]
  })
}

export async function writeReport(study: Study, out: string, request: ReportRequest): Promise<ReportFiles> {
  makeFolder(out)
  const length = lengthIn(out) ?? lengthOf(study, request) // of the results; as asked for where there are none
  const found = readResults(study, out, request).filter(
    ({ cell, result }) => result.fingerprint === fingerprintOf(study, cell, length),
  )
  const summary = summarize(
    study,
    found.map(({ result }) => result),
    length,
  )
  summary.plots = await writePlots(study, summary, out)
  summary.pictures = await writePictures(study, found, { out, root: request.root })
  writeFileDurably(path.join(out, 'summary.json'), `${JSON.stringify(summary, null, 1)}\n`)
  const blocks = reportBlocks(study, summary)
  const [markdown, html] = [path.join(out, 'report.md'), path.join(out, 'report.html')]
  writeFileDurably(markdown, asMarkdown(blocks))
  writeFileDurably(html, asHtml(summary.title, blocks, out))
  return { markdown, html, state: stateText(summary), summary }
}
