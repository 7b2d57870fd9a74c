/** Names and shapes of a pixel classifier's weights, from the window to the classes. */
import type { PatchClassifierPlan } from '../../src-shared/network-plan.ts'
import { windowStages } from '../../src-shared/window-sides.ts'

/**
 * A fully connected layer is a convolution whose kernel is as large as the map. The last layer is called head, as in a
 * U-Net, because its bias carries the odds (`first-weights.ts`).
 */
export function classifierShapes(plan: PatchClassifierPlan): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  const convolution = (name: string, kernelPx: number, from: number, to: number) => {
    shapes.set(`${name}/kernel`, [kernelPx, kernelPx, from, to])
    shapes.set(`${name}/bias`, [to])
  }
  const stages = windowStages(plan.windowPx)
  for (const [of, { kernelPx }] of stages.entries())
    convolution(`stage${of}`, kernelPx, of === 0 ? plan.inputChannels : plan.maps, plan.maps)
  convolution('hidden', stages.at(-1)!.sidePx, plan.maps, plan.hidden)
  convolution('head', 1, plan.hidden, plan.classes)
  return shapes
}
