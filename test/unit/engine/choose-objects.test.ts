import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { chooseObjects } from '../../../src-main/engine/choose-objects.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { objectsOfClasses } from '../../../src-shared/objects.ts'
import type { Rect } from '../../../src-shared/planes.ts'
import type { ObjectsPlan } from '../../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../../src-shared/scores/aims.ts'
import { hasNative, nativeKernels, onNative } from '../../drivers/native.ts'
import { predictSlide } from '../../drivers/predict-run.ts'
import { discs, type PlanChange, readLog, runFolder, writePlane } from '../../drivers/run-folder.ts'
import { trainHere } from '../../drivers/training.ts'

const BLOCK: Rect = { x: 8, y: 4, w: 80, h: 72 }
const slide = discs(112, 96, 5)
const heldOut: PlanChange = {
  item: () => ({ heldOut: [BLOCK], isComplete: true }),
  optimization: { steps: 60, validateEvery: 0 },
}

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function trained(change: PlanChange = heldOut): Promise<string> {
  const folder = runFolder([slide], change)
  folders.push(folder)
  await trainHere(folder)
  return folder
}

const choose = (folder: string, aim: ObjectsAim, average = false) =>
  chooseObjects(folder, { kernels: nativeKernels(), model: join(folder, 'model.cbck'), aim, average })

/** Truth of the block: discs of different ids, 0 elsewhere. */
const truth = Uint32Array.from({ length: BLOCK.w * BLOCK.h }, (_, at) => {
  const label = slide.labels[(BLOCK.y + Math.floor(at / BLOCK.w)) * slide.width + BLOCK.x + (at % BLOCK.w)]!
  return label >= LABEL.firstObject ? label : 0
})

describe.skipIf(!hasNative)(onNative('objects chosen for an aim'), () => {
  test('score best by that aim on the held-out block, of all plain thresholds and regrowths', async () => {
    const folder = await trained()
    const foreground = await foregroundOf(folder)
    for (const aim of ['regions', 'outlines'] as const) {
      const { objects, score } = await choose(folder, aim)
      expect(byHand[aim](segment(foreground, objects))).toBeCloseTo(score, 6)
      for (const threshold of [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]) {
        for (const regrowPx of [1, 4, 64]) {
          const other = { threshold, seedThreshold: threshold, minimumAreaPx: 0, fillHoles: true, regrowPx }
          expect(byHand[aim](segment(foreground, other))).toBeLessThanOrEqual(score + 1e-9)
        }
      }
    }
  })

  test('balanced are those that training chose for the same weights', async () => {
    const folder = await trained()
    const last = readLog(folder).findLast((event) => event.type === 'validation')
    const { objects, score } = await choose(folder, 'balanced')
    expect(objects).toEqual(last?.objects)
    expect(score).toBeCloseTo(last!.score, 9)
  })

  test('with averaging are chosen on averaged probabilities', async () => {
    const folder = await trained()
    const { objects, score } = await choose(folder, 'regions', true)
    expect(byHand.regions(segment(await foregroundOf(folder, true), objects))).toBeCloseTo(score, 6)
  })

  test('do not know what is painted outside the held-out block', async () => {
    const folder = await trained()
    const before = await choose(folder, 'regions')
    repaint(folder, (label, isInside) => (isInside ? label : LABEL.background))
    expect(await choose(folder, 'regions')).toEqual(before)
    repaint(folder, (label, isInside) => (isInside && label >= LABEL.firstObject ? LABEL.firstObject : label))
    expect((await choose(folder, 'regions')).score).not.toBe(before.score)
  })

  test('cannot be chosen where nothing was held out, and the person is told what to do', async () => {
    const folder = await trained({ ...heldOut, item: () => ({ isComplete: true }) })
    await expect(choose(folder, 'regions')).rejects.toMatchObject({ code: 'nothing-held-out' })
  })
})

async function foregroundOf(folder: string, average = false): Promise<Float32Array> {
  const found = await predictSlide(folder, { model: 'model.cbck', item: 0, rect: BLOCK, average })
  return found.subarray(0, BLOCK.w * BLOCK.h).map((background) => 1 - background)
}

/** The block is a part of the plane: what its edge cuts is never too small. */
const segment = (foreground: Float32Array, objects: ObjectsPlan): Uint32Array =>
  objectsOfClasses(foreground, null, BLOCK.w, BLOCK.h, objects, { isPart: true }).labels

/** The two scores from their definitions, by counting pairs of pixels and of objects. */
const byHand: Record<'regions' | 'outlines', (found: Uint32Array) => number> = {
  regions(found) {
    // V_Rand (Arganda-Carreras 2015): over the true foreground; predicted background is one segment per pixel.
    const pairs = new Map<string, number>()
    truth.forEach((id, at) => {
      if (id === 0) return
      const key = `${id} ${found[at] === 0 ? `single ${at}` : found[at]}`
      pairs.set(key, (pairs.get(key) ?? 0) + 1)
    })
    const sums = (part: 0 | 1) => {
      const areas = new Map<string, number>()
      for (const [key, count] of pairs) {
        const cut = key.indexOf(' ')
        const side = part === 0 ? key.slice(0, cut) : key.slice(cut + 1)
        areas.set(side, (areas.get(side) ?? 0) + count)
      }
      return squares(areas)
    }
    return squares(pairs) / (0.5 * sums(0) + 0.5 * sums(1))
  },
  outlines(found) {
    const ids = (map: Uint32Array) => [...new Set(map)].filter((id) => id > 0)
    const [trueIds, foundIds] = [ids(truth), ids(found)]
    const overlaps = trueIds.map((one) => Math.max(0, ...foundIds.map((two) => intersectionOverUnion(found, one, two))))
    let sum = 0
    for (let step = 0; step < 10; step++) {
      const hits = overlaps.filter((overlap) => overlap >= 0.5 + 0.05 * step - 1e-12).length
      sum += (2 * hits) / (trueIds.length + foundIds.length)
    }
    return sum / 10
  },
}

const squares = (counts: Map<string, number>): number => [...counts.values()].reduce((sum, one) => sum + one * one, 0)

function intersectionOverUnion(found: Uint32Array, one: number, two: number): number {
  let [both, either] = [0, 0]
  truth.forEach((id, at) => {
    if (id === one && found[at] === two) both++
    if (id === one || found[at] === two) either++
  })
  return both / either
}

/** Changes the stored labels of the slide. */
function repaint(folder: string, change: (label: number, isInside: boolean) => number): void {
  const { width, height } = slide
  const labels = slide.labels.map((label, at) => {
    const [x, y] = [at % width, Math.floor(at / width)]
    return change(label, x >= BLOCK.x && x < BLOCK.x + BLOCK.w && y >= BLOCK.y && y < BLOCK.y + BLOCK.h)
  })
  writePlane(join(folder, 'inputs/labels-0.cbpx'), { width, height }, 'uint32', labels)
}
