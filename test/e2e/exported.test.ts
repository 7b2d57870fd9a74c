/** What one project has exported, given to another one through the browser. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { writeStack } from './stack.ts'
import { Bench, Browsing, Serving, type WorkWindow } from './workstation.ts'

/** Two classes, background, and two of five planes that are complete or not. */
const STROKES = [
  { tool: 'brush', label: 'new', class: 'glia', path: [[30, 30]], radiusPx: 12, z: 1 },
  { tool: 'brush', label: 'new', class: 'neuron', path: [[90, 30]], radiusPx: 9, z: 1 },
  { tool: 'brush', label: 'background', path: [[60, 80]], radiusPx: 20, z: 1 },
  { tool: 'brush', label: 'ignore', path: [[120, 80]], radiusPx: 10, z: 3 },
  { tool: 'complete', isComplete: true, z: 3 },
]

describe.skipIf(!chromiumPath())(`an export (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  const painted = bench.at('painted.cellbrush')
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow

  beforeAll(async () => {
    writeStack(bench.at('stack.tif'))
    writeFileSync(bench.at('strokes.jsonl'), STROKES.map((stroke) => JSON.stringify(stroke)).join('\n'))
    bench.cellbrush('project', 'create', painted, '--class', 'neuron', '--class', 'glia')
    bench.cellbrush('import', painted, bench.at('stack.tif'))
    bench.cellbrush('annotate', painted, 'stack', '--strokes', bench.at('strokes.jsonl'))
    bench.cellbrush('project', 'create', bench.project)
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    window = await browsing.open(serving.url)
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('exported')))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  /** What is in every file of an export, by its name; of objects not that they were painted here and imported there. */
  function exported(project: string, folder: string): Map<string, string> {
    bench.cellbrush('export', project, '--format', 'labels-png', '--out', folder)
    const textOf = (name: string) =>
      name.endsWith('.json')
        ? readFileSync(path.join(folder, name), 'utf8').replaceAll(/"origin":"(hand|import)"/g, '')
        : readFileSync(path.join(folder, name), 'base64')
    return new Map(readdirSync(folder).map((name) => [name, textOf(name)]))
  }

  test('given file by file in the window, it becomes the same labels, classes and marks', async () => {
    const { page } = window
    const files = exported(painted, bench.at('out'))
    expect(files.size).toBe(6)
    await page.getByRole('button', { name: 'Import images' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await give(dialog.getByRole('group', { name: 'Drop images' }), [bench.at('stack.tif')])
    await dialog.getByText('Masks that go with them').click()
    const chosen = [...files.keys()].map((name) => bench.at('out', name))
    await give(dialog.getByRole('group', { name: 'Drop masks' }), chosen)
    await dialog.getByRole('button', { name: 'Import 1 file' }).click()
    await dialog.waitFor({ state: 'detached' }) // everything came in
    await window.settled()
    expect(exported(bench.project, bench.at('again'))).toEqual(files)
    expect(window.complaints).toEqual([])
  })

  /** Chooses files in a pile of the dialog, and waits until the host has them. */
  async function give(pile: ReturnType<typeof window.page.getByRole>, files: readonly string[]): Promise<void> {
    const choosing = window.page.waitForEvent('filechooser')
    await pile.getByText('Choose files').click()
    const chooser = await choosing
    const accepted = await chooser.element().getAttribute('accept')
    expect(files.filter((file) => !accepted!.split(',').includes(path.extname(file)))).toEqual([])
    await chooser.setFiles([...files])
    await pile.getByText(files.length === 1 ? '1 file' : `${files.length} files`, { exact: true }).waitFor()
    await pile.getByRole('progressbar').first().waitFor({ state: 'detached' })
  }
})
