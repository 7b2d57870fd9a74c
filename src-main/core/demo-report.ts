/** The demo's report: for each image that was kept from training the picture, the truth and what was found. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { carve } from '../../src-shared/carve.ts'
import { LABEL } from '../../src-shared/labels.ts'
import { networkWords } from '../../src-shared/network-plan.ts'
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { borderTerm } from '../../src-shared/weight-map.ts'
import { importPixels } from '../imaging/import-pixels.ts'
import { listMasks } from '../imaging/list-images.ts'
import { matchMasks } from '../imaging/match-masks.ts'
import { percentiles } from '../imaging/percentiles.ts'
import { PixelFile } from '../imaging/pixel-file.ts'
import type { EvaluationReport } from './evaluation.ts'
import { stemOf } from './names.ts'
import { curveSvg } from './report/curve.ts'
import { type ReportRow, reportPage } from './report/page.ts'
import { heatPicture, objectColour, type Picture, pictureOfPixels, withOutlines } from './report/picture.ts'
import { readLog, readPlan, runFolder, summarizeRun } from './runs.ts'
import { readMaps, readTruth } from './score-files.ts'

export interface DemoResults {
  project: string
  run: string
  /** Images kept from training. */
  held: readonly string[]
  /** Folder of their true masks. */
  masks: string
  /** Folder of what was predicted. */
  predictions: string
  evaluation: EvaluationReport
}

/** The page as HTML. */
export async function writeDemoReport(results: DemoResults): Promise<string> {
  const { project, run, held, masks, evaluation } = results
  const plan = readPlan(project, run)
  const { step, score, device } = summarizeRun(project, run)
  const truths = matchMasks(held, listMasks([masks]))
  const rows: ReportRow[] = []
  for (const [index, image] of held.entries()) rows.push(await rowOf(image, truths[index]!.masks[0]!, plan, results))
  const scored = score === undefined ? '' : `, validation score ${score.toFixed(3)}`
  return reportPage({
    title: 'Cellbrush: sample nuclei',
    facts: [
      `A ${networkWords(plan.network)} learned ${plan.items.length} painted images in ${step} steps on ${device ?? 'this machine'}${scored}.`,
      `Below are ${evaluation.planes.length} images it has never seen: BBBC039v1 (Caicedo et al. 2019, Broad Bioimage Benchmark Collection), CC0.`,
    ],
    curve: curveSvg(readLog(runFolder(project, run))),
    rows,
  })
}

async function rowOf(
  image: string,
  mask: string,
  plan: RunPlan,
  { predictions, evaluation }: DemoResults,
): Promise<ReportRow> {
  const name = stemOf(image)
  const picture = await pictureOf(image, plan)
  const { width, height } = picture
  const [truth] = (await readTruth(mask)).planes
  const [found] = (await readMaps(path.join(predictions, `${name}_labels.tif`))).planes
  // As training sees it: ids of a label map, touching nuclei carved apart.
  const ids = truth!.map((id) => (id === 0 ? LABEL.unpainted : id + LABEL.firstObject - 1))
  const border = borderTerm(carve(ids, width, height), width, height, plan.targets)
  const raw = evaluation.planes.find((plane) => plane.name === name)?.raw
  const scores = raw && {
    'F1 at IoU 0.5': raw.objects.matches[0]!.f1,
    'mean F1': raw.objects.meanF1,
    Dice: raw.objects.dice,
  }
  return {
    name,
    pictures: [
      { caption: 'Image', picture },
      { caption: 'Truth', picture: withOutlines(picture, truth!, () => [0, 220, 120]) },
      { caption: 'Prediction', picture: withOutlines(picture, found!, objectColour) },
      {
        caption: 'Weight map of the truth (border term)',
        picture: heatPicture(border, width, height, plan.targets.w0),
      },
    ],
    scores: scores ?? {},
  }
}

async function pictureOf(image: string, { input }: RunPlan): Promise<Picture> {
  const folder = mkdtempSync(path.join(tmpdir(), 'cellbrush-report-'))
  try {
    const file = path.join(folder, 'image.cbpx')
    await importPixels(image, file)
    const pixels = PixelFile.open(file)
    try {
      const { width: w, height: h, channels } = pixels.header
      const range = (channel: number) =>
        percentiles(pixels, { z: 0, t: 0, channel, low: input.percentileLow, high: input.percentileHigh })
      const ranges = Array.from({ length: channels }, (_, channel) => range(channel))
      return pictureOfPixels(pixels.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w, h } }), ranges)
    } finally {
      pixels.close()
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
