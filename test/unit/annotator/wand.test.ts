/** The wand on the real image tiles, with as little loaded as what is seen needs. */
import { expect, test } from 'vitest'
import { Hands } from '../../../src-renderer/annotator/hands.ts'
import { ImageTiles } from '../../../src-renderer/annotator/image-tiles.ts'
import { NO_MODIFIERS } from '../../../src-renderer/annotator/tool.ts'
import { DEFAULT_DISPLAY } from '../../../src-renderer/annotator/view.ts'
import { levelRect, Viewport } from '../../../src-renderer/annotator/viewport.ts'
import type { TileAt } from '../../../src-shared/data-urls.ts'
import { AnnotatorDriver } from '../../drivers/annotator-driver.ts'
import { MemoryHost } from '../../drivers/memory-host.ts'

const SIDE_PX = 2048
/** A bright square over the corner where four tiles meet. */
const isBright = (x: number, y: number): boolean => x >= 1000 && x < 1060 && y >= 990 && y < 1050

const brightTile = ({ tx, ty }: TileAt): Uint8Array<ArrayBuffer> =>
  Uint8Array.from({ length: 256 * 256 }, (_, at) => (isBright(tx * 256 + (at & 255), ty * 256 + (at >> 8)) ? 200 : 20))

/** A large plane fitted into a small canvas, its reduced level loaded, the wand in the hand. */
async function fittedPlane() {
  const host = new MemoryHost(SIDE_PX, SIDE_PX)
  const asked: TileAt[] = []
  const loadImageTile = async (at: TileAt) => {
    asked.push(at)
    return brightTile(at)
  }
  let tilesCame = () => {}
  const image = new ImageTiles(
    host.info(),
    { loadImageTile },
    () => tilesCame(),
    () => {},
  )
  const viewport = new Viewport(SIDE_PX, SIDE_PX)
  viewport.resize(900, 900, 1)
  viewport.fit()
  const { visible, zoom } = viewport
  const driver = await AnnotatorDriver.open({
    ...{ width: SIDE_PX, height: SIDE_PX, host },
    view: { visible, zoom, readGrey: (rect) => image.readGrey(rect, DEFAULT_DISPLAY) },
  })
  const hands = new Hands({
    ...{ tools: driver.tools, viewport, plane: { editor: driver.editor, image } },
    ...{ viewChanged: () => {}, redraw: () => {}, setCursor: () => {}, scaleBrush: () => {}, choose: () => {} },
    ...{ hovered: () => {}, readOverlays: () => ({ weight: null, probability: null }) },
  })
  tilesCame = () => hands.lookAgain()
  const level = viewport.levelFor(image.levels)
  image.want(level, levelRect(viewport, level))
  await driver.settled()
  driver.choose('wand', { label: 20, tolerance: 0.1 })
  const click = (x: number, y: number) => {
    hands.down(viewport.toScreen({ x, y }), NO_MODIFIERS)
    hands.up(NO_MODIFIERS)
  }
  const hover = (x: number, y: number) => hands.hover(viewport.toScreen({ x, y }))
  return { driver, click, hover, level, asked }
}

/** How many pixels are not what the square, and only it, would make them; millions are compared by hand, for speed. */
const strayPixels = (labels: Uint32Array): number =>
  labels.reduce((count, label, at) => {
    const expected = isBright(at % SIDE_PX, Math.floor(at / SIDE_PX)) ? 20 : 0
    return label === expected ? count : count + 1
  }, 0)

test('over a plane that is shown reduced, the wand has the values of its reach once the pointer rests there', async () => {
  const { driver, click, hover, level, asked } = await fittedPlane()
  expect([level, asked.filter((at) => at.level === 0).length]).toEqual([1, 0])
  hover(1030.5, 1020.5)
  await driver.settled()
  expect(asked.filter((at) => at.level === 0).length).toBeLessThanOrEqual(25)
  click(1030.5, 1020.5)
  expect(driver.failures).toEqual([])
  expect(strayPixels(driver.labels())).toBe(0)
})

test('a click of the wand before the values are there says so, and the next one paints', async () => {
  const { driver, click } = await fittedPlane()
  click(1030.5, 1020.5)
  expect(driver.failures).toEqual(['The picture is still loading here; click again in a moment.'])
  expect(driver.isBlank()).toBe(true)
  await driver.settled()
  click(1030.5, 1020.5)
  expect(strayPixels(driver.labels())).toBe(0)
})

test('another tool over a reduced plane wants the values of the pixel under the pointer alone', async () => {
  const { driver, hover, asked } = await fittedPlane()
  driver.choose('brush')
  hover(1030.5, 1020.5)
  await driver.settled()
  expect(asked.filter((at) => at.level === 0)).toEqual([{ level: 0, tx: 4, ty: 3 }])
})
