import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { Progress } from '../../../scripts/progress.mjs'

export const root = join(import.meta.dirname, '..', '..', '..')
export const fixture = (name: string) => join(root, 'test', 'fixtures', 'setup', name)
const folders: string[] = []
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

/** A folder that is gone when the tests of the file are over. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cellbrush-setup-'))
  folders.push(folder)
  return folder
}

/** A progress that writes to memory, as a terminal or as a pipe, with a clock the test moves. */
export class Recorder {
  text = ''
  seconds = 0
  progress: Progress
  constructor({ isTTY = false, columns = 80 } = {}) {
    const write = (text: string) => {
      this.text += text
      return true
    }
    this.progress = new Progress({ stream: { isTTY, columns, write } as never, now: () => this.seconds })
  }
  get lines() {
    return this.text.trimEnd().split('\n')
  }
}

type Answer = { copy: string; as: string } | { fail: string }

/** A stand-in for pip that gives the answers in turn. */
export class FakePip {
  private path = join(newFolder(), 'answers.json')
  constructor(...answers: Answer[]) {
    writeFileSync(this.path, JSON.stringify(answers))
  }
  get command() {
    return [process.execPath, fixture('pip.mjs'), this.path]
  }
  get calls(): string[][] {
    const path = `${this.path}.calls`
    if (!existsSync(path)) return []
    return readFileSync(path, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  }
}
