import { existsSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cellbrush, cellbrushJson, SAMPLES, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

const empty = at('empty.cellbrush')
beforeAll(async () => {
  await cellbrush(['project', 'create', empty, '--class', 'cell:#112233', '--class', 'glia'])
  writeFileSync(at('notes.txt'), 'no image')
  writeFileSync(at('broken.png'), 'no image')
  writeFileSync(at('broken.cbck'), 'no model')
  writeFileSync(at('slide.czi'), 'ZISRAWFILE')
  writeFileSync(at('bad.jsonl'), '{"tool":"brush"}\n')
})

const COMMANDS = [
  ['doctor'],
  ['project', 'create'],
  ['project', 'info'],
  ['project', 'check'],
  ['import'],
  ['annotate'],
  ['train'],
  ['predict'],
  ['evaluate'],
  ['export'],
  ['demo'],
]

test.each(COMMANDS.map((words) => [words.join(' '), words] as const))(
  '%s explains itself with examples',
  async (_, words) => {
    const { exitCode, stdout } = await cellbrush([...words, '--help'])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Usage: cellbrush ${words.join(' ')}`)
    expect(stdout).toContain('Examples:')
    expect(stdout).toContain('--json')
  },
)

/** Arguments, exit code, what the one sentence says. */
const WRONG: [args: () => string[], exitCode: number, sentence: RegExp][] = [
  [() => ['paint'], 2, /unknown command 'paint'/i],
  [() => ['doctor', '--device', 'gpu'], 2, /Expected tensorflow, webgpu or cpu/],
  [() => ['project', 'create'], 2, /missing required argument 'DIR'/i],
  [() => ['project', 'create', at('x'), '--class', 'a:mauve'], 2, /Expected a colour like #e69f00/],
  [() => ['project', 'create', empty], 3, /There is already something at/],
  [() => ['project', 'info', at('nowhere')], 3, /There is no project at .*nowhere/],
  [() => ['project', 'check', at('nowhere')], 3, /There is no project/],
  [() => ['import', empty, at('nowhere.tif')], 3, /There is no file at .*nowhere.tif/],
  [() => ['import', empty, at('broken.png')], 3, /broken.png cannot be read/],
  [() => ['import', empty, at('slide.czi')], 3, /slide.czi is a Zeiss CZI file/],
  [() => ['import', empty, at('broken.png'), '--mask-kind', 'painted'], 2, /Expected instances, binary/],
  [() => ['import', empty, at('broken.png'), '--map', '1=a,x'], 2, /not of the form/],
  [() => ['annotate', empty, 'cell.tif'], 2, /Give --strokes FILE, --undo or --redo/],
  [() => ['annotate', empty, 'cell.tif', '--undo'], 3, /No image in the project matches "cell.tif"/],
  [() => ['annotate', empty, 'cell.tif', '--undo', '--redo'], 2, /cannot be given together/],
  [() => ['train', empty], 3, /Training cannot start: the project has no images/],
  [
    () => ['train', empty, '--set', 'learnRate=1'],
    2,
    /There is no setting "learnRate"; the settings are network.depth/,
  ],
  [() => ['train', empty, '--set', 'depth=9'], 2, /cannot be "9"; expected at most 6/],
  [() => ['train', empty, '--minutes', '1', '--steps', '1'], 2, /cannot be given together/],
  [() => ['train', empty, '--resume', 'run-7'], 3, /There is no run "run-7"/],
  [() => ['train', empty, '--resume', 'run-7', '--seed', '1'], 2, /leave out --seed/],
  [() => ['train', empty, '--from', 'run-7'], 3, /There is no run "run-7"/],
  [() => ['train', empty, '--preset', 'slow'], 2, /Expected fast, paper or sliding-window/],
  [() => ['predict', empty, at('broken.png'), '--out', at('out')], 3, /has no finished run yet/],
  [() => ['predict', empty, at('broken.png'), '--out', at('out'), '--run', 'r'], 3, /There is no run "r"/],
  [() => ['predict', at('broken.cbck'), at('broken.png'), '--out', at('out')], 3, /not a usable Cellbrush model/],
  [() => ['predict', at('gone.cbck'), at('broken.png'), '--out', at('out')], 3, /There is no file at/],
  [() => ['predict', empty, at('broken.png')], 2, /Required option '--out <FOLDER>'/],
  [() => ['predict', empty, at('x'), '--out', 'o', '--threshold', '2'], 2, /auto or a number from 0 to 1/],
  [() => ['evaluate', '--truth', at('t')], 2, /Give --masks FOLDER or --probabilities FOLDER/],
  [() => ['evaluate', '--truth', at('t'), '--masks', at('m')], 3, /There is no file at/],
  [() => ['export', empty, '--out', at('out')], 2, /Required option '--format <FORMAT>'/],
  [() => ['export', empty, '--format', 'labels-tiff', '--out', at('out')], 3, /Nothing in .* is painted yet/],
  [
    () => ['export', empty, '--format', 'gif', '--out', at('out')],
    2,
    /Expected labels-tiff, labels-png, classes-tiff or classes-png/,
  ],
]

test.each(WRONG.map(([args, exitCode, sentence]) => [sentence, args, exitCode] as const))(
  '%s',
  async (sentence, args, exitCode) => {
    const said = await cellbrush(args())
    expect(said.stderr).toMatch(sentence)
    expect(said.exitCode).toBe(exitCode)
    expect(said.stderr).not.toMatch(/^ {4}at /m) // no stack
    expect(said.stderr.trim().split('\n').length).toBe(1)
  },
)

test('with --json a failure is a JSON object with its code, and the sentence is on stderr too', async () => {
  const { stdout, stderr, exitCode } = await cellbrush(['project', 'info', at('nowhere'), '--json'])
  expect(exitCode).toBe(3)
  const { ok, error } = JSON.parse(stdout)
  expect([ok, error.code]).toEqual([false, 'project-missing'])
  expect(stderr.trim()).toBe(error.message)
})

test('a stack is shown with --verbose and only then', async () => {
  const { stderr } = await cellbrush(['project', 'info', at('nowhere'), '--verbose'])
  expect(stderr).toMatch(/^ {4}at /m)
})

test('a project tells its classes, colours and that it is empty', async () => {
  const info = await cellbrushJson(['project', 'info', empty])
  expect(info.classes.map((each: { name: string; colour: string }) => [each.name, each.colour])).toEqual([
    ['cell', '#112233'],
    ['glia', '#56b4e9'],
  ])
  expect([info.name, info.images, info.runs]).toEqual(['empty', [], []])
  expect((await cellbrush(['project', 'info', empty])).stdout).toContain('No images yet')
})

test('a refused import leaves the project as it was', async () => {
  await cellbrush(['import', empty, at('broken.png')])
  const { images } = await cellbrushJson(['project', 'info', empty])
  expect(images).toEqual([])
  expect((await cellbrush(['project', 'check', empty])).exitCode).toBe(0)
})

test('of several files the good ones are imported, the bad one is named, and the exit code is 1', async () => {
  const project = at('mixed.cellbrush')
  await cellbrush(['project', 'create', project])
  const good = path.join(SAMPLES, 'nuclei/images/IXMtest_A02_s1.tif')
  const report = await cellbrushJson(['import', project, good, at('broken.png'), at('gone.tif')])
  expect(report.exitCode).toBe(1)
  expect([report.imported, report.existing, report.failed]).toEqual([1, 0, 2])
  const failed = report.files.filter((file: { status: string }) => file.status === 'failed')
  expect(failed.map((file: { error: { code: string } }) => file.error.code).sort()).toEqual([
    'file-missing',
    'image-unreadable',
  ])
  const again = await cellbrushJson(['import', project, good])
  expect([again.exitCode, again.imported, again.existing]).toEqual([0, 0, 1])
  expect(existsSync(at('mixed.cellbrush', 'images'))).toBe(true)
})
