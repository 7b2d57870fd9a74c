/** The list of images: what comes in and what cannot, roles, names, notes, the trash, and files that have gone. */
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ImageView } from '../../src-shared/api.ts'
import type { Desk, Shell } from './desk.ts'
import { NUCLEI_IMAGES, NUCLEI_MASKS } from './pictures.ts'
import { inEachShell } from './shells.ts'
import { Bench, type WorkWindow } from './workstation.ts'

const BAD_INPUTS = path.resolve(import.meta.dirname, '../../../shared/data/bad-inputs')
const NAMES = ['A02_s1', 'B20_s2', 'D04_s9', 'F03_s5'].map((name) => `IXMtest_${name}`)
const fileOf = (name: string): string => path.join(NUCLEI_IMAGES, `${name}.tif`)

inEachShell('images', images)

function images(shell: Shell): void {
  let bench: Bench
  let desk: Desk
  let window: WorkWindow

  beforeAll(async () => {
    bench = new Bench()
    bench.cellbrush('project', 'create', bench.project, '--class', 'nucleus:#e69f00')
    bench.cellbrush('import', bench.project, ...NAMES.map(fileOf), '--masks', NUCLEI_MASKS, '--complete')
    copyFileSync(fileOf('IXMtest_G13_s9'), bench.at('linked.tif'))
    bench.cellbrush('import', bench.project, bench.at('linked.tif'), '--link')
    desk = await shell.open(bench.project)
    window = desk.window
    await window.settled()
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('images')))
  afterEach(() => expect(window.complaints).toEqual([]))
  afterAll(async () => {
    await desk?.close()
    bench.remove()
  })

  const imageNamed = async (name: string): Promise<ImageView | undefined> =>
    (await desk.ask('project.view', {})).images.find((image) => image.name === name)
  const list = () => window.page.getByRole('list', { name: 'Images' })
  const row = (name: string) => list().getByRole('button', { name: `${name}, ` })

  async function choose(name: string, item: string): Promise<void> {
    await row(name).hover()
    await window.page.getByRole('button', { name: `More about ${name}` }).click()
    await pick(item)
  }

  async function pick(item: string): Promise<void> {
    await window.page.locator('[role^="menuitem"]').filter({ hasText: item }).click()
  }

  /** Imports through the dialog; answers what stands below each name that failed. */
  async function importing(files: readonly string[]): Promise<Map<string, string>> {
    const { page } = window
    await page.getByRole('button', { name: 'Import images' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await desk.chooseFiles(files, () => dialog.getByText('Choose files').first().click())
    await dialog.getByRole('button', { name: `Import ${files.length} files` }).click()
    await dialog.getByText(`${files.length} files: `).waitFor()
    const failed = new Map<string, string>()
    for (const item of await dialog.getByRole('listitem').all()) {
      const name = await item.locator('.file').textContent()
      if ((await item.locator('.loss').count()) > 0) failed.set(name!, (await item.locator('.small').textContent())!)
    }
    await dialog.getByRole('button', { name: 'Done' }).click()
    return failed
  }

  test('files that cannot be read are named, each with its sentence, and the others come in', async () => {
    const good = readFileSync(fileOf('IXMtest_I01_s4'))
    const bad = {
      'cut.tif': good.subarray(0, good.length / 2),
      'empty.tif': Buffer.alloc(0),
      'letter.png': Buffer.from('Dear editor, please find enclosed our manuscript.'),
    }
    for (const [name, bytes] of Object.entries(bad)) writeFileSync(bench.at(name), bytes)
    const failed = await importing([...Object.keys(bad).map((name) => bench.at(name)), fileOf('IXMtest_I01_s4')])
    expect([...failed.keys()].sort()).toEqual(Object.keys(bad).sort())
    for (const [name, sentence] of failed) expect(sentence).toMatch(new RegExp(`^${name} .+; .+\\.$`))
    expect(new Set(failed.values()).size).toBe(3)
    await row('IXMtest_I01_s4').waitFor()
    for (const name of Object.keys(bad)) expect(await imageNamed(path.parse(name).name)).toBeUndefined()
  })

  test('files that are given and then not imported take no room in the project', async () => {
    const { page } = window
    const names = ['IXMtest_G13_s9.tif', 'IXMtest_I01_s4.tif']
    const clients: (string | null)[] = [] // of uploads: on the desktop there are none
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url())
      if (pathname === '/upload') clients.push(searchParams.get('client'))
    })
    const copies = () =>
      readdirSync(bench.project, { recursive: true })
        .map((file) => path.basename(String(file)))
        .filter((name) => names.includes(name))
        .sort()
    await page.getByRole('button', { name: 'Import images' }).first().click()
    const dialog = page.getByRole('dialog', { name: 'Import images' })
    await desk.chooseFiles(
      names.map((name) => path.join(NUCLEI_IMAGES, name)),
      () => dialog.getByText('Choose files').first().click(),
    )
    await dialog.getByRole('button', { name: 'Import 2 files' }).waitFor()
    expect(copies()).toEqual(clients.length === 0 ? [] : names)
    for (const client of clients) expect(client).toMatch(/^[0-9a-f-]{36}$/)
    await dialog.getByRole('button', { name: 'Cancel' }).click()
    await expect.poll(copies).toEqual([])
  })

  test.skipIf(!existsSync(BAD_INPUTS))(
    'files that are broken on purpose end in a sentence, too (needs ../shared/data/bad-inputs)',
    async () => {
      const files = ['libgd-robustness', 'pillow', 'pngsuite-x'].flatMap((folder) =>
        readdirSync(path.join(BAD_INPUTS, folder)).map((name) => path.join(BAD_INPUTS, folder, name)),
      )
      const before = (await desk.ask('project.view', {})).images.length
      const failed = await importing(files)
      for (const [name, sentence] of failed) expect(sentence, name).toMatch(/^.+; .+\.$/)
      const after = (await desk.ask('project.view', {})).images
      expect(after.length - before + failed.size).toBe(files.length)
      expect(failed.size).toBeGreaterThan(files.length / 2)
      for (const image of after.slice(before)) await desk.ask('image.update', { id: image.id, isTrashed: true })
    },
  )

  test('a new name and notes are kept, and found by the filter', async () => {
    const { page } = window
    await choose(NAMES[0]!, 'Rename')
    await page.getByRole('textbox', { name: `New name of ${NAMES[0]}` }).fill('Control well')
    await page.keyboard.press('Enter')
    await row('Control well').waitFor()
    await choose('Control well', 'Add notes')
    await page.getByRole('textbox', { name: 'Notes' }).fill('a little out of focus')
    await page.getByRole('dialog').getByRole('button', { name: 'Done' }).click()
    await expect.poll(() => imageNamed('Control well')).toMatchObject({ notes: 'a little out of focus' })
    const filter = page.getByRole('searchbox', { name: 'Filter images by name or notes' })
    for (const [text, found] of [
      ['out of focus', 'Control well'],
      ['d04', NAMES[2]!],
    ] as const) {
      await filter.fill(text)
      await expect
        .poll(() =>
          list()
            .getByRole('button', { name: /teaches/ })
            .count(),
        )
        .toBe(1)
      await row(found).waitFor()
    }
    await filter.fill('nothing of the kind')
    await page.getByText('No image matches').waitFor()
    await page.getByRole('button', { name: 'Clear the filter' }).click()
    await row(NAMES[1]!).waitFor()
  })

  test('long names show what tells them apart, the tooltip all of them', async () => {
    const { page } = window
    const { images } = await desk.ask('project.view', {})
    const end = '_w1051DAA7C-7042-435F-99F0-1E847D9B42CB'
    const long = images.map(({ id, name }) => ({ id, name: `A_long_experiment_${name.slice(-6)}${end}` }))
    for (const change of long) await desk.ask('image.update', change)
    const { name } = long.find(({ id }) => images.find((image) => image.id === id)!.name === NAMES[1])!
    const shown = row(name).locator('.name')
    await shown.waitFor()
    expect(await shown.textContent()).toBe(`B20_s2${end}`)
    await shown.hover()
    await page.locator('.tip').getByText(name).waitFor()
    for (const { id, name } of images) await desk.ask('image.update', { id, name })
    await row(NAMES[1]!).waitFor()
  })

  test('a selection that ends outside a dialog leaves it open; a click outside closes it', async () => {
    const { page } = window
    await choose(NAMES[1]!, 'Pixel size')
    const dialog = page.getByRole('dialog')
    const width = dialog.getByRole('textbox', { name: 'Width of a pixel in micrometres' })
    await width.fill('0.25')
    const { x, y } = (await width.boundingBox())!
    await page.mouse.move(x + 20, y + 8)
    await page.mouse.down()
    await page.mouse.move(3, 600, { steps: 4 })
    await page.mouse.up()
    expect(await width.inputValue()).toBe('0.25')
    await page.mouse.click(3, 600)
    await dialog.waitFor({ state: 'detached' })
  })

  test('a pixel size is set for one image and then for all, and the window measures with it', async () => {
    const { page } = window
    const sizes = async () => (await desk.ask('project.view', {})).images.map(({ pixelSizeUm }) => pixelSizeUm)
    await row(NAMES[1]!).click()
    await choose(NAMES[1]!, 'Pixel size')
    const dialog = page.getByRole('dialog', { name: `About ${NAMES[1]}` })
    const width = dialog.getByRole('textbox', { name: 'Width of a pixel in micrometres' })
    await dialog.locator('input:focus').waitFor()
    await width.fill('broad')
    await dialog.getByText('x is not a size in micrometres').waitFor()
    expect(await dialog.getByRole('button', { name: 'Set', exact: true }).isDisabled()).toBe(true)
    await width.fill('0,5')
    await dialog.getByRole('textbox', { name: 'Height of a pixel in micrometres' }).fill('0.25')
    await width.press('Enter')
    await page.getByText('The pixel size of this image is 0.5 × 0.25 µm now.').waitFor()
    expect(await imageNamed(NAMES[1]!)).toMatchObject({ pixelSizeUm: { x: 0.5, y: 0.25 } })
    expect((await sizes()).filter((size) => size)).toHaveLength(1)
    await dialog.getByText('Same for all').click()
    await dialog.getByRole('button', { name: /^Set for \d+ images$/ }).click()
    await expect.poll(async () => new Set((await sizes()).map((size) => JSON.stringify(size))).size).toBe(1)
    await dialog.getByRole('button', { name: 'Done' }).click()
    await page.mouse.move(3, 600)
    await page.getByRole('contentinfo', { name: 'Status' }).getByText('0.5 µm per pixel').waitFor()
  })

  test('an image goes to the trash and comes back, with all that is painted in it', async () => {
    const { page } = window
    const before = await imageNamed(NAMES[3]!)
    await choose(NAMES[3]!, 'Move to the trash')
    await row(NAMES[3]!).waitFor({ state: 'detached' })
    expect(await imageNamed(NAMES[3]!)).toMatchObject({ isTrashed: true })
    await page.getByRole('button', { name: 'More about images' }).click()
    await pick('Show the trash')
    await page.getByRole('heading', { name: 'Trash' }).waitFor()
    await choose(NAMES[3]!, 'Put back')
    await page.getByRole('button', { name: 'More about images' }).click()
    await pick('Back to the images')
    await row(NAMES[3]!).waitFor()
    expect(await imageNamed(NAMES[3]!)).toEqual(before)
    expect(before!.objects).toBeGreaterThan(0)
  })

  test('roles that are given in the list decide what a run is taught, validated, and never shown', async () => {
    const { page } = window
    await choose(NAMES[1]!, 'For validation')
    await choose(NAMES[2]!, 'For testing')
    await list()
      .getByRole('button', { name: `${NAMES[1]}, validates` })
      .waitFor()
    await list()
      .getByRole('button', { name: `${NAMES[2]}, tests` })
      .waitFor()
    await page.getByRole('button', { name: 'Filter by role and progress' }).click()
    await pick('Role: test')
    await expect
      .poll(() =>
        list()
          .getByRole('button', { name: /teaches|validates|tests/ })
          .count(),
      )
      .toBe(1)
    await page.getByRole('button', { name: 'Filter by role and progress' }).click()
    await pick('Every role')

    const settings = { 'network.depth': 2, 'network.baseWidth': 4, 'optimization.patchPx': 128 }
    const { id } = await desk.ask('training.start', { preset: 'fast', steps: 2, name: 'Roles', settings })
    const { plan } = await desk.ask('run.details', { id })
    const roles = Object.fromEntries(plan.items.map(({ name, role }) => [name, role]))
    expect(roles).toEqual({ 'Control well': 'train', [NAMES[1]!]: 'validation', [NAMES[3]!]: 'train' })
    expect(plan.items.every(({ heldOut }) => heldOut.length === 0)).toBe(true)
    const state = async () => (await desk.ask('project.view', {})).runs.find((run) => run.id === id)?.state
    await expect.poll(state, { timeout: 60_000 }).toBe('finished')
  })

  test('an original that has gone is shown as missing; another file is refused, the right one is taken by its content', async () => {
    renameSync(bench.at('linked.tif'), bench.at('moved elsewhere.tif'))
    window = await desk.restart()
    await window.settled()
    await list().getByText('file missing').waitFor()
    expect(await list().getByText('file missing').count()).toBe(1)

    const find = (file: string) => desk.chooseFiles([file], () => choose('linked', 'Find the file again'))
    await find(fileOf(NAMES[0]!))
    const sentence = window.page
      .getByRole('alert')
      .getByText(`${NAMES[0]}.tif is not the file that was imported as linked.tif;`)
    await sentence.waitFor()
    expect(await imageNamed('linked')).toMatchObject({ isMissing: true })
    await find(bench.at('moved elsewhere.tif'))
    await window.page.getByText('The file is found again.').waitFor()
    await list().getByText('file missing').waitFor({ state: 'detached' })
    expect(await imageNamed('linked')).toMatchObject({ isMissing: false })
  })
}
