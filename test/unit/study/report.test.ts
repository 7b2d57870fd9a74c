import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { type Cell, cellsOf } from '../../../src-main/core/study/cells.ts'
import { publishStudy, resultsPage } from '../../../src-main/core/study/publish.ts'
import { writeReport } from '../../../src-main/core/study/report.ts'
import { cellFolder, readResult, writeResult } from '../../../src-main/core/study/results.ts'
import { readStudy, studyNames } from '../../../src-main/core/study/study-file.ts'
import { temporaryFolder } from '../../drivers/command-line.ts'
import { resultOf, studyOf } from './studies.ts'
import { parseXml } from './xml.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const study = studyOf({
  columns: ['raw.vRand', 'raw.merged', 'raw.seg'],
  plots: [
    { kind: 'dots', title: 'V_Rand <raw>', score: 'raw.vRand' },
    { kind: 'training', title: 'Course' },
    { kind: 'dots', title: 'Never measured', score: 'thinned.vInfo' },
  ],
  claims: [
    {
      claim: 'It works.',
      where: 'section 1',
      checks: [{ says: 'V_Rand', of: { arm: 'one', score: 'raw.vRand' }, relation: '>=', value: 0.9 }],
    },
  ],
})

function made(
  name: string,
  scores: (cell: Cell) => Record<string, number> | undefined,
  length = { minutes: 5 },
): string {
  const out = at(name)
  for (const cell of cellsOf(study)) {
    const own = scores(cell)
    if (own === undefined) continue
    mkdirSync(cellFolder(out, cell), { recursive: true })
    writeResult(out, cell, resultOf(study, cell, own, length))
  }
  return out
}

const whole = ({ arm, seed }: Cell) =>
  arm.name === 'floor' ? { 'raw.vRand': 0.7, 'raw.merged': 9 } : { 'raw.vRand': 0.9 + seed / 100, 'raw.merged': seed }

test('the report of a complete study has means, spreads, verdict, machine, versions and commands', async () => {
  const out = made('whole', whole)
  const { markdown, html, state } = await writeReport(study, out, { root: at('nowhere') })
  expect(state).toBe('Complete: 7 of 7 cells, seeds 1, 2, 3; 5 minutes each.')
  const text = readFileSync(markdown, 'utf8')
  // 0.91, 0.92, 0.93: mean 0.92, sd 0.01; 1, 2, 3 merged: mean 2, sd 1. SEG was never measured: no column.
  expect(text).toContain('| arm | prediction | seeds | steps | training | V_Rand (raw) | merged objects |')
  expect(text).toContain('| one | single | 3 | 100 | 1 min 00 s | 0.9200 ± 0.0100 | 2.0 ± 1.0 |')
  expect(text).toContain('| floor | single | 1 | 100 | 1 min 00 s | 0.7000 | 9.0 |')
  expect(text).toContain('*section 1* — **held**')
  expect(text).toContain('V_Rand: 0.92 (0.91, 0.92, 0.93), asked for: at least 0.9; held in 3 of 3 seeds.')
  expect(text).toContain('A processor, 2 cores, 8 GiB, linux-x64; load average when cells began 1.5 to 1.5')
  expect(text).toContain('cellbrush 0.1.0, node 24.0.0')
  expect(text).toContain('cellbrush train $OUT/project.cellbrush')
  expect(text).not.toContain('Never measured')
  const page = readFileSync(html, 'utf8')
  expect(page).toContain('0.9200 ± 0.0100')
  expect(page).not.toMatch(/(src|href)="(?!data:)/) // nothing is loaded
  for (const [svg] of page.matchAll(/<svg[\s\S]*?<\/svg>/g)) parseXml(svg)
})

test('plots are written as SVG and as PNG of twice their size', async () => {
  const out = made('plots', whole)
  const { summary } = await writeReport(study, out, { root: at('nowhere') })
  expect(summary.plots.map(({ file }) => file)).toEqual(['plot-1.svg', 'plot-2.svg'])
  const [root] = parseXml(readFileSync(path.join(out, 'plot-1.svg'), 'utf8'))
  const png = readFileSync(path.join(out, 'plot-1.png'))
  expect(png.readUInt32BE(16)).toBe(2 * Number(root!.attributes.width))
  expect(png.readUInt32BE(20)).toBe(2 * Number(root!.attributes.height))
})

test('an incomplete study is reported as such, and nothing is filled in', async () => {
  const out = made('part', (cell) => (cell.arm.name === 'one' && cell.seed < 3 ? whole(cell) : undefined))
  const { markdown, state } = await writeReport(study, out, { root: at('nowhere') })
  expect(state).toBe('Incomplete: 2 of 7 cells, seeds 1, 2; 5 minutes each.')
  const text = readFileSync(markdown, 'utf8')
  expect(text).toContain('| one | single | 2 of 3 | 100 | 1 min 00 s | 0.9150 ± 0.0071 |')
  expect(text).toContain('| other | single | 0 of 3 | – | – | – |')
  expect(text).toContain('held in 2 of 2 seeds (3 were asked for).')
})

test('the printed command makes what was made: its arms, splits, seeds and length where they are not the study’s', async () => {
  const command = async (out: string) => {
    const { markdown } = await writeReport(study, out, { root: at('nowhere'), steps: 60 })
    return /^cellbrush study .*$/m.exec(readFileSync(markdown, 'utf8'))?.[0]
  }
  const all = made('command-of-all', whole)
  writeFileSync(path.join(all, 'length.json'), '{"minutes":5}')
  expect(await command(all)).toBe('cellbrush study tiny --data $DATA')
  const isSome = ({ arm, seed }: Cell) => arm.name !== 'other' && seed < 3
  const some = made('command-of-some', (cell) => (isSome(cell) ? whole(cell) : undefined), { steps: 60 } as never)
  expect(await command(some)).toBe('cellbrush study tiny --data $DATA --only one,floor --seeds 1,2 --steps 60')
})

test('a training that diverged has no score in the table, whatever its last checkpoint predicts', async () => {
  const out = made('diverged', whole)
  const cell = cellsOf(study).find(({ arm, seed }) => arm.name === 'one' && seed === 3)!
  writeResult(out, cell, { ...readResult(out, cell)!, failure: 'Training diverged after step 90.' })
  const { markdown } = await writeReport(study, out, { root: at('nowhere') })
  const text = readFileSync(markdown, 'utf8')
  expect(text).toContain('| one | single | 3, 1 diverged | 100 | 1 min 00 s | 0.9150 ± 0.0071 | 1.5 ± 0.7 |')
  expect(text).toContain('V_Rand: 0.915 (0.91, 0.92), asked for: at least 0.9; held in 2 of 3 seeds.')
})

test('results of another length are said to be so; those of another study in the same folder do not count', async () => {
  const out = made('short', (cell) => (cell.seed === 1 ? whole(cell) : undefined), { steps: 60 } as never)
  expect((await writeReport(study, out, { root: '.', steps: 60 })).state).toBe(
    'Incomplete: 3 of 7 cells, seed 1; 60 steps each. Another length than the study asks for (5 minutes).',
  )
  expect((await writeReport(study, out, { root: '.' })).state).toMatch(/^Incomplete: 0 of 7 cells/)
})

test('a result that is damaged counts as not done', () => {
  const out = made('damaged', whole)
  const cell = cellsOf(study)[0]!
  expect(readResult(out, cell)).toBeDefined()
  writeFileSync(path.join(cellFolder(out, cell), 'result.json'), '{ "format": 1')
  expect(readResult(out, cell)).toBeUndefined()
})

test('what cannot be said survives as such in a result', () => {
  const out = made('nan', () => ({ 'raw.vRand': Number.NaN }))
  expect(readResult(out, cellsOf(study)[0]!)!.predictions.single!.scores).toEqual({ 'raw.vRand': Number.NaN })
})

test('pictures of data that may not be published stay where they are', async () => {
  const [docs, out] = [at('docs'), made('pictures', whole)]
  const { summary } = await writeReport(study, out, { root: at('nowhere') })
  const pictures = ['hidden', 'shown'].map((name) => ({
    caption: name,
    file: `${name}.png`,
    isPublishable: name === 'shown',
  }))
  for (const { file } of pictures) writeFileSync(path.join(out, file), 'png')
  writeFileSync(path.join(out, 'summary.json'), JSON.stringify({ ...summary, pictures }))
  await publishStudy(study, out, docs)
  expect(readdirSync(path.join(docs, 'results/tiny')).sort()).toEqual([
    'plot-1.png',
    'plot-1.svg',
    'plot-2.png',
    'plot-2.svg',
    'shown.png',
    'summary.json',
  ])
  const published = JSON.parse(readFileSync(path.join(docs, 'results/tiny/summary.json'), 'utf8'))
  expect(published.pictures).toEqual([pictures[1]])
})

test('pictures of an earlier report are published again when the data are not there any more', async () => {
  const [docs, out] = [at('kept-docs'), made('kept-pictures', whole)]
  writeFileSync(path.join(out, 'picture-all-one.png'), 'png')
  const { summary } = await writeReport(study, out, { root: at('nowhere') })
  expect(summary.pictures).toEqual([
    {
      file: 'picture-all-one.png',
      caption:
        'all, one, seed 1, b.tif: image, truth, prediction, mistakes (orange missed, light blue invented, yellow split, pink merged). Somebody, CC0.',
      isPublishable: true,
    },
  ])
  await publishStudy(study, out, docs)
  expect(readFileSync(path.join(docs, 'results/tiny/picture-all-one.png'), 'utf8')).toBe('png')
})

test('a folder without a report takes nothing away from what was published', async () => {
  const [docs, out] = [at('safe-docs'), made('safe', whole)]
  await writeReport(study, out, { root: at('nowhere') })
  await publishStudy(study, out, docs)
  const before = readdirSync(path.join(docs, 'results/tiny'))
  await expect(publishStudy(study, at('no-report'), docs)).rejects.toThrow()
  expect(readdirSync(path.join(docs, 'results/tiny'))).toEqual(before)
})

test('the page of results names every claim, run or not, and what is beyond this machine', () => {
  const page = resultsPage(at('empty'))
  for (const name of studyNames()) {
    for (const { claim, notReproduced } of readStudy(name).claims) {
      expect(page).toContain(`| ${claim} | ${name} | **${notReproduced ? 'not reproduced' : 'not run yet'}** |`)
    }
  }
})

test('docs/results.md is what the studies wrote', () => {
  expect(readFileSync('docs/results.md', 'utf8')).toBe(resultsPage('docs'))
})
