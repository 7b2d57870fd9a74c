/** The plots a study asks for, drawn from its summary, as SVG and PNG. */
import path from 'node:path'
import sharp from 'sharp'
import { writeFileDurably } from '../../store/index.ts'
import { curvePlot, type DotGroup, dotPlot, type Series } from './plot.ts'
import { scoreName } from './score-names.ts'
import type { PlotPlan, Study } from './study-file.ts'
import type { Summary, SummaryRow } from './summary.ts'

/** Pixels of the PNG for one of the SVG: sharp on paper and on dense screens. */
const PNG_SCALE = 2

/** Writes plot-1.svg, plot-1.png ...; a plot without a single point is left out. */
export async function writePlots(study: Study, summary: Summary, folder: string): Promise<Summary['plots']> {
  const plots: Summary['plots'] = []
  for (const [index, plan] of study.plots.entries()) {
    const drawn = plotOf(plan, study, summary)
    if (drawn === undefined) continue
    const file = `plot-${index + 1}.svg`
    writeFileDurably(path.join(folder, file), drawn)
    const png = await sharp(Buffer.from(drawn), { density: 72 * PNG_SCALE })
      .png({ palette: true })
      .toBuffer()
    writeFileDurably(path.join(folder, `plot-${index + 1}.png`), png)
    plots.push({ title: plan.title, file })
  }
  return plots
}

/** SVG of one plot; undefined where there is nothing to show yet. */
export function plotOf(plan: PlotPlan, study: Study, summary: Summary): string | undefined {
  if (plan.kind === 'training') return trainingPlot(plan, summary)
  const rows = summary.rows.filter((row) => isShown(row, plan, study) && row.scores[plan.score]!.n > 0)
  if (rows.length === 0) return undefined
  if (plan.kind === 'dots')
    return dotPlot(
      plan.title,
      scoreName(plan.score),
      rows.map((row) => groupOf(row, plan, summary)),
    )
  const axis = { label: plan.axis, isLogarithmic: plan.isLogarithmic }
  return curvePlot(plan.title, axis, scoreName(plan.score), seriesOf(rows, plan, study))
}

/**
 * A plot shows the prediction it names; an arm without that one is left out. Where it names none, dots show all
 * predictions of an arm, and a curve the first: its line stands for one.
 */
function isShown({ arm, prediction }: SummaryRow, plan: PlotPlan, { arms, splits }: Study): boolean {
  if (plan.kind !== 'curve') return plan.prediction === undefined || plan.prediction === prediction
  const first = arms.find(({ name }) => name === arm)!.predictions[0]!.name
  return (plan.prediction ?? first) === prediction && splits.some((split) => split.at !== undefined)
}

function groupOf({ arm, split, prediction, scores }: SummaryRow, plan: PlotPlan, { rows }: Summary): DotGroup {
  const hasManySplits = new Set(rows.map((row) => row.split)).size > 1
  const single = rows.filter((row) => row.arm === arm && row.split === split).length === 1
  const name = [arm, ...(single || plan.prediction !== undefined ? [] : [prediction])].join(' ')
  const values = scores[plan.score]!.values.map(({ value }) => value)
  return { name, values, ...(hasManySplits && { among: split }) }
}

/** A line for each arm and data set, over what `at` of the splits says. */
function seriesOf(rows: readonly SummaryRow[], { score }: PlotPlan, { splits }: Study): Series[] {
  const splitOf = (row: SummaryRow) => splits.find(({ name }) => name === row.split)!
  const hasManyData = new Set(splits.map(({ data }) => data)).size > 1
  const hasManyArms = new Set(rows.map(({ arm }) => arm)).size > 1
  const nameOf = (row: SummaryRow) =>
    [...(hasManyData ? [splitOf(row).data] : []), ...(hasManyArms || !hasManyData ? [row.arm] : [])].join(' ')
  const lines = Map.groupBy(
    rows.filter((row) => splitOf(row).at !== undefined),
    nameOf,
  )
  return [...lines].map(([name, own]) => ({
    name,
    points: own.flatMap((row) => row.scores[score]!.values.map(({ value }) => ({ x: splitOf(row).at!, y: value }))),
  }))
}

function trainingPlot({ title }: PlotPlan, { curves }: Summary): string | undefined {
  if (curves.length === 0) return undefined
  const series = curves.map(({ split, arm, seed, validation }) => ({
    name: `${new Set(curves.map((curve) => curve.split)).size > 1 ? `${split} ` : ''}${arm} ${seed}`,
    points: validation.map(([x, y]) => ({ x, y })),
  }))
  return curvePlot(title, { label: 'step' }, scoreName('validation'), series)
}
