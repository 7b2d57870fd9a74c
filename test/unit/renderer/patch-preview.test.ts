import { expect, test } from 'vitest'
import { classPixels, greyPixels, weightPixels } from '../../../src-renderer/state/patch-pixels.ts'
import { type PreviewRequest, previewPatches } from '../../../src-renderer/state/patch-preview.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import { presetSettings } from '../../../src-shared/settings.ts'

const SIDE = 96

function request(changes: Partial<PreviewRequest> = {}): PreviewRequest {
  const settings = presetSettings('fast')
  settings.optimization.patchPx = 64
  const labels = new Uint32Array(SIDE * SIDE)
  for (let y = 30; y < 60; y++) for (let x = 30; x < 60; x++) labels[y * SIDE + x] = x < 45 ? 16 : 17
  for (let x = 20; x < 70; x++) labels[25 * SIDE + x] = LABEL.background
  return {
    width: SIDE,
    height: SIDE,
    pixels: Float32Array.from({ length: SIDE * SIDE }, (_, at) => (at % SIDE) / SIDE),
    channels: 1,
    labels,
    isComplete: false,
    objectClasses: {},
    classes: 2,
    settings,
    seed: 1,
    count: 3,
    ...changes,
  }
}

test('patches are those that training would draw: every one shows something that teaches', () => {
  const { patches, most } = previewPatches(request())
  expect(patches).toHaveLength(3)
  for (const { weight, image, inputPx, outputPx } of patches) {
    expect([inputPx, outputPx, weight.length, image.length]).toEqual([64, 64, 4096, 4096])
    expect(weight.some((value) => value > 0)).toBe(true)
  }
  expect(most).toBe(Math.max(...patches.flatMap(({ weight }) => [...weight])))
})

test('another seed draws others, the same seed the same', () => {
  const first = previewPatches(request()).patches[0]!.weight
  expect(previewPatches(request()).patches[0]!.weight).toEqual(first)
  expect(previewPatches(request({ seed: 2 })).patches[0]!.weight).not.toEqual(first)
})

test('class weights are counted over the plane unless they are given', () => {
  const [background, cell] = previewPatches(request()).classWeights
  // 900 object pixels, of which carving takes one column of 30; 50 background pixels and those 30.
  expect(background).toBeCloseTo(950 / (2 * 80), 10)
  expect(cell).toBeCloseTo(950 / (2 * 870), 10)
  const given = request()
  given.settings.targets.classWeights = [3, 4]
  expect(previewPatches(given).classWeights).toEqual([3, 4])
})

test('a plane without paint is refused with a sentence', () => {
  expect(() => previewPatches(request({ labels: new Uint32Array(SIDE * SIDE) }))).toThrow(/nothing is painted/)
})

test('unpadded patches show mask and weights in the middle of the image', () => {
  const settings = presetSettings('paper')
  settings.optimization.patchPx = 8
  settings.network.depth = 1
  const [patch] = previewPatches(request({ settings, count: 1 })).patches
  expect(patch!.inputPx).toBeGreaterThan(patch!.outputPx)
  const margin = (patch!.inputPx - patch!.outputPx) / 2
  const grey = greyPixels(patch!)
  expect(grey).toHaveLength(patch!.outputPx ** 2 * 4)
  expect(grey[0]).toBe(patch!.image[margin * patch!.inputPx + margin])
})

test('weights are black where nothing is taught and brightest at the highest', () => {
  const patch = {
    inputPx: 2,
    outputPx: 2,
    image: new Uint8ClampedArray(4),
    classIndex: new Uint8Array([0, 1, 0, 0]),
    weight: new Float32Array([0, 1, 4, 2]),
  }
  const pixels = weightPixels(patch, 4)
  const at = (index: number) => [...pixels.subarray(index * 4, index * 4 + 4)]
  expect(at(0)).toEqual([0, 0, 0, 255])
  expect(at(2)).toEqual([253, 231, 37, 255])
  expect(classPixels(patch, ['#ff0000'])[4]).toBeGreaterThan(100)
})
