import { describe, expect, test } from 'vitest'
import { ADVANCED, advancedFor, fittingPatchPx, settingAt, stepOf } from '../../../src-renderer/state/advanced.ts'
import { differences } from '../../../src-renderer/state/differences.ts'
import { matchScore } from '../../../src-renderer/state/matching.ts'
import { windowAround } from '../../../src-renderer/state/regions.ts'
import { memoryStore, readStored, writeStored } from '../../../src-renderer/state/stored.ts'
import { areaText, counted, figure, humanTime, pace, shortDate } from '../../../src-renderer/state/words.ts'
import { PRESETS, type PresetName } from '../../../src-shared/presets.ts'
import { applySetting, applySettings, presetSettings, requireFittingPatch } from '../../../src-shared/settings.ts'

test('times are as people say them', () => {
  expect([0, 41.4, 59.7, 90, 3599, 3600, 3900].map(humanTime)).toEqual([
    '1 s',
    '41 s',
    '1 min',
    '2 min',
    '1 h 00 min',
    '1 h 00 min',
    '1 h 05 min',
  ])
  expect([0.1449, 2.41].map(pace)).toEqual(['145 ms', '2.41 s'])
  expect(shortDate('nonsense')).toBe('')
})

test('figures have three places and no needless exponent', () => {
  expect([0, 0.8853, 12.345, 1234.5, 0.00012, 0.0000123, undefined, Number.NaN].map(figure)).toEqual([
    '0',
    '0.885',
    '12.3',
    '1,235',
    '0.00012',
    '1.2e-5',
    '–',
    '–',
  ])
  expect([counted(1, 'image'), counted(1200, 'image')]).toEqual(['1 image', '1,200 images'])
  expect(areaText(1000)).toBe('1,000 px')
  expect(areaText(1000, { x: 0.5, y: 0.5 })).toBe('250 µm²')
})

describe('the advanced panel', () => {
  const presets = Object.keys(PRESETS) as PresetName[]
  const settingsFor = (name: PresetName) => advancedFor(PRESETS[name].network.kind).flatMap(({ settings }) => settings)

  test('holds every value of each preset within its bounds', () => {
    for (const name of presets) {
      for (const setting of settingsFor(name)) {
        const value = settingAt(presetSettings(name), setting.key)
        if (setting.kind === 'number') {
          expect([setting.key, Number(value) >= setting.min && Number(value) <= setting.max]).toEqual([
            setting.key,
            true,
          ])
        } else if (setting.kind === 'switch') expect([setting.key, typeof value]).toEqual([setting.key, 'boolean'])
        else expect(setting.options.map((option) => option.value)).toContain(value)
      }
    }
  })

  test('never offers a value that the host would refuse', () => {
    for (const name of presets) {
      for (const setting of settingsFor(name)) {
        const values =
          setting.kind === 'number'
            ? [setting.min, setting.min + setting.step, setting.max]
            : setting.kind === 'switch'
              ? [true, false]
              : setting.options.map(({ value }) => value)
        for (const value of values)
          expect(() => applySetting(presetSettings(name), `${setting.key}=${value}`)).not.toThrow()
      }
    }
  })

  test('offers only patches that the depth and the padding of the network allow', () => {
    const patch = ADVANCED.flatMap(({ settings }) => settings).find(({ key }) => key === 'optimization.patchPx')!
    if (patch.kind !== 'number') throw new Error('a patch has a side')
    const moved: string[] = []
    for (const padding of ['same', 'valid']) {
      for (let depth = 1; depth <= 6; depth++) {
        const network = applySettings(presetSettings('fast'), [`depth=${depth}`, `padding=${padding}`])
        for (let patchPx = patch.min; patchPx <= patch.max; patchPx += stepOf(patch, network)) {
          const chosen = applySetting(network, `patchPx=${patchPx}`)
          expect(() => requireFittingPatch(chosen)).not.toThrow()
          expect(fittingPatchPx(chosen)).toBe(patchPx)
        }
        const typed = applySetting(network, 'patchPx=100')
        moved.push(`${padding} ${depth}: ${fittingPatchPx(typed)}`)
        requireFittingPatch(applySetting(typed, `patchPx=${fittingPatchPx(typed)}`))
      }
    }
    expect(moved).toEqual([
      ...['same 1: 100', 'same 2: 100', 'same 3: 104', 'same 4: 96', 'same 5: 96', 'same 6: 128'],
      ...[1, 2, 3, 4, 5, 6].map((depth) => `valid ${depth}: 100`),
    ])
  })

  test('shows a U-Net and a pixel classifier each their own sizes, and both what they share', () => {
    const keysOf = (name: PresetName) => settingsFor(name).map(({ key }) => key)
    expect(keysOf('sliding-window')).toContain('network.windowPx')
    expect(keysOf('sliding-window')).not.toContain('network.depth')
    expect(keysOf('fast')).not.toContain('network.windowPx')
    for (const name of presets) expect(keysOf(name)).toContain('network.initScale')
  })
})

test('two runs differ in what was chosen and in what they were taught on', () => {
  const settings = presetSettings('fast')
  const plan = {
    ...settings,
    preset: 'fast',
    items: [{ role: 'train' }, { role: 'train' }, { role: 'validation' }],
  }
  const other = structuredClone(plan)
  other.network.depth = 3
  other.items.pop()
  const of = (value: unknown) => value as Parameters<typeof differences>[0]
  expect(differences(of(plan), of(plan))).toEqual([])
  expect(differences(of(plan), of(other))).toEqual([
    { name: 'Validated on', first: '1 plane', second: '0 planes' },
    { name: 'Depth', first: '4', second: '3' },
  ])
})

test('typing finds beginnings of words first, then anything in order', () => {
  const titles = ['Next plane', 'Export …', 'Hide labels while held', 'Expand']
  const found = (wanted: string) =>
    titles
      .map((title) => ({ title, score: matchScore(wanted, title) }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .map(({ title }) => title)
  expect(found('exp')).toEqual(['Expand', 'Export …', 'Next plane'])
  expect(found('hide lab')).toEqual(['Hide labels while held'])
  expect(found('zzz')).toEqual([])
})

describe('what the browser stores', () => {
  const DEFAULTS = { theme: 'system', widthPx: 200, keys: {} }

  test('comes back as it was', () => {
    const store = memoryStore()
    writeStored(store, 'k', { ...DEFAULTS, widthPx: 300, keys: { a: ['B'] } })
    expect(readStored(store, 'k', DEFAULTS)).toEqual({ theme: 'system', widthPx: 300, keys: { a: ['B'] } })
  })

  test('is ignored where it is of another kind or another time', () => {
    const store = memoryStore()
    store.setItem('k', '{"theme":5,"widthPx":250,"gone":1}')
    expect(readStored(store, 'k', DEFAULTS)).toEqual({ ...DEFAULTS, widthPx: 250 })
    store.setItem('k', 'not JSON')
    expect(readStored(store, 'k', DEFAULTS)).toEqual(DEFAULTS)
  })
})

test('the part of a plane that previews are drawn from lies inside it', () => {
  const plane = { width: 5000, height: 300 }
  expect(windowAround({ x: 4800, y: 0, w: 200, h: 300 }, plane, 1024)).toEqual({ x: 3976, y: 0, w: 1024, h: 300 })
  expect(windowAround({ x: 2000, y: 100, w: 100, h: 100 }, plane, 1024)).toEqual({ x: 1538, y: 0, w: 1024, h: 300 })
})
