/**
 * How long the trainings in a study's folder are: one length for all of them (`length.json`), and the steps that minutes
 * were turned into (`planned-steps.json`), so that a busy machine makes no difference between seeds.
 */
import { existsSync, globSync, readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { AppError } from '../../../src-shared/errors.ts'
import { writeFileDurably } from '../../store/index.ts'
import { type Cell, cellName, type Length, lengthText } from './cells.ts'
import type { Study } from './study-file.ts'

const lengthFile = (out: string): string => path.join(out, 'length.json')
const stepsFile = (out: string): string => path.join(out, 'planned-steps.json')

/** The length of what is in the folder; undefined where nothing was begun. */
export const lengthIn = (out: string): Length | undefined =>
  existsSync(lengthFile(out)) ? JSON.parse(readFileSync(lengthFile(out), 'utf8')) : undefined

/**
 * A folder has one length: another one is refused as soon as any cell was begun, whichever cells are asked for now.
 * Errors: 'study-changed'.
 */
export function requireLength(out: string, length: Length): void {
  if (!isOther(out, length)) return
  const [begun] = globSync('cells/*/*/seed-*/{cell,result}.json', { cwd: out }).sort()
  if (begun === undefined) return
  const cell = path.relative('cells', path.dirname(begun)).split(path.sep).join('/')
  throw new AppError('study-changed', { path: out, cell })
}

/** Keeps the length of what is begun now. Steps planned for another length are forgotten with it. */
export function keepLength(out: string, length: Length): void {
  if (isOther(out, length)) rmSync(stepsFile(out), { force: true })
  writeFileDurably(lengthFile(out), `${JSON.stringify(length)}\n`)
}

function isOther(out: string, length: Length): boolean {
  const before = lengthIn(out)
  return before !== undefined && lengthText(before) !== lengthText(length)
}

/** How long a training is: minutes that were turned into steps before, by this cell or one that shares them, as steps. */
export function lengthOfCell(study: Study, out: string, cell: Cell, length: Length): Length {
  if ('steps' in length || cell.arm.kind !== 'cellbrush') return length
  const steps = allPlanned(out)[sharedBy(study, cell)]
  return steps === undefined ? length : { steps }
}

/** Keeps what minutes became, for all that share them. */
export function rememberSteps(study: Study, out: string, cell: Cell, steps: number): void {
  const planned = { ...allPlanned(out), [sharedBy(study, cell)]: steps }
  writeFileDurably(stepsFile(out), `${JSON.stringify(planned, null, 2)}\n`)
}

const allPlanned = (out: string): Record<string, number> =>
  existsSync(stepsFile(out)) ? JSON.parse(readFileSync(stepsFile(out), 'utf8')) : {}

function sharedBy(study: Study, cell: Cell): string {
  if (study.stepsPlannedPer === 'cell') return cellName(cell)
  return study.stepsPlannedPer === 'arm' ? cell.arm.name : 'all arms'
}
