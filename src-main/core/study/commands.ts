/**
 * Command lines that do what a cell does, to be copied: `$DATA` is the data root, `$STUDY` the folder of the study, `$OUT`
 * that of the cell.
 */
import path from 'node:path'
import type { PredictRequest } from '../prediction.ts'
import { type Cell, type Length, lengthWords } from './cells.ts'
import { readingOf, type SplitImages } from './study-data.ts'
import type { Split, Study, StudyData } from './study-file.ts'

export class Commands {
  readonly lines: string[] = []
  readonly #root: string
  readonly #out: string
  readonly #folders: readonly [name: string, folder: string][]

  constructor({ root, out, folder }: { root: string; out: string; folder: string }) {
    this.#root = path.resolve(root)
    this.#out = path.resolve(out)
    this.#folders = [
      ['$OUT', path.resolve(folder)],
      ['$STUDY', this.#out],
      ['$DATA', this.#root],
    ]
  }

  /** A line of `cellbrush` with its words quoted where a shell needs it. */
  add(...words: (string | number)[]): void {
    this.lines.push(['cellbrush', ...words].map((word) => this.word(String(word))).join(' '))
  }

  create(project: string, classes: readonly string[]): void {
    this.add('project', 'create', project, ...classes.flatMap((name) => ['--class', name]))
  }

  import(project: string, { train, data }: SplitImages, masks: string, split: Split): void {
    const isPartial = split.annotation !== undefined
    const { maskKind } = readingOf(data)
    const kind = maskKind === undefined ? [] : ['--mask-kind', maskKind]
    const reading = isPartial ? [] : [...kind, ...valuesOf(data), '--complete']
    this.add('import', project, ...train, '--masks', masks, ...reading)
  }

  predict({ source, inputs, out, isAveraged, tilePx, objectsFor, run, write = [] }: PredictRequest): void {
    const extra = [...(isAveraged ? ['--average'] : []), ...(tilePx === undefined ? [] : ['--tile', tilePx])]
    if (objectsFor !== undefined) extra.push('--objects-for', objectsFor)
    const which = run === undefined ? [] : ['--run', run]
    this.add('predict', source, ...inputs, '--out', out, ...which, '--write', write.join(), ...extra)
  }

  /** What makes one cell again that only a study can make. */
  study(study: Study, { split, arm, seed }: Cell, length: Length): void {
    const cell = ['--only', arm.name, '--splits', split.name, '--seeds', seed]
    this.add('study', study.name, '--data', this.#root, '--out', this.#out, ...cell, ...lengthWords(length))
  }

  evaluate(folder: string, { truth, data }: SplitImages): void {
    const about = ['--truth', truth, '--kind', data.kind, ...valuesOf(data)]
    this.add('evaluate', ...about, '--masks', folder)
    this.add('evaluate', ...about, '--probabilities', folder)
  }

  /** A word as bash takes it; paths below the two folders by their variable. */
  word(text: string): string {
    const absolute = path.isAbsolute(text) || text.includes(path.sep) ? path.resolve(text) : text
    for (const [name, folder] of this.#folders) {
      if (absolute === folder) return name
      if (!absolute.startsWith(folder + path.sep)) continue
      const rest = absolute.slice(folder.length).split(path.sep).join('/')
      return /^[\w./,=:@%+-]*$/.test(rest) ? `${name}${rest}` : `"${name}${rest.replace(/["\\$`]/g, '\\$&')}"`
    }
    return /^[\w./,=:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
  }
}

/** What the values of true masks mean. */
const valuesOf = ({ foreground, map }: StudyData): (string | number)[] => [
  ...(foreground === undefined ? [] : ['--foreground', foreground]),
  ...(map === undefined ? [] : ['--map', map]),
]
