/** A project with more runs than the list of scores fetches the curves of. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { chromiumPath, WITHOUT_CHROMIUM } from './chromium.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { Bench, Browsing, Serving, type WorkWindow } from './workstation.ts'

const SMALL = ['network.depth=2', 'network.baseWidth=8', 'optimization.patchPx=128']
const RUNS = 25

describe.skipIf(!chromiumPath())(`many runs in a browser (skipped where ${WITHOUT_CHROMIUM})`, () => {
  const bench = new Bench()
  let browsing: Browsing
  let serving: Serving
  let window: WorkWindow

  beforeAll(async () => {
    bench.cellbrush('project', 'create', bench.project, '--class', 'nucleus:#e69f00')
    bench.cellbrush(
      'import',
      bench.project,
      `${NUCLEI_IMAGES}/IXMtest_A02_s1.tif`,
      '--masks',
      NUCLEI_MASKS,
      '--complete',
    )
    bench.cellbrush('train', bench.project, '--steps', '2', ...SMALL.flatMap((setting) => ['--set', setting]))
    for (let number = 2; number <= RUNS; number++) copyRun(number)
    browsing = await Browsing.start()
    serving = await Serving.start(bench.project)
    window = await browsing.open(serving.url)
    await window.settled()
  }, 240_000)
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('many-runs')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await browsing?.close()
    await serving?.stop()
    bench.remove()
  })

  /** The first run again, a day later for each number, as a copy from a cluster comes in. */
  function copyRun(number: number): void {
    const [first, folder] = [1, number].map((of) => path.join(bench.project, 'runs', `run-${of}`)) as [string, string]
    cpSync(first, folder, { recursive: true })
    const plan = JSON.parse(readFileSync(path.join(folder, 'plan.json'), 'utf8'))
    const createdAt = new Date(Date.parse(plan.createdAt) + number * 86_400_000).toISOString()
    const own = { id: `run-${number}`, name: `Copy ${number}`, createdAt }
    const optimization = { ...plan.optimization, validateEvery: number }
    writeFileSync(path.join(folder, 'plan.json'), JSON.stringify({ ...plan, ...own, optimization }))
  }

  test('the settings of the oldest are compared with those of the newest', async () => {
    const { page } = window
    await page.keyboard.press('4')
    const { runs } = await serving.ask('project.view', {})
    expect(runs).toHaveLength(RUNS)
    for (const name of ['Copy 2', `Copy ${RUNS}`])
      await page.getByRole('checkbox', { name: `Compare ${name}`, exact: true }).check()
    const cells = page.getByRole('row', { name: /^Validate at/ }).getByRole('cell')
    await expect.poll(() => cells.allTextContents()).toEqual(['2', String(RUNS)])
  })
})
