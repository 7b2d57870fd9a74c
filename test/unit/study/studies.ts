/** A small study and results of it, for tests that need no training. */
import { type Cell, cellsOf, fingerprintOf, type Length } from '../../../src-main/core/study/cells.ts'
import type { CellResult } from '../../../src-main/core/study/results.ts'
import { parseStudy, type Study } from '../../../src-main/core/study/study-file.ts'

/** The parts of a study's text that a test may change. */
export const studyText = {
  format: 1,
  name: 'tiny',
  title: 'A tiny study',
  about: ['Two arms and a floor.'],
  data: {
    cells: {
      images: 'nuclei/images/*.tif',
      truth: 'nuclei/masks',
      kind: 'instances',
      isPublishable: true,
      attribution: 'Somebody, CC0.',
    },
  },
  splits: [{ name: 'all', data: 'cells', train: 'a*', test: 'b*' }],
  arms: [
    { kind: 'cellbrush', name: 'one', says: 'the first', preset: 'fast' },
    { kind: 'cellbrush', name: 'other', says: 'the second', preset: 'fast', settings: ['w0=0'] },
    { kind: 'floor', name: 'floor', says: 'no learning', isBright: true },
  ],
  seeds: [1, 2, 3],
  minutes: 5,
  columns: ['raw.vRand', 'raw.merged'],
}

export const studyOf = (changes: object = {}): Study => parseStudy(JSON.stringify({ ...studyText, ...changes }), 'tiny')

/** A result of a cell whose single prediction has these scores. */
export function resultOf(study: Study, cell: Cell, scores: Record<string, number>, length: Length): CellResult {
  return {
    format: 1,
    study: study.name,
    cell: { split: cell.split.name, arm: cell.arm.name, seed: cell.seed },
    fingerprint: fingerprintOf(study, cell, length),
    finishedAt: '2026-01-01T00:00:00.000Z',
    device: 'TensorFlow 2.21.0, 2 threads',
    machine: { processor: 'A processor', cores: 2, memoryGiB: 8, platform: 'linux-x64', load: 1.5 },
    versions: { cellbrush: '0.1.0', node: '24.0.0' },
    trainImages: ['a.tif'],
    testImages: ['b.tif'],
    paintedShare: 1,
    plannedSteps: 100,
    steps: 100,
    stepSeconds: 60,
    trainSeconds: 70,
    isResumed: false,
    predictions: { single: { seconds: 1, scores, images: [{ name: 'b', scores }] } },
    curve: { energy: [[1, 0.7]], validation: [[100, 0.5]] },
    commands: ['cellbrush train $OUT/project.cellbrush'],
  }
}

/** Results of those cells for which `scores` says something. */
export const resultsOf = (
  study: Study,
  scores: (cell: Cell) => Record<string, number> | undefined,
  length: Length = { minutes: 5 },
): CellResult[] =>
  cellsOf(study).flatMap((cell) => {
    const own = scores(cell)
    return own === undefined ? [] : [resultOf(study, cell, own, length)]
  })
