/** Each tool in the hand: what it leaves in the stored label map, found once more by brute force. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { LABEL } from '../../src-shared/labels.ts'
import { DEFAULT_LAYER } from '../../src-shared/planes.ts'
import { insidePolygon, partsOf, underBrush, underPen } from './brute-force.ts'
import type { Desk, Shell } from './desk.ts'
import { Hand } from './hand.ts'
import { inEachShell } from './shells.ts'
import { isBright, STACK, writeStack } from './stack.ts'
import { Bench, type LabelMap, type Point, planeOf, type WorkWindow } from './workstation.ts'

inEachShell('tools', tools)

function tools(shell: Shell): void {
  let bench: Bench
  let desk: Desk
  let window: WorkWindow
  let hand: Hand
  let imageId: number

  beforeAll(async () => {
    bench = new Bench()
    const stack = bench.at('stack.tif')
    writeStack(stack)
    bench.cellbrush('project', 'create', bench.project, '--class', 'cell:#e69f00', '--class', 'glia:#56b4e9')
    bench.cellbrush('import', bench.project, stack)
    desk = await shell.open(bench.project)
    window = desk.window
    await window.settled()
    imageId = (await desk.ask('project.view', {})).images[0]!.id
    hand = await Hand.over(window, STACK)
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => window.picture('tools')))
  afterEach(async () => {
    expect(window.complaints).toEqual([])
    await clear()
  })
  afterAll(async () => {
    await desk?.close()
    bench.remove()
  })

  const stored = async (z = 0): Promise<LabelMap> => {
    await window.painted()
    return desk.labels(planeOf(imageId, z))
  }
  const objectsOn = async (z = 0) => desk.ask('plane.objects', { plane: planeOf(imageId, z) })

  async function take(key: string, size?: number): Promise<void> {
    await window.page.keyboard.press(key)
    if (size !== undefined) await window.setNumber('Size', size)
  }

  /** A new object under a straight stroke; answers its path. */
  async function paintCell(from: Point, to: Point, size = 20): Promise<Point[]> {
    await take('b', size)
    return hand.draw([from, to])
  }

  /** Takes everything back on the first plane, so that no test, and no second look, sees what another one has painted. */
  async function clear(): Promise<void> {
    for (let z = (await planeNow()) - 1; z >= 0; z--) await toPlane(z)
    while (await desk.ask('history.undo', { imageId, layer: DEFAULT_LAYER })) await window.painted()
    await window.page.getByText('Nothing painted here yet').waitFor()
  }

  test('Escape takes a stroke back that is under way, and the next one is stored as ever', async () => {
    const { mouse, keyboard } = window.page
    await take('b', 20)
    const path = [
      { x: 40, y: 40 },
      { x: 90, y: 60 },
    ]
    await window.drag(
      path.map((point) => hand.aim(point)),
      { isLifted: false },
    )
    await keyboard.press('Escape')
    await mouse.up()
    expect(new Set((await stored()).labels)).toEqual(new Set([0]))
    expect(await window.page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true)
    const drawn = await hand.draw(path)
    await compare(await stored(), (map) => underBrush(map, drawn, 10))
  })

  test('the wand takes the bright square and nothing of the ground', async () => {
    await take('w')
    await hand.click({ x: 130.5, y: 100.5 })
    await expect.poll(async () => (await stored()).labels.filter(Boolean).length).toBeGreaterThan(0)
    await compare(await stored(), ({ labels }) => Array.from(labels, (_, at) => isBright(at)))
  })

  test('a polygon of clicked corners is filled up to its edges', async () => {
    await take('g')
    const corners = [
      { x: 30, y: 20 },
      { x: 110, y: 40 },
      { x: 60, y: 70 },
      { x: 90, y: 130 },
      { x: 25, y: 100 },
    ]
    const path: Point[] = []
    for (const corner of corners) {
      path.push(await hand.click(corner))
      await window.page.waitForTimeout(350) // or two clicks are a double click
    }
    await hand.click(corners[0]!)
    await expect.poll(async () => (await stored()).labels.filter(Boolean).length).toBeGreaterThan(0)
    await compare(await stored(), (map) => insidePolygon(map, path))
  })

  test('objects that are merged are one, a line splits one in two, and another class is given by a click', async () => {
    await paintCell({ x: 40, y: 40 }, { x: 80, y: 40 })
    await paintCell({ x: 40, y: 58 }, { x: 80, y: 58 })
    const apart = await stored()
    const ids = [...new Set(apart.labels)].filter((label) => label >= LABEL.firstObject)
    expect(ids).toHaveLength(2)
    await take('m')
    await hand.draw([
      { x: 60, y: 38 },
      { x: 60, y: 62 },
    ])
    const merged = await stored()
    expect([...new Set(merged.labels)]).toEqual([0, ids[0]])
    expect(merged.labels.map(isPainted)).toEqual(apart.labels.map(isPainted))

    await take('s')
    await hand.draw([
      { x: 58.5, y: 20 },
      { x: 58.5, y: 85 },
    ])
    const split = await stored()
    const halves = [...new Set(split.labels)].filter((label) => label >= LABEL.firstObject)
    expect(halves).toHaveLength(2)
    expect(split.labels.map(isPainted)).toEqual(merged.labels.map(isPainted))
    expect(halves.map((id) => partsOf(split, id))).toEqual([1, 1])

    await take('l')
    await window.page.getByRole('button', { name: 'What is painted' }).click()
    await window.page.getByRole('button', { name: 'glia', exact: true }).click()
    await hand.click({ x: 45, y: 40 })
    const left = split.labels[40 * STACK.width + 45]!
    const classes = new Map((await desk.ask('project.view', {})).classes.map(({ id, name }) => [id, name]))
    const namesById = async () => new Map((await objectsOn()).map(({ id, classId }) => [id, classes.get(classId)]))
    await expect.poll(async () => (await namesById()).get(left)).toBe('glia')
    expect([...(await namesById()).values()].sort()).toEqual(['cell', 'glia'])
    await take('b')
    await window.page.getByRole('button', { name: 'What is painted' }).click()
    await window.page.getByRole('button', { name: 'cell', exact: true }).click()
  })

  test('an object is painted further, also after an undo, until a class is chosen or every stroke makes one', async () => {
    const button = window.page.getByRole('button', { name: 'What is painted' })
    const shown = () =>
      button
        .locator('.label-name')
        .textContent()
        .then((text) => text?.trim())
    const choose = async (name: string) => {
      await button.click()
      await window.page.getByRole('button', { name, exact: true }).click()
    }
    const names = new Map((await desk.ask('project.view', {})).classes.map(({ id, name }) => [id, name]))
    const paint = async (x: number) => {
      await paintCell({ x, y: 60 }, { x: x + 10, y: 60 }, 12)
      const id = (await stored()).labels[60 * STACK.width + x + 5]!
      return [id, names.get((await objectsOn()).find((object) => object.id === id)!.classId)] as const
    }
    await take('o')
    await choose('glia')
    const [first] = await paint(30)
    await window.page.keyboard.press('Control+z')
    await expect.poll(async () => (await objectsOn()).length).toBe(0)
    expect([await paint(30), await paint(60)]).toEqual(Array(2).fill([first, 'glia']))
    await choose('cell')
    const [second, itsClass] = await paint(90)
    expect([second === first, itsClass, await shown()]).toEqual([false, 'cell', `cell ${second}`])

    await take('v')
    await window.page.locator('footer').getByText(`cell ${second}`).waitFor() // what the pointer is over, the window knows
    await hand.click({ x: 35, y: 60 })
    await expect.poll(shown).toBe(`glia ${first}`)
    await take('o')
    await expect.poll(shown).toBe('glia')
    const [third, lastClass] = await paint(120)
    expect([[first, second].includes(third), lastClass]).toEqual([false, 'glia'])
    await choose('cell')
  })

  test('a pen that is pressed less paints a thinner line', async () => {
    await take('b', 40)
    const pen = await window.page.context().newCDPSession(window.page)
    const points = [
      { x: 40, y: 80, pressure: 1 },
      { x: 100, y: 80, pressure: 0.5 },
      { x: 160, y: 80, pressure: 0.25 },
    ]
    const send = (type: 'mousePressed' | 'mouseMoved' | 'mouseReleased', point: (typeof points)[number]) =>
      pen.send('Input.dispatchMouseEvent', {
        ...hand.aim(point),
        ...{ type, pointerType: 'pen', force: point.pressure, button: 'left', clickCount: 1 },
        buttons: type === 'mouseReleased' ? 0 : 1,
      })
    await send('mousePressed', points[0]!)
    for (const point of points.slice(1)) await send('mouseMoved', point)
    await send('mouseReleased', points.at(-1)!)
    await pen.detach()
    const path = points.map((point) => ({ ...hand.hit(point), radiusPx: 20 * point.pressure }))
    await compare(await stored(), (map) => underPen(map, path))
  })

  test('an object painted on two planes is filled in between, and copied to the plane after', async () => {
    const { page } = window
    const centre = { x: 90, y: 80 }
    await take('b', 24)
    await hand.click(centre)
    const [id] = [...new Set((await stored(0)).labels)].filter((label) => label >= LABEL.firstObject)
    await take('v')
    await window.page.locator('footer').getByText(`cell ${id}`).waitFor() // what the pointer is over, the window knows
    await hand.click(centre)
    for (let z = 1; z <= 3; z++) await toPlane(z)
    await take('b', 60)
    await hand.click(centre)
    await expect.poll(async () => areaOf(id!, 3)).toBeGreaterThan(0)
    await page.getByRole('list', { name: 'Objects of this plane' }).getByRole('button').first().click()
    await page.keyboard.press('i')
    await page.getByText('Filled the planes from 2 to 3').waitFor()
    const radii = await Promise.all([0, 1, 2, 3].map(async (z) => Math.sqrt((await areaOf(id!, z)) / Math.PI)))
    for (const [z, radius] of [12, 18, 24, 30].entries()) expect(Math.abs(radii[z]! - radius)).toBeLessThan(0.6)

    await page.getByRole('button', { name: 'More about objects' }).click()
    await page.getByRole('menuitem', { name: 'Copy to the next plane' }).click()
    await page.getByText('5 / 5').waitFor()
    await expect.poll(async () => areaOf(id!, 4)).toBeGreaterThan(0)
    expect((await stored(4)).labels).toEqual((await stored(3)).labels)
  })

  test('a click that follows a step to the next plane at once never paints the plane before', async () => {
    const { page } = window
    await take('b', 24)
    const at = hand.aim({ x: 90, y: 80 })
    await page.mouse.move(at.x, at.y)
    for (let z = 1; z < STACK.z; z++) {
      await page.keyboard.press('.')
      await page.mouse.click(at.x, at.y)
      await window.page.getByText(`${z + 1} / ${STACK.z}`).waitFor()
      await window.settled()
      const before = (await stored(z - 1)).labels.filter((label) => label !== LABEL.unpainted).length
      expect(before).toBe(0)
      while (await desk.ask('history.undo', { imageId, layer: DEFAULT_LAYER })) await window.painted()
    }
  })

  test('what is taken back, or done again, on another plane is shown there', async () => {
    const { page } = window
    const painted = async () => (await stored(0)).labels.filter((label) => label !== LABEL.unpainted).length
    await paintCell({ x: 60, y: 80 }, { x: 110, y: 80 })
    const count = await painted()
    for (const [keys, told, left] of [
      ['Control+z', 'Taken back on plane 1.', 0],
      ['Control+Shift+z', 'Done again on plane 1.', count],
    ] as const) {
      await toPlane(1)
      await page.keyboard.press(keys)
      await page.getByText(told).waitFor()
      await page.getByText(`1 / ${STACK.z}`).waitFor()
      await window.settled()
      expect(await painted()).toBe(left)
    }
  })

  /** From 0. */
  async function planeNow(): Promise<number> {
    return Number.parseInt((await window.page.locator('.sliders .count').textContent())!, 10) - 1
  }

  async function toPlane(z: number): Promise<void> {
    await window.page.keyboard.press(z > (await planeNow()) ? '.' : ',')
    await window.page.getByText(`${z + 1} / ${STACK.z}`).waitFor()
    await window.settled()
  }

  async function areaOf(id: number, z: number): Promise<number> {
    return (await desk.labels(planeOf(imageId, z))).labels.filter((label) => label === id).length
  }

  /** Every pixel is painted, with one and the same object, just where it should be; undefined where rounding decides. */
  async function compare(map: LabelMap, expected: (map: LabelMap) => (boolean | undefined)[]): Promise<void> {
    const wanted = expected(map)
    const wrong = wanted.filter((isIn, at) => isIn !== undefined && isIn !== isPainted(map.labels[at]!) > 0)
    expect(wrong).toHaveLength(0)
    expect(new Set(map.labels.filter(Boolean)).size).toBe(1)
  }
}

const isPainted = (label: number): number => Number(label > 0)
