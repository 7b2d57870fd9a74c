/** Names and shapes of a U-Net's weights, in the order of figure 1. */
import type { UNetPlan } from '../../src-shared/network-plan.ts'

/** What is trained. Kernels are [3, 3, in, out], up-convolutions [2, 2, out, in]. */
export function unetShapes(plan: UNetPlan): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  const convolution = (name: string, from: number, to: number) => {
    shapes.set(`${name}/kernel`, [3, 3, from, to])
    for (const part of plan.batchNorm ? ['gamma', 'beta'] : ['bias']) shapes.set(`${name}/${part}`, [to])
  }
  const level = (name: string, from: number, to: number) => {
    convolution(`${name}/conv0`, from, to)
    convolution(`${name}/conv1`, to, to)
  }
  const width = (of: number) => plan.baseWidth * 2 ** of
  for (let of = 0; of < plan.depth; of++) level(`down${of}`, of === 0 ? plan.inputChannels : width(of - 1), width(of))
  level('bottom', width(plan.depth - 1), width(plan.depth))
  for (let of = plan.depth - 1; of >= 0; of--) {
    shapes.set(`up${of}/upconv/kernel`, [2, 2, width(of), width(of + 1)])
    shapes.set(`up${of}/upconv/bias`, [width(of)])
    level(`up${of}`, plan.skips ? width(of + 1) : width(of), width(of)) // half of width(of + 1) is the skip's
  }
  shapes.set('head/kernel', [1, 1, plan.baseWidth, plan.classes])
  shapes.set('head/bias', [plan.classes])
  return shapes
}

/** Running mean and variance of each batch normalisation: not trained, but part of a checkpoint. */
export function unetStatistics(plan: UNetPlan): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  if (!plan.batchNorm) return shapes
  for (const [name, shape] of unetShapes(plan)) {
    if (!name.endsWith('/gamma')) continue
    const layer = name.slice(0, -'/gamma'.length)
    shapes.set(`${layer}/mean`, shape)
    shapes.set(`${layer}/variance`, shape)
  }
  return shapes
}
