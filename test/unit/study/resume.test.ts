/** A tiny study with the real engine: killed in the middle of a training, and gone on with. */
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { cellbrush, cellbrushJson, cellbrushProcess, temporaryFolder } from '../../drivers/command-line.ts'
import { discs, writeDiscs } from './discs.ts'
import { studyText } from './studies.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const TINY = ['depth=1', 'baseWidth=4', 'patchPx=32', 'batch=1', 'validateEvery=0', 'checkpointEvery=5', 'w0=0']
const STEPS = 120

const study = {
  ...studyText,
  ...discs,
  arms: [
    {
      kind: 'cellbrush',
      name: 'small',
      says: 'four channels',
      preset: 'fast',
      settings: TINY,
      predictions: [
        { name: 'single' },
        { name: 'averaged', average: true },
        { name: 'tiles', tilePx: 64, compareWith: 'single' },
        { name: 'part', cropPx: 64, isTimed: true },
      ],
    },
  ],
  seeds: [1, 2],
  minutes: undefined,
  steps: STEPS,
}
writeDiscs(at('data'), ['a1', 'a2', 'b1'])
const file = at('tiny.json')
writeFileSync(file, JSON.stringify(study))
const words = (out: string, ...more: string[]) => ['study', file, '--data', at('data'), '--out', at(out), ...more]
const cell = (out: string, name: string, ...rest: string[]) => at(out, 'cells/all', name, ...rest)
const result = (out: string, name: string) => JSON.parse(readFileSync(cell(out, name, 'result.json'), 'utf8'))
const log = (out: string, name: string) => cell(out, name, 'project.cellbrush/runs/run-1/log.jsonl')
const stepsIn = (file: string) =>
  existsSync(file) ? (readFileSync(file, 'utf8').match(/"type":"step"/g) ?? []).length : 0

test('a study killed while training goes on where it was and comes to the same numbers', async () => {
  const whole = await cellbrush(words('whole'))
  expect(whole.stderr).toContain('all/small/seed-1 (1 of 2)')
  expect(whole.exitCode).toBe(0)

  const process = cellbrushProcess(words('cut'))
  // In the middle of the second training: the first cell is done by then.
  while (stepsIn(log('cut', 'small/seed-2')) < 20) {
    if (process.child.exitCode !== null) throw new Error(`it ended too early: ${(await process.ended).stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  process.child.kill('SIGKILL')
  await process.ended
  expect(existsSync(cell('cut', 'small/seed-2', 'result.json'))).toBe(false)
  const first = readFileSync(cell('cut', 'small/seed-1', 'result.json'), 'utf8')

  const again = await cellbrush(words('cut'))
  expect(again.exitCode).toBe(0)
  expect(again.stdout).toContain('Complete: 2 of 2 cells, seeds 1, 2; 120 steps each.')
  expect(again.stderr).not.toContain('small/seed-1')
  expect(readFileSync(cell('cut', 'small/seed-1', 'result.json'), 'utf8')).toBe(first)
  const [resumed, uninterrupted] = [result('cut', 'small/seed-2'), result('whole', 'small/seed-2')]
  expect(resumed).toMatchObject({ isResumed: true, steps: STEPS })
  expect(uninterrupted).toMatchObject({ isResumed: false, steps: STEPS })
  expect(readdirSync(cell('cut', 'small/seed-2', 'project.cellbrush/runs'))).toEqual(['run-1'])
  const untimed = ({ predictions }: typeof resumed) =>
    Object.entries(predictions as Record<string, { scores: object }>).map(([name, { scores }]) => [
      name,
      Object.entries(scores).filter(([score]) => !score.startsWith('time.')),
    ])
  expect(untimed(resumed)).toEqual(untimed(uninterrupted))
}, 600_000)

test('a finished study does nothing again, and its results are scores, times and differences', async () => {
  const before = readFileSync(cell('whole', 'small/seed-1', 'result.json'), 'utf8')
  const said = await cellbrush(words('whole'))
  expect(said.stderr).toBe('')
  expect(readFileSync(cell('whole', 'small/seed-1', 'result.json'), 'utf8')).toBe(before)
  const { predictions, commands, trainImages, device } = result('whole', 'small/seed-1')
  expect(Object.keys(predictions)).toEqual(['single', 'averaged', 'tiles', 'part'])
  expect(predictions.tiles.scores['difference.largest']).toBeLessThan(1e-5)
  expect(predictions.tiles.scores['difference.labelPixels']).toBe(0)
  expect(predictions.part.scores['time.secondsPerMegapixel']).toBeGreaterThan(0)
  expect(trainImages).toEqual(['a1.tif', 'a2.tif'])
  expect(device).not.toBe('')
  expect(commands.join('\n')).not.toContain(at())
  expect(commands.join('\n')).toContain('--average --objects-for balanced')
  expect(existsSync(at('whole', 'picture-all-small.png'))).toBe(true)
}, 120_000)

test('the printed commands do what the cell did', async () => {
  const { commands, predictions } = result('whole', 'small/seed-1') as {
    commands: string[]
    predictions: Record<string, { scores: Record<string, number> }>
  }
  const out = at('by-hand')
  const known = { $DATA: at('data'), $STUDY: at('whole'), $OUT: out }
  const read = (line: string) =>
    line
      .split(' ')
      .slice(1)
      .map((word) =>
        word
          .replace(/^"|"$/g, '')
          .replace(/^'|'$/g, '')
          .replace(/^\$(DATA|STUDY|OUT)/, (name) => known[name as '$OUT']),
      )
  let scores: Record<string, number> = {}
  for (const line of commands) {
    const args = read(line)
    if (args[0] === 'predict' && !line.includes('predictions/single')) continue
    if (args[0] === 'evaluate' && !line.includes('predictions/single')) continue
    const answer = args[0] === 'train' ? await cellbrush(args) : await cellbrushJson(args)
    expect(answer.exitCode).toBe(0)
    if (args[0] === 'evaluate' && args.includes('--masks'))
      scores = (answer as { mean: { raw: typeof scores } }).mean.raw
  }
  expect(scores.vRand).toBeCloseTo(predictions.single!.scores['raw.vRand']!, 12)
  expect(scores.seg).toBeCloseTo(predictions.single!.scores['raw.seg']!, 12)
}, 120_000)

test('another length in the same folder is refused, and --report takes what is there', async () => {
  const refused = await cellbrush(words('whole', '--steps', '7'))
  expect(refused.exitCode).toBe(2)
  expect(refused.stderr).toContain('was made with other settings or another length (all/small/seed-1)')
  expect(existsSync(at('whole', 'planned-steps.json'))).toBe(false) // these steps are not what minutes became
  const report = await cellbrush(words('whole', '--report'))
  expect(report.stdout).toContain('Complete: 2 of 2 cells')
})

test('--list says what is done and does nothing', async () => {
  const listed = await cellbrushJson(words('whole', '--list', '--seeds', '2,3'))
  expect(listed.cells).toEqual([
    { cell: 'all/small/seed-2', isDone: true },
    { cell: 'all/small/seed-3', isDone: false },
  ])
  expect(existsSync(path.join(at('whole'), 'cells/all/small/seed-3'))).toBe(false)
})

test.each([
  [['study', 'nothing-of-this-name'], 2, 'There is no study "nothing-of-this-name"'],
  [words('fresh', '--only', 'third'), 2, 'its arms are small'],
  [words('fresh', '--data', '/nowhere'), 3, 'name the folder that holds them with --data'],
  [words('fresh', '--minutes', '1', '--steps', '5'), 2, '--minutes and --steps cannot be given together'],
  [words('fresh', '--seeds', 'one'), 2, 'Expected a whole number'],
])('wrong input is refused in a sentence: %#', async (args, exitCode, sentence) => {
  const said = await cellbrush(args)
  expect(said.stderr).toContain(sentence)
  expect(said.exitCode).toBe(exitCode)
})

test('a study with a patch that its network cannot answer is refused before anything is trained', async () => {
  const arms = [{ ...study.arms[0], settings: [...TINY, 'patchPx=33'] }]
  writeFileSync(at('odd.json'), JSON.stringify({ ...study, arms }))
  const { exitCode, stderr } = await cellbrush(['study', at('odd.json'), '--data', at('data'), '--out', at('odd')])
  expect(stderr).toContain('The setting patchPx cannot be 33; expected a multiple of 2 at depth 1.')
  expect([exitCode, existsSync(at('odd'))]).toEqual([2, false])
})

test('with --objects-anew finished cells keep their network and its times, and make objects and scores again', async () => {
  const file = cell('whole', 'small/seed-1', 'result.json')
  const before = result('whole', 'small/seed-1')
  const learned = readFileSync(log('whole', 'small/seed-1'), 'utf8')
  const outdated = { 'raw.vRand': -1 }
  const machine = { ...before.machine, processor: 'the one that trained' }
  writeFileSync(
    file,
    JSON.stringify({ ...before, machine, predictions: { single: { ...before.predictions.single, scores: outdated } } }),
  )
  const again = await cellbrush(words('whole', '--objects-anew', '--seeds', '1'))
  expect(again.exitCode).toBe(0)
  const after = result('whole', 'small/seed-1')
  expect(Object.keys(after.predictions)).toEqual(['single', 'averaged', 'tiles', 'part'])
  expect(after.predictions.single.scores['raw.vRand']).toBeCloseTo(before.predictions.single.scores['raw.vRand'], 12)
  const untimed = ({ predictions }: typeof before) =>
    Object.entries(predictions.averaged.scores).filter(([score]) => !score.startsWith('time.'))
  expect(untimed(after)).toEqual(untimed(before)) // averaged ones had a choice of objects of their own at once
  expect(after).toMatchObject({
    machine,
    trainSeconds: before.trainSeconds,
    isResumed: false,
    steps: STEPS,
    curve: before.curve,
  })
  expect(after.commands.join('\n')).toContain('--objects-for balanced')
  expect(readFileSync(log('whole', 'small/seed-1'), 'utf8')).toBe(learned)
}, 120_000)

test('with --scores-anew nothing is predicted: the files that are there are scored, times and differences stay', async () => {
  const before = result('whole', 'small/seed-2')
  const { predictions } = structuredClone(before)
  for (const { scores, images } of Object.values(predictions) as { scores: Record<string, number>; images: [] }[]) {
    scores['raw.seg'] = -1
    images.pop()
  }
  writeFileSync(cell('whole', 'small/seed-2', 'result.json'), JSON.stringify({ ...before, predictions }))
  const labels = cell('whole', 'small/seed-2', 'predictions/tiles/b1_labels.tif')
  const { mtimeMs } = statSync(labels)
  const again = await cellbrush(words('whole', '--scores-anew', '--seeds', '2'))
  expect([again.exitCode, statSync(labels).mtimeMs]).toEqual([0, mtimeMs])
  expect(result('whole', 'small/seed-2')).toEqual(before)
}, 120_000)
