import { expect, test } from 'vitest'
import { seriesOf, shownName, tailOf } from '../../../src-renderer/state/series-names.ts'

/** The names as the list shows them, and how much of their ends it always shows. */
function shown(...names: string[]) {
  const { start, tail } = seriesOf(names)
  return { names: names.map((name) => shownName(name, start)), tail }
}

test('long names are shown without what all of them begin with, so that the well is seen and not the random end', () => {
  const wells = ['A02_s1_w1051DAA7C-42CB', 'A02_s2_w1AF4C9D31-0F7E', 'B20_s2_w19A5A3D4B-9B42CB']
  expect(shown(...wells.map((well) => `IXMtest_${well}`))).toEqual({ names: wells, tail: 0 })
})

test('what is left out ends at a separator: numbers and words stay whole', () => {
  expect(shown('long experiment t001', 'long experiment t002', 'long experiment t010').names).toEqual([
    't001',
    't002',
    't010',
  ])
  expect(shown('experimentwithout001', 'experimentwithout002').names).toEqual([
    'experimentwithout001',
    'experimentwithout002',
  ])
})

test('names that begin alike and differ at their end are told apart by it', () => {
  const names = ['control_overnight_1', 'control_overnight_2', 'treated_overnight_1']
  expect(shown(...names)).toEqual({ names, tail: 6 })
})

test('short names stay as they are, and take nothing from the others', () => {
  expect(shown('cell 1', 'cell 2', 'IXMtest_A02_s1_w1051', 'IXMtest_B20_s2_w19A5')).toEqual({
    names: ['cell 1', 'cell 2', 'A02_s1_w1051', 'B20_s2_w19A5'],
    tail: 0,
  })
})

test('names that stand whole and begin alike keep their ends where a list is too narrow for them', () => {
  const tails = (...names: string[]) => names.map((name) => tailOf(name, seriesOf(names)))
  expect(tails('IXMtest_A02_s1', 'IXMtest_B20_s2', 'one_that_is_long')).toEqual([6, 6, 6])
  expect(tails('A02_s1_of_today', 'A02_s2_of_today', 'control 1', 'control 2')).toEqual([0, 0, 0, 0])
  expect(tails('IXMtest_A02_s1', 'IXMtest_B20_s2', 'IXMtest_A02_s1_w1051', 'IXMtest_B20_s2_w19A5')).toEqual([
    6, 6, 0, 0,
  ])
})

test('a name alone, or one that all others begin with, is shown whole', () => {
  expect(shown('IXMtest_A02_s1_w1051')).toEqual({ names: ['IXMtest_A02_s1_w1051'], tail: 0 })
  expect(shown('a_long_name_of_all_', 'a_long_name_of_all_b').names).toEqual(['a_long_name_of_all_', 'b'])
})
