/** What `--set key=value` and the advanced panel may change of a run, and how such a text becomes a checked value. */
import * as v from 'valibot'
import { AppError } from './errors.ts'
import { type NetworkChoice, type NetworkKind, patchClassifierSchema, unetSchema } from './network-plan.ts'
import { PRESETS, type PresetName } from './presets.ts'
import { augmentationSchema, inputSchema, optimizationSchema, targetsSchema } from './run-plan.ts'

/** The kind of network comes with the preset, and with it what can be chosen of it. */
const networks = {
  unet: v.omit(unetSchema, ['kind', 'inputChannels', 'classes']),
  'patch-classifier': v.omit(patchClassifierSchema, ['kind', 'inputChannels', 'classes']),
} as const satisfies Record<NetworkKind, v.GenericSchema>

const groups = {
  input: v.omit(inputSchema, ['pixelSizeUm']),
  targets: v.object({
    ...v.pick(targetsSchema, ['ringPx', 'carve', 'weights', 'w0', 'sigmaPx', 'calibrate']).entries,
    /** Empty: wc is counted over the training set. */
    classWeights: targetsSchema.entries.classWeights,
  }),
  augmentation: augmentationSchema,
  optimization: optimizationSchema,
} as const

/** Everything of a run that a person may choose. `targets.classWeights` is empty until counted. */
export type Settings = { network: NetworkChoice } & {
  [G in keyof typeof groups]: v.InferOutput<(typeof groups)[G]>
}
type Group = keyof Settings

/** The settings of a preset: the first channel, percentiles 0.1 and 99.9 of the plane, class weights not yet counted. */
export function presetSettings<P extends PresetName>(name: P): Settings & Pick<(typeof PRESETS)[P], 'network'> {
  const { network, targets, augmentation, optimization } = structuredClone(PRESETS[name])
  return {
    network,
    input: { channels: [0], percentileLow: 0.1, percentileHigh: 99.9 },
    targets: { ...targets, classWeights: [] },
    augmentation,
    optimization: { ...optimization, seed: 1 },
  }
}

const schemasOf = (kind: NetworkKind): Record<Group, { entries: object }> => ({ network: networks[kind], ...groups })

/** All keys as they are written, `group.key`, in the order of the groups, where the network is of this kind. */
export const settingKeys = (kind: NetworkKind = 'unet'): string[] =>
  Object.entries(schemasOf(kind)).flatMap(([group, { entries }]) =>
    Object.keys(entries).map((key) => `${group}.${key}`),
  )

/**
 * The settings with one changed by a text `key=value`; the key may be dotted (`network.depth`) or plain (`depth`).
 * Values are JSON (`0.5`, `true`, `[0,1]`), bare words, or numbers with commas for lists (`0,1`).
 * Throws 'setting-unknown' (names the known ones), 'setting-invalid', or 'usage' where there is no "=".
 */
export function applySetting<S extends Settings>(settings: S, assignment: string): S {
  const cut = assignment.indexOf('=')
  if (cut < 1) throw new AppError('usage', { reason: `--set expects key=value, found "${assignment}".` })
  const written = assignment.slice(0, cut).trim()
  const text = assignment.slice(cut + 1).trim()
  const { kind } = settings.network
  const found = settingKeys(kind).filter((known) => known === written || known.endsWith(`.${written}`))
  if (found.length !== 1) {
    throw new AppError('setting-unknown', { key: written, known: settingKeys(kind).join(', ') })
  }
  const [group, key] = found[0]!.split('.') as [Group, string]
  const schema = (schemasOf(kind)[group].entries as Record<string, v.GenericSchema>)[key]!
  const parsed = tryParse(schema, text)
  if (!parsed.success) {
    throw new AppError('setting-invalid', { key: written, value: `"${text}"`, expected: expectationOf(parsed.issues) })
  }
  return { ...settings, [group]: { ...settings[group], [key]: parsed.output } }
}

/**
 * What the side of a patch must be a multiple of: with 'same' padding each pooling halves it, and the halves are put back
 * together. 'valid' takes the next side that fits (`validTile`), a pixel classifier has a window instead.
 */
export const patchStepPx = (network: NetworkChoice): number =>
  network.kind === 'unet' && network.padding === 'same' ? 2 ** network.depth : 1

/** Throws 'setting-invalid' where the network cannot answer a patch of this side. */
export function requireFittingPatch({ network, optimization: { patchPx } }: Settings): void {
  const stepPx = patchStepPx(network)
  if (network.kind !== 'unet' || patchPx % stepPx === 0) return
  const expected = `a multiple of ${stepPx} at depth ${network.depth}`
  throw new AppError('setting-invalid', { key: 'patchPx', value: patchPx, expected })
}

/** Several assignments, one after the other. */
export const applySettings = <S extends Settings>(settings: S, assignments: readonly string[]): S =>
  assignments.reduce(applySetting<S>, settings)

function tryParse(schema: v.GenericSchema, text: string) {
  const first = v.safeParse(schema, readValue(text))
  if (first.success || text.startsWith('[')) return first
  const list = v.safeParse(schema, text.split(',').map(readValue))
  return list.success ? list : first
}

function readValue(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** "a number of at least 1" out of what valibot found missing. */
function expectationOf(issues: readonly v.BaseIssue<unknown>[]): string {
  const issue = issues[0]!
  if (issue.type === 'check') return issue.message
  const expected = (issue.expected ?? 'another value').replaceAll('"', '').replaceAll(' | ', ' or ')
  const words: [RegExp, string][] = [
    [/^>=/, 'at least '],
    [/^<=/, 'at most '],
    [/^>/, 'more than '],
    [/^</, 'less than '],
  ]
  if (issue.type === 'integer') return 'a whole number'
  const match = words.find(([sign]) => sign.test(expected))
  const said = match ? match[1] + expected.replace(match[0], '') : expected.toLowerCase()
  return said === 'number' || said === 'boolean' ? { number: 'a number', boolean: 'true or false' }[said] : said
}
