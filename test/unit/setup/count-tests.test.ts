import { expect, test } from 'vitest'
import { countTests, reasonFor, summaryLine } from '../../../scripts/count-tests.mjs'

const file = (status: string, ...tests: [string, string][]) => ({
  name: '/nowhere/a.test.ts',
  status,
  assertionResults: tests.map(([fullName, of]) => ({ fullName, status: of })),
})
const count = (testResults: object[] | undefined, testsExit = 0, otherFailures = 0) =>
  countTests(testResults ? [{ testResults }] : [], { testsExit, otherFailures })

test('passed, failed and skipped tests are counted, each skipped one is named', () => {
  const counted = count([file('passed', ['a', 'passed'], ['b', 'skipped']), file('failed', ['c', 'failed'])], 1)
  expect(summaryLine(counted)).toBe('1 passed, 1 failed, 1 skipped')
  expect(counted.skipped[0]).toMatch(/a\.test\.ts: b \(.+\)$/)
})

test('without a skipped test the line does not mention any', () => {
  expect(summaryLine(count([file('passed', ['a', 'passed'])]))).toBe('1 passed, 0 failed')
})

test('a file that does not load is a failure', () => {
  expect(count([file('failed'), file('passed', ['a', 'passed'])], 1)).toMatchObject({ passed: 1, failed: 1 })
})

test('a run that ends badly without a failed test is a failure', () => {
  expect(count([file('passed', ['a', 'passed'])], 137).failed).toBe(1)
  expect(count(undefined, 4)).toEqual({ passed: 0, failed: 1, skipped: [] })
})

test('failed types or lint are a failure', () => {
  expect(count([file('passed', ['a', 'passed'])], 0, 1).failed).toBe(1)
})

test('a reason in the name is kept, else one is found', () => {
  expect(reasonFor('trains (skipped: No C++ compiler was found)', '')).toBe('')
  expect(reasonFor('the scores are as given', "const oracle = '../shared/data'")).toContain('../shared/data')
  expect(reasonFor('odd', '')).toContain('condition')
})
