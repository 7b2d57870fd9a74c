import * as v from 'valibot'
import { expect, test } from 'vitest'
import { AppError } from '../../../src-shared/errors.ts'
import { bytesText, durationText, TimeLeft } from '../../../src-shared/progress.ts'
import { augmentationSchema, networkSchema, targetsSchema } from '../../../src-shared/run-plan.ts'
import { applySetting, applySettings, presetSettings, settingKeys } from '../../../src-shared/settings.ts'

const fast = presetSettings('fast')

test('a setting is changed by its plain or its dotted name and nothing else changes', () => {
  expect(applySetting(fast, 'depth=3')).toEqual({ ...fast, network: { ...fast.network, depth: 3 } })
  expect(applySetting(fast, 'network.depth = 3')).toEqual(applySetting(fast, 'depth=3'))
})

test('numbers, words, switches and lists are read as the setting wants them', () => {
  const changed = applySettings(fast, [
    'learningRate=5e-4',
    'padding=valid',
    'carve=false',
    'channels=0,2',
    'classWeights=[1,2.5]',
  ])
  expect(changed.optimization.learningRate).toBe(0.0005)
  expect(changed.network.padding).toBe('valid')
  expect(changed.targets.carve).toBe(false)
  expect(changed.input.channels).toEqual([0, 2])
  expect(changed.targets.classWeights).toEqual([1, 2.5])
})

test('an unknown key is refused with the known ones, wrong usage', () => {
  const failure = caught(() => applySetting(fast, 'learnRate=1'))
  expect(failure.code).toBe('setting-unknown')
  expect(failure.exitCode).toBe(2)
  expect(failure.message).toContain('There is no setting "learnRate"')
  expect(failure.message).toContain('optimization.learningRate')
  expect(caught(() => applySetting(fast, 'network.classes=3')).code).toBe('setting-unknown')
})

test('an impossible value is refused with what was expected', () => {
  expect(caught(() => applySetting(fast, 'depth=9')).message).toBe(
    'The setting depth cannot be "9"; expected at most 6.',
  )
  expect(caught(() => applySetting(fast, 'depth=2.5')).message).toContain('expected a whole number')
  expect(caught(() => applySetting(fast, 'optimizer=sgd')).message).toContain('momentum or adam')
  expect(caught(() => applySetting(fast, 'carve=maybe')).message).toContain('true or false')
  expect(caught(() => applySetting(fast, 'learningRate=0')).message).toContain('more than 0')
  expect(caught(() => applySetting(fast, 'depth')).code).toBe('usage')
})

test('every key is unique without its group, so that plain names are enough', () => {
  for (const kind of ['unet', 'patch-classifier'] as const) {
    const plain = settingKeys(kind).map((key) => key.split('.')[1])
    expect(new Set(plain).size).toBe(plain.length)
  }
})

test('a sliding window has the settings of its network, and none of a U-Net’s', () => {
  const preset = presetSettings('sliding-window')
  const changed = applySettings(preset, ['windowPx=95', 'maps=24', 'initScale=0.5', 'weights=full', 'augment=false'])
  expect(changed.network).toEqual({ ...preset.network, windowPx: 95, maps: 24, initScale: 0.5 })
  expect([changed.targets.weights, changed.augmentation.augment]).toEqual(['full', false])
  expect(caught(() => applySetting(preset, 'windowPx=64')).message).toContain('expected an odd number')
  expect(caught(() => applySetting(preset, 'depth=3')).message).toContain('the settings are network.windowPx')
  expect(caught(() => applySetting(fast, 'windowPx=65')).code).toBe('setting-unknown')
})

test('the ablations are settings', () => {
  const all = [
    'weights=none',
    'elasticPx=0',
    'augment=false',
    'dropout=0',
    'skips=false',
    'padding=valid',
    'initScale=3',
  ]
  const changed = applySettings(presetSettings('paper'), [...all, 'optimizer=momentum', 'momentum=0.9'])
  expect(changed.network).toMatchObject({ dropout: 0, skips: false, padding: 'valid', initScale: 3 })
  expect(caught(() => applySetting(fast, 'weights=some')).message).toContain('none or classes or full')
  expect(caught(() => applySetting(fast, 'initScale=0')).message).toContain('more than 0')
})

test('a plan or a model written before there were kinds of networks is a U-Net with everything on', () => {
  const { network, targets, augmentation } = presetSettings('paper')
  const { kind: _, skips: __, initScale: ___, ...old } = network
  const { weights: ____, ...oldTargets } = targets
  const { augment: _____, ...oldAugmentation } = augmentation
  const rest = { inputChannels: 1, classes: 2 }
  expect(v.parse(networkSchema, { ...old, ...rest })).toEqual({ ...network, ...rest })
  const named = { classNames: ['background', 'cell'] }
  expect(v.parse(targetsSchema, { ...oldTargets, ...named })).toEqual({ ...targets, ...named })
  expect(v.parse(augmentationSchema, oldAugmentation)).toEqual(augmentation)
})

test('presets are copied, never shared', () => {
  presetSettings('fast').network.depth = 1
  expect(presetSettings('fast').network.depth).toBe(fast.network.depth)
})

test('the time left follows the pace and says nothing before it knows one', () => {
  const clock = new TimeLeft()
  expect(clock.update(0, 10, 0)).toBeUndefined()
  expect(clock.update(2, 10, 2000)).toBe(8)
  expect(clock.update(10, 10, 3000)).toBe(0)
})

test('a short halt among many steps hardly moves the time left, and a rest not at all', () => {
  const clock = new TimeLeft()
  const left = (done: number, atMs: number) => clock.update(done, 1000, atMs)!
  for (let done = 0; done < 300; done++) left(done, done * 200)
  const before = left(300, 60_000)
  expect(before).toBeCloseTo(140, 6)
  const halted = left(301, 65_000) // a validation of five seconds
  expect(halted / before).toBeLessThan(1.15)
  clock.rest()
  left(301, 4_000_000)
  expect(left(302, 4_000_200) / halted).toBeCloseTo(1, 1)
})

test('durations and sizes are said as people say them', () => {
  expect([0.4, 59.4, 125, 3840].map(durationText)).toEqual(['0 s', '59 s', '2 min 05 s', '1 h 04 min'])
  expect([512, 3_400_000, 99_900_000, 502_300_000].map(bytesText)).toEqual(['512 B', '3.4 MB', '99.9 MB', '502 MB'])
})

function caught(act: () => unknown): AppError {
  try {
    act()
  } catch (error) {
    if (error instanceof AppError) return error
  }
  throw new Error('expected an AppError')
}
