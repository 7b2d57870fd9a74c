/** A plane so large that the window shows it reduced: what needs its pixels at full size has them all the same. */
import { decode } from 'fast-png'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { TiffWriter } from '../../src-main/imaging/tiff-writer.ts'
import type { Desk, Shell } from './desk.ts'
import { Hand } from './hand.ts'
import { inEachShell } from './shells.ts'
import { Bench, planeOf } from './workstation.ts'

const SIDE_PX = 2304
/** Over the corner where four tiles meet. */
const isBright = (at: number): boolean => {
  const [x, y] = [at % SIDE_PX, Math.floor(at / SIDE_PX)]
  return x >= 1000 && x < 1060 && y >= 990 && y < 1050
}

inEachShell('large plane', largePlane)

function largePlane(shell: Shell): void {
  let bench: Bench
  let desk: Desk

  beforeAll(async () => {
    bench = new Bench()
    const file = bench.at('large.tif')
    const writer = TiffWriter.create(file, { width: SIDE_PX, height: SIDE_PX, z: 1, sampleType: 'uint8' })
    writer.writePlane(Uint8Array.from({ length: SIDE_PX * SIDE_PX }, (_, at) => (isBright(at) ? 200 : 40)))
    writer.close()
    bench.cellbrush('project', 'create', bench.project, '--class', 'cell:#e69f00')
    bench.cellbrush('import', bench.project, file)
    desk = await shell.open(bench.project)
    await desk.window.settled()
  })
  beforeEach(({ onTestFailed }) => onTestFailed(() => desk.window.picture('large-plane')))
  afterAll(async () => {
    await desk?.close()
    bench.remove()
  })

  test('the wand takes the bright square pixel by pixel, at the latest when it is clicked again', async () => {
    const { window } = desk
    const plane = planeOf((await desk.ask('project.view', {})).images[0]!.id, 0)
    const hand = await Hand.over(window, { width: SIDE_PX, height: SIDE_PX })
    await window.page.keyboard.press('w')
    const objects = () => desk.ask('plane.objects', { plane })
    await expect
      .poll(async () => {
        await hand.click({ x: 1030, y: 1020 })
        await window.painted()
        return (await objects()).length
      })
      .toBe(1)
    expect(await objects()).toMatchObject([{ areaPx: 60 * 60, box: { x: 1000, y: 990, w: 60, h: 60 } }])
  })

  test('where no weights are computed, because too much is in view, painted cells teach with labels hidden too', async () => {
    const { window } = desk
    const { page } = window
    await page.mouse.move(2, 2)
    const at = await window.fitted({ width: SIDE_PX, height: SIDE_PX })
    const shown = async () => {
      const { data, width, channels } = decode(await page.screenshot())
      const lightAround = ({ x, y }: { x: number; y: number }) => {
        const middle = at.toScreen({ x, y })
        let sum = 0
        for (let row = -6; row <= 6; row++) {
          for (let column = -6; column <= 6; column++) {
            sum += data[((Math.round(middle.y) + row) * width + Math.round(middle.x) + column) * channels]!
          }
        }
        return sum / 169
      }
      return { cell: lightAround({ x: 1030, y: 1020 }), unpainted: lightAround({ x: 1400, y: 1400 }) }
    }
    await page.getByRole('button', { name: 'Overlays' }).click()
    await page.getByRole('switch', { name: 'Labels', exact: true }).click()
    await page.keyboard.press('Escape')
    await page.mouse.move(2, 2)
    const plain = await shown()
    await page.keyboard.press('Shift+T')
    await expect.poll(async () => (await shown()).unpainted - plain.unpainted).not.toBe(0)
    expect((await shown()).cell).toBe(plain.cell)
  })
}
