/**
 * Command lines that do what a cell does, to be copied: `$DATA` is the data root, `$STUDY` the folder of the study, `$OUT`
 * that of the cell.
 */
import path from 'node:path'
import type { PredictRequest } from '../prediction.ts'
import type { SplitImages } from './study-data.ts'
import type { Split } from './study-file.ts'

export class Commands {
  readonly lines: string[] = []
  readonly #folders: readonly [name: string, folder: string][]

  constructor({ root, out, folder }: { root: string; out: string; folder: string }) {
    this.#folders = [
      ['$OUT', path.resolve(folder)],
      ['$STUDY', path.resolve(out)],
      ['$DATA', path.resolve(root)],
    ]
  }

  /** A line of `cellbrush` with its words quoted where a shell needs it. */
  add(...words: (string | number)[]): void {
    this.lines.push(['cellbrush', ...words].map((word) => this.word(String(word))).join(' '))
  }

  create(project: string): void {
    this.add('project', 'create', project, '--class', 'cell')
  }

  import(project: string, { train, data }: SplitImages, masks: string, split: Split): void {
    const isPartial = split.annotation !== undefined
    const kind = isPartial || data.maskKind === undefined ? [] : ['--mask-kind', data.maskKind]
    const foreground = isPartial || data.foreground === undefined ? [] : ['--foreground', data.foreground]
    const complete = isPartial ? [] : ['--complete']
    this.add('import', project, ...train, '--masks', masks, ...kind, ...foreground, ...complete)
  }

  predict({ source, inputs, out, isAveraged, tilePx, objectsFor, run }: PredictRequest): void {
    const extra = [...(isAveraged ? ['--average'] : []), ...(tilePx === undefined ? [] : ['--tile', tilePx])]
    if (objectsFor !== undefined) extra.push('--objects-for', objectsFor)
    const which = run === undefined ? [] : ['--run', run]
    this.add('predict', source, ...inputs, '--out', out, ...which, '--write', 'labels,probabilities', ...extra)
  }

  evaluate(folder: string, { truth, data }: SplitImages): void {
    const about = ['--truth', truth, '--kind', data.kind]
    const foreground = data.foreground === undefined ? [] : ['--foreground', data.foreground]
    this.add('evaluate', ...about, ...foreground, '--masks', folder)
    this.add('evaluate', ...about, ...foreground, '--probabilities', folder)
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
