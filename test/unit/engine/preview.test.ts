import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { bestWindow, countColumns } from '../../../src-main/engine/best-window.ts'
import { predict } from '../../../src-main/engine/predict.ts'
import { choosePreview, type PreviewSource } from '../../../src-main/engine/preview.ts'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { carve } from '../../../src-shared/carve.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import {
  firstPreviewStep,
  isEarlyPreview,
  keptPreviews,
  NOT_COUNTED,
  PREVIEW_SIDE_PX,
} from '../../../src-shared/previews.ts'
import type { SamplePlane } from '../../../src-shared/sampler-patch.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { discs, type PlanChange, range, readLog, runFolder, type Slide } from '../../drivers/run-folder.ts'
import { trainHere, weightsOf } from '../../drivers/training.ts'

const tinyItem: SamplePlane['item'] = {
  ...{ imageId: 1, name: 'slide', z: 0, t: 0, pixels: '', labels: '', isComplete: false, objectClasses: {} },
  ...{ range: [[0, 1]], role: 'train', heldOut: [] },
}
const BLOCK: Rect = { x: 16, y: 8, w: 56, h: 48 }
const slides = [discs(96, 96, 1), discs(80, 112, 2)]
/** A block of the second slide is held out; one of the first in which less is known, though all is painted. */
const heldOut: PlanChange = {
  item: (index) => ({ heldOut: [index === 1 ? BLOCK : { x: 0, y: 0, w: 16, h: 16 }], isComplete: index === 0 }),
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

function folderOf(change: PlanChange = heldOut, of: readonly Slide[] = slides): string {
  const folder = runFolder(of, change)
  folders.push(folder)
  return folder
}

/** All bytes of a pixel file of the preview, channel by channel. */
function bytesOf(folder: string, name: string): Uint8Array {
  const file = PixelFile.open(join(folder, 'preview', name))
  const { width: w, height: h } = file.header
  const { data } = file.readRegion({ z: 0, t: 0, rect: { x: 0, y: 0, w, h } })
  file.close()
  return data as Uint8Array
}

const regionOf = (folder: string) => JSON.parse(readFileSync(join(folder, 'preview/region.json'), 'utf8'))
const stepsOf = (folder: string): number[] =>
  readdirSync(join(folder, 'preview'))
    .flatMap((name) => (name.startsWith('step-') ? [Number.parseInt(name.slice(5), 10)] : []))
    .sort((a, b) => a - b)
const told = (folder: string): number[] =>
  readLog(folder).flatMap((event) => (event.type === 'preview' ? [event.step] : []))

describe.skipIf(!hasNative)(onNative('the preview of a training'), () => {
  test('is the held-out region of which the most is known: its grey picture, and what is painted and taught there', async () => {
    const folder = folderOf()
    await trainHere(folder)
    expect(regionOf(folder)).toEqual({
      ...{ format: 1, imageId: 2, name: 'slide-1.tif', z: 0, t: 0 },
      ...{ rect: BLOCK, classes: 2 },
    })
    const { width, pixels, labels } = slides[1]!
    const [low, high] = range(pixels)
    const block = Uint32Array.from({ length: BLOCK.w * BLOCK.h }, (_, at) => labels[placeOf(at, width)]!)
    const taught = carve(block, BLOCK.w, BLOCK.h)
    const both = bytesOf(folder, 'region.cbpx')
    for (let at = 0; at < block.length; at++) {
      const share = (pixels[placeOf(at, width)]! - low) / (high - low)
      expect(both[at]).toBe(Math.max(0, Math.min(255, Math.round(share * 255))))
      const label = taught[at]!
      const truth = label >= LABEL.firstObject ? 1 : label === LABEL.unpainted ? NOT_COUNTED : 0
      expect(both[block.length + at]).toBe(truth)
    }
    expect(new Set(both.subarray(block.length))).toEqual(new Set([0, 1, NOT_COUNTED]))
  })

  test('is what the checkpoint of its step predicts when it is asked by itself', async () => {
    const folder = folderOf({ ...heldOut, optimization: { checkpointEvery: 7, validateEvery: 7, steps: 15 } })
    await trainHere(folder)
    for (const step of [14, 15]) {
      const alone = await predictBlock(folder, `checkpoints/step-${step}.cbck`)
      const snapshot = bytesOf(folder, `step-${step}.cbpx`)
      expect(snapshot).toHaveLength(2 * BLOCK.w * BLOCK.h)
      let most = 0
      for (let at = 0; at < alone.length; at++) most = Math.max(most, Math.abs(snapshot[at]! - 255 * alone[at]!))
      expect(most).toBeLessThan(0.51)
    }
  })

  test('comes with each validation and at the end, and is told each time', async () => {
    const folder = folderOf()
    await trainHere(folder)
    expect(stepsOf(folder)).toEqual([7, 14, 21, 24])
    expect(told(folder)).toEqual([7, 14, 21, 24])
  })

  test('comes early and ever less often until validations begin, and changes nothing that is learnt', async () => {
    const folder = folderOf({ ...heldOut, optimization: { steps: 110, validateEvery: 100 } })
    await trainHere(folder)
    expect(told(folder)).toEqual([25, 50, 100, 110])
    const validations = readLog(folder).flatMap((event) => (event.type === 'validation' ? [event.step] : []))
    expect(validations).toEqual([100, 110])
    const unseen = folderOf({ ...heldOut, optimization: { steps: 110, validateEvery: 24 } })
    await trainHere(unseen)
    expect(told(unseen)).toEqual([24, 48, 72, 96, 110])
    const last = 'checkpoints/step-110.cbck'
    expect(weightsOf(unseen, last)).toEqual(weightsOf(folder, last))
  })

  test('is there, early, where nothing is validated before the end', async () => {
    const folder = folderOf({ ...heldOut, optimization: { steps: 60, validateEvery: 0 } })
    await trainHere(folder)
    expect(told(folder)).toEqual([25, 50, 60])
    expect(stepsOf(folder)).toEqual([25, 50, 60])
  })

  test('is not written where nothing is held out', async () => {
    const folder = folderOf({})
    await trainHere(folder)
    expect(readdirSync(folder)).not.toContain('preview')
    expect(told(folder)).toEqual([])
  })

  test('of a long training stays small: the first and the newest are kept, the others thinned out', async () => {
    const folder = folderOf({ ...heldOut, optimization: { steps: 39, validateEvery: 3 } })
    await trainHere(folder)
    expect(told(folder)).toHaveLength(13)
    const kept = stepsOf(folder)
    expect(kept).toHaveLength(9)
    expect([kept[0], ...kept.slice(-3)]).toEqual([3, 33, 36, 39])
  })

  test('outlives stopping and resuming: what came before stays, what came after is taken anew, bit by bit', async () => {
    const whole = folderOf()
    await trainHere(whole)
    const folder = folderOf()
    await trainHere(folder, {
      onEvent: (event, control) => event.type === 'step' && event.step === 17 && control.stop('now'),
    })
    expect(stepsOf(folder)).toEqual([7, 14])
    // As if a later attempt had been cut off after a snapshot, before its checkpoint.
    copyFileSync(join(folder, 'preview/step-14.cbpx'), join(folder, 'preview/step-21.cbpx'))
    copyFileSync(join(folder, 'preview/step-14.cbpx'), join(folder, 'preview/step-23.cbpx'))
    await trainHere(folder, { resume: true })
    expect(stepsOf(folder)).toEqual([7, 14, 21, 24])
    for (const name of readdirSync(join(whole, 'preview'))) {
      const [one, other] = [whole, folder].map((of) => readFileSync(join(of, 'preview', name)))
      expect(one!.equals(other!), name).toBe(true)
    }
    expect(told(folder)).toEqual(told(whole))
  })

  test('begins anew where an earlier release had chosen another region, and mixes none of its pictures in', async () => {
    const whole = folderOf()
    await trainHere(whole)
    const folder = folderOf()
    await trainHere(folder, {
      onEvent: (event, control) => event.type === 'step' && event.step === 17 && control.stop('now'),
    })
    const before = { ...regionOf(folder), rect: { x: 0, y: 0, w: 40, h: 40 } }
    writeFileSync(join(folder, 'preview/region.json'), JSON.stringify(before))
    await trainHere(folder, { resume: true })
    expect(regionOf(folder)).toEqual(regionOf(whole))
    expect(bytesOf(folder, 'region.cbpx')).toEqual(bytesOf(whole, 'region.cbpx'))
    expect(stepsOf(folder)).toEqual([21, 24])
  })
})

describe('of several held-out parts the preview shows', () => {
  /** A part of an image by that id, row by row: `#` object, `.` background, a space where nobody has painted. */
  function part(imageId: number, rows: string[]): PreviewSource {
    const painted = [...rows.join('')]
    const [w, h] = [rows[0]!.length, rows.length]
    const plane: SamplePlane = {
      ...{ width: w, height: h, item: { ...tinyItem, imageId } },
      ...{ readPixels: () => new Float32Array(w * h), readLabels: () => new Uint32Array(w * h) },
    }
    return {
      ...{ plane, rect: { x: 0, y: 0, w, h } },
      classIndex: Uint8Array.from(painted, (pixel) => (pixel === '#' ? 1 : 0)),
      weight: Float32Array.from(painted, (pixel) => (pixel === ' ' ? 0 : 0.5)),
    }
  }
  const chosen = (...parts: PreviewSource[]) => choosePreview(parts, 2)?.region.imageId ?? null
  const strokes = part(1, ['#.      ', '        ', '        ', '        ', '        ', '        '])
  const painted = part(2, ['##..', '....', '...#'])
  const paintedMore = part(3, ['##...', '...#.', '     '])
  const emptyOf = (id: number, known: string) =>
    part(
      id,
      Array.from({ length: 9 }, () => known.repeat(9)),
    )

  test('the one of which the most is known, however large another is', () => {
    expect(chosen(strokes, painted)).toBe(2)
    expect(chosen(painted, strokes)).toBe(2)
    expect(chosen(strokes, paintedMore, painted)).toBe(2)
  })

  test('one with objects and background before those with only one of them, and the first of equal ones', () => {
    expect(chosen(emptyOf(7, '.'), strokes, emptyOf(8, '#'))).toBe(1)
    expect(chosen(emptyOf(7, '.'), emptyOf(8, '#'))).toBe(7)
    expect(chosen(part(5, ['#.']), part(6, ['.#']))).toBe(5)
    expect(chosen()).toBeNull()
  })
})

describe('a region larger than a preview', () => {
  const rect: Rect = { x: 30, y: 20, w: 700, h: 600 }
  const size = rect.w * rect.h
  /** Painted only in the lower right: class 1 in columns that 3 divides, else background. */
  const isPainted = (x: number, y: number) => x > 640 && y > 560
  const classIndex = Uint8Array.from({ length: size }, (_, at) => ((at % rect.w) % 3 === 0 ? 1 : 0))
  const weight = Float32Array.from({ length: size }, (_, at) =>
    isPainted(at % rect.w, Math.floor(at / rect.w)) ? 1 : 0,
  )
  const greyAt = (x: number, y: number) => ((x * 7 + y * 13) % 256) / 255
  const plane: SamplePlane = {
    width: 800,
    height: 700,
    item: { ...tinyItem, imageId: 9, name: 'large', z: 2, t: 1 },
    readPixels: ({ x, y, w, h }) =>
      Float32Array.from({ length: w * h }, (_, at) => greyAt(x + (at % w), y + Math.floor(at / w))),
    readLabels: () => new Uint32Array(0),
  }
  const preview = choosePreview(
    [
      { plane, rect: { x: 0, y: 0, w: 64, h: 64 }, classIndex, weight },
      { plane, rect, classIndex, weight },
    ],
    2,
  )!

  test('is cut to where the most is painted, picture, truth and probabilities alike', () => {
    expect(preview.region).toEqual({
      ...{ format: 1, imageId: 9, name: 'large', z: 2, t: 1, classes: 2 },
      rect: { x: 30 + 188, y: 20 + 88, w: 512, h: 512 },
    })
    const { grey, truth } = preview.base()
    const p = (c: number, x: number, y: number) => ((c * 5 + x + 2 * y) % 256) / 255
    const whole = Float32Array.from({ length: 2 * size }, (_, at) =>
      p(Math.floor(at / size), at % rect.w, Math.floor((at % size) / rect.w)),
    )
    const snapshot = preview.cut(whole)
    for (let at = 0; at < 512 * 512; at++) {
      const [x, y] = [188 + (at % 512), 88 + Math.floor(at / 512)]
      const expected = [
        Math.round(255 * greyAt(30 + x, 20 + y)),
        isPainted(x, y) ? (x % 3 === 0 ? 1 : 0) : NOT_COUNTED,
        Math.round(255 * p(0, x, y)),
        Math.round(255 * p(1, x, y)),
      ]
      const found = [grey[at], truth[at], snapshot[at], snapshot[512 * 512 + at]]
      if (found.join() !== expected.join()) throw new Error(`at ${x}, ${y}: ${found} instead of ${expected}`)
    }
  })
})

describe('which snapshots there are', () => {
  test('early ones double their distance, and end where validations begin', () => {
    const early = (validateEvery: number, kind: 'unet' | 'patch-classifier' = 'unet') => {
      const plan = { network: { kind }, optimization: { validateEvery } }
      const steps = Array.from({ length: 1000 }, (_, at) => at + 1).filter((step) => isEarlyPreview(step, plan))
      expect(firstPreviewStep(plan)).toBe(steps[0] ?? (validateEvery || undefined))
      return steps
    }
    expect(early(250)).toEqual([25, 50, 100, 200])
    expect(early(20)).toEqual([])
    expect(early(0)).toEqual([25, 50, 100, 200, 400, 800])
    expect(early(250, 'patch-classifier')).toEqual([])
    expect(early(0, 'patch-classifier')).toEqual([])
  })

  test('however many are taken, nine are kept, spread from the first to the newest', () => {
    let kept: number[] = []
    for (const step of [25, 50, 100, 200, ...Array.from({ length: 60 }, (_, at) => 250 * (at + 1))]) {
      kept = keptPreviews([...kept, step], step)
      expect(kept.length).toBeLessThanOrEqual(9)
      expect(kept.at(-1)).toBe(step)
      expect(kept[0]).toBe(25)
    }
    expect(kept.slice(-3)).toEqual([14500, 14750, 15000])
    const ratios = kept.slice(1).map((step, at) => step / kept[at]!)
    expect(Math.max(...ratios)).toBeLessThan(6)
  })

  test('one that is taken again of an earlier step is kept', () => {
    const steps = [25, 50, 100, 200, 250, 500, 750, 1000, 1250]
    for (const again of [250, 500, 750, 800]) expect(keptPreviews([...steps, 1500, 800], again)).toContain(again)
  })
})

describe('the window with the most paint', () => {
  const painted = new Set<string>()
  const paintedIn = (strip: Rect, cellPx: number) =>
    countColumns(strip, cellPx, (x, y) => painted.has(`${strip.x + x} ${strip.y + y}`))
  const paint = (x: number, y: number, w: number, h: number) => {
    for (let dy = 0; dy < h; dy++) for (let dx = 0; dx < w; dx++) painted.add(`${x + dx} ${y + dy}`)
  }

  test('holds it, wherever it is, and lies inside the plane', () => {
    for (const [x, y] of [
      [0, 0],
      [1280, 880],
      [601, 407],
    ] as const) {
      painted.clear()
      paint(x, y, 20, 20)
      const found = bestWindow(1300, 900, PREVIEW_SIDE_PX, paintedIn)
      expect([found.w, found.h]).toEqual([512, 512])
      expect(found.x <= x && x + 20 <= found.x + 512 && found.y <= y && y + 20 <= found.y + 512).toBe(true)
      expect(found.x >= 0 && found.y >= 0 && found.x + 512 <= 1300 && found.y + 512 <= 900).toBe(true)
    }
  })

  test('prefers the place with more of it, and is all of a small plane', () => {
    painted.clear()
    paint(10, 10, 5, 5)
    paint(1000, 500, 30, 30)
    expect(bestWindow(1300, 900, 512, paintedIn)).toMatchObject({ x: 544, y: 32 })
    expect(bestWindow(300, 700, 512, paintedIn)).toMatchObject({ x: 0, w: 300, h: 512 })
    expect(bestWindow(300, 200, 512, paintedIn)).toEqual({ x: 0, y: 0, w: 300, h: 200 })
  })
})

/** Probabilities of the held-out block, from a prediction of the whole slide by a checkpoint. */
async function predictBlock(folder: string, model: string): Promise<Float32Array> {
  const plan = readFileSync(join(folder, 'plan.json'))
  const { pixels, range: values } = JSON.parse(String(plan)).items[1]
  const item = { name: 'slide', pixels, z: 0, t: 0, range: values, output: 'alone.cbpx', outputType: 'float32' }
  const job = { format: 1, id: 'p', model, device: 'auto', threads: 0, average: false, items: [item] }
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(job))
  await predict(folder, { kernels: nativeKernels(), onEvent: () => {} })
  writeFileSync(join(folder, 'plan.json'), plan)
  const file = PixelFile.open(join(folder, 'alone.cbpx'))
  const { data } = file.readRegion({ z: 0, t: 0, rect: BLOCK })
  file.close()
  return data as Float32Array
}

const placeOf = (at: number, width: number): number =>
  (BLOCK.y + Math.floor(at / BLOCK.w)) * width + BLOCK.x + (at % BLOCK.w)
