/** What the shader is told once a frame, from the scene. */
import { CODE_COLOURS, OBJECT_COLOURS, sharesOf } from './palette.ts'
import type { Scene } from './renderer.ts'
import { classWeight, mostWeight } from './view.ts'

type Uniforms = Record<string, number | boolean | readonly number[]>

/** Texture units, by sampler. */
export const UNIT = {
  image: 0,
  ramps: 1,
  labels: 2,
  table: 3,
  term: 4,
  class: 5,
  probability: 6,
  proposals: 7,
  marks: 8,
} as const
const RAMP_ROWS = { viridis: 0, magma: 1 } as const
/** Classes that the shader has room for. */
const MOST_CLASSES = 32
const OTHER_CLASS_COLOUR = '#66ccee'

const perClass = <T>(of: (index: number) => T): T[] => Array.from({ length: MOST_CLASSES }, (_, index) => of(index))

/** The canvas's size is in device pixels. */
export const frameUniforms = (scene: Scene, canvas: { width: number; height: number }): Uniforms => ({
  ...viewUniforms(scene, canvas),
  ...imageUniforms(scene),
  ...labelUniforms(scene),
  ...weightUniforms(scene),
  u_showProbability: scene.overlays.probability,
  u_showUncertainty: scene.overlays.uncertainty,
  u_showProposals: scene.overlays.proposals && scene.proposals !== null,
  u_proposalsFrom: [scene.proposals?.region.x ?? 0, scene.proposals?.region.y ?? 0],
  ...Object.fromEntries(Object.entries(UNIT).map(([name, unit]) => [`u_${name}`, unit])),
})

const viewUniforms = ({ viewport }: Scene, { width, height }: { width: number; height: number }): Uniforms => ({
  u_centre: [viewport.centre.x, viewport.centre.y],
  u_scale: [(2 * viewport.scale) / width, (2 * viewport.scale) / height],
  u_device: 1 / viewport.scale,
})

const imageUniforms = (scene: Scene): Uniforms => {
  const { low, high, gamma, isInverted, lut } = scene.display
  return {
    u_channels: slotsOf(scene).length,
    u_window: [low, high === low ? low + 1e-6 : high],
    u_gamma: gamma,
    u_isInverted: isInverted,
    u_lut: lut === 'grey' ? -1 : RAMP_ROWS[lut],
  }
}

const labelUniforms = ({ overlays, hovered, info, objects }: Scene): Uniforms => ({
  u_fill: overlays.isFilled ? overlays.labelOpacity : 0,
  u_byClass: overlays.colourBy === 'class',
  u_hovered: hovered,
  u_palette: OBJECT_COLOURS.flatMap(sharesOf),
  u_codes: [0, 0, 0, ...[CODE_COLOURS.background, CODE_COLOURS.boundary, CODE_COLOURS.ignore].flatMap(sharesOf)],
  u_classes: perClass((index) => sharesOf(info.classes[index]?.colour ?? OTHER_CLASS_COLOUR)).flat(),
  u_tableRows: objects.rows,
})

const weightUniforms = ({ overlays, teaching, info, weights }: Scene): Uniforms => ({
  u_weightRect: weights ? [weights.rect.x, weights.rect.y, weights.rect.w, weights.rect.h] : [0, 0, 0, 0],
  u_showWeights: overlays.weights,
  u_showTeaches: overlays.teaches,
  u_isComplete: info.isComplete,
  u_classWeight: perClass((index) => classWeight(teaching, index)),
  u_mostWeight: mostWeight(teaching),
  u_weightOpacity: overlays.weightOpacity,
  u_weightRamp: RAMP_ROWS[overlays.weightRamp],
})

/** 8 and 16 bit samples are kept as integers, everything else as float32. */
export const isInteger = ({ info }: Scene): boolean => info.sampleType === 'uint8' || info.sampleType === 'uint16'

/** Channels in the order in which they are shown. */
export const slotsOf = ({ display, info }: Scene): number[] =>
  display.channel < 0 && info.channels >= 3 ? [0, 1, 2] : [Math.min(Math.max(0, display.channel), info.channels - 1)]
