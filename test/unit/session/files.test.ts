import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { crc32 } from 'node:zlib'
import { decode as decodeTiff } from 'tiff'
import { expect, onTestFinished, test, vi } from 'vitest'
import { listZip, unzip } from '../../../scripts/unzip.mjs'
import { FileDesk } from '../../../src-main/core/session/file-desk.ts'
import { Session } from '../../../src-main/core/session/session.ts'
import { compareNaturally } from '../../../src-main/imaging/list-images.ts'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import type { ImportRequest } from '../../../src-shared/api.ts'
import {
  brush,
  EngineDouble,
  labelsOf,
  openSession,
  reopenSession,
  temporaryFolder,
  until,
  Window,
  writeGreyPng,
} from '../../drivers/session.ts'

test('folders of the operator are browsed by place; files in them are imported by place', async () => {
  const root = temporaryFolder()
  mkdirSync(path.join(root, 'plates'))
  writeGreyPng(path.join(root, 'plates', 'b 2.png'), 20, 10)
  writeGreyPng(path.join(root, 'b 10.png'), 21, 10)
  writeFileSync(path.join(root, '.hidden'), '')
  const { window, folder } = await openSession({ images: 0, roots: [root] })
  const name = path.basename(root)
  expect(await window.ask('import.browse', { place: '' })).toEqual({
    place: '',
    entries: [{ name, place: '0', isFolder: true }],
  })
  expect(await window.ask('import.browse', { place: '0' })).toEqual({
    place: '0',
    entries: [
      { name: 'plates', place: '0/plates', isFolder: true },
      { name: 'b 10.png', place: '0/b 10.png', isFolder: false },
    ],
  })
  const { outcomes } = await window.ask('import.start', { files: ['0/plates', '0/b 10.png'] })
  expect(outcomes.map(({ file, state }) => [file, state]).sort()).toEqual([
    ['b 10.png', 'imported'],
    ['b 2.png', 'imported'],
  ])
  expect(JSON.stringify(outcomes)).not.toContain(folder)
})

test.each([
  '1',
  '-1',
  '0/..',
  '0/../secret.png',
  '0/plates/../../secret.png',
  '0//etc/passwd',
  '/etc/passwd',
  '0/link/secret.png',
  '0/linked.png',
  '0\\..\\secret.png',
  '0/pla\0tes',
  'toString',
])('the place %j leads nowhere', (place) => {
  const folder = temporaryFolder()
  const root = path.join(folder, 'root')
  mkdirSync(path.join(root, 'plates'), { recursive: true })
  writeFileSync(path.join(folder, 'secret.png'), 'secret')
  symlinkSync(folder, path.join(root, 'link'))
  symlinkSync(path.join(folder, 'secret.png'), path.join(root, 'linked.png'))
  const desk = new FileDesk([root])
  expect(() => desk.find(place)).toThrow(/^There is no file at/)
  expect(() => desk.browse(place)).toThrow(/^There is no file at/)
})

test('a root whose name another folder begins with does not open that one', () => {
  const folder = temporaryFolder()
  for (const name of ['data', 'data-secret']) mkdirSync(path.join(folder, name))
  writeFileSync(path.join(folder, 'data-secret', 'a.png'), '')
  symlinkSync(path.join(folder, 'data-secret'), path.join(folder, 'data', 'more'))
  expect(() => new FileDesk([path.join(folder, 'data')]).find('0/more/a.png')).toThrow(/no file/)
})

test('of several files the good ones are imported and the others named, without their folders', async () => {
  const { window, session, folder } = await openSession({ images: 0 })
  writeGreyPng(path.join(folder, 'good.png'), 30, 20)
  writeFileSync(path.join(folder, 'broken.png'), 'not an image')
  const offer = (name: string) => session.files.offer(path.join(folder, name))
  const request = { files: [offer('good.png'), offer('broken.png'), offer('gone.png'), 'unknown-id'] }
  const { outcomes } = await window.ask('import.start', request)
  const states = Object.fromEntries(outcomes.map(({ file, state }) => [file, state]))
  expect(states).toEqual({
    'good.png': 'imported',
    'broken.png': 'failed',
    'gone.png': 'failed',
    'unknown-id': 'failed',
  })
  for (const { state, message } of outcomes) {
    if (state === 'failed') expect(message).toMatch(/^\S.*[.]$/)
    expect(message ?? '').not.toContain(folder)
  }
  expect(await window.ask('import.start', { files: request.files.slice(0, 1) })).toMatchObject({
    outcomes: [{ state: 'known', imageId: 1 }],
  })
  expect(window.of('job').some(({ title, state }) => title === 'Importing 3 files' && state === 'done')).toBe(true)
})

/** Takes files in as a window uploads them; each knows its path. */
function uploads({ session }: { session: Session }) {
  return (name: string, { seed = 0, beside }: { seed?: number; beside?: string } = {}) => {
    const file = session.files.placeFor(name, beside)
    writeGreyPng(file, 30, 20, seed)
    return { id: session.files.offer(file, { isTemporary: true }), file }
  }
}
const isThere = ({ file }: { file: string }) => existsSync(file)

test('uploads go when an import has taken them, with their folders; what was not uploaded stays', async () => {
  const opened = await openSession({ images: 0 })
  const { window, session, folder } = opened
  const upload = uploads(opened)
  const [a, mask, waiting] = [upload('a.png'), upload('a_mask.png'), upload('b.png')]
  const other = upload('c_mask.png', { beside: mask.id })
  writeGreyPng(path.join(folder, 'own.png'), 30, 20, 5)
  const files = [a.id, session.files.offer(path.join(folder, 'own.png'))]
  const { outcomes } = await window.ask('import.start', { files, masks: [mask.id, other.id], maskKind: 'binary' })
  expect(outcomes.map(({ file, state }) => [file, state])).toEqual([
    ['a.png', 'imported'],
    ['own.png', 'imported'],
  ])
  expect([a, mask, other, waiting].map(isThere)).toEqual([false, false, false, true])
  expect(readdirSync(path.dirname(path.dirname(waiting.file)))).toEqual([path.basename(path.dirname(waiting.file))])
  expect(existsSync(path.join(folder, 'own.png'))).toBe(true)
})

test('what a stopped import was given stays until another one takes it', async () => {
  const opened = await openSession({ images: 0 })
  const { window, session } = opened
  const upload = uploads(opened)
  const [a, b] = [upload('a.png', { seed: 1 }), upload('b.png', { seed: 2 })]
  const { images } = session.store
  const add = images.add.bind(images)
  images.add = (image) => {
    window.abortLast()
    return add(image)
  }
  const files = [a.id, b.id]
  expect(await window.ask('import.start', { files })).toMatchObject({ left: { files: [b.id] } })
  expect([a, b].map(isThere)).toEqual([true, true])
  images.add = add
  const { outcomes } = await window.ask('import.start', { files }) // by a window that did not hear the answer
  expect(outcomes.map(({ state }) => state)).toEqual(['known', 'imported'])
  expect([a, b].map(isThere)).toEqual([false, false])
})

test('an upload that a window lets go is gone, and nothing else that it names', async () => {
  const opened = await openSession({ images: 0, roots: [temporaryFolder()] })
  const { window, session, folder } = opened
  const upload = uploads(opened)
  const a = upload('a.json')
  const b = upload('a.tif', { beside: a.id })
  writeGreyPng(path.join(folder, 'own.png'), 30, 20)
  const own = session.files.offer(path.join(folder, 'own.png'))
  expect(await window.ask('import.forget', { files: [a.id, own, '0/a.tif', 'unknown'] })).toBeNull()
  expect([a, b].map(isThere)).toEqual([false, true])
  expect(await window.ask('import.forget', { files: [b.id] })).toBeNull()
  expect(existsSync(path.dirname(b.file))).toBe(false)
  expect(existsSync(session.files.find(own).path)).toBe(true)
})

test('what a window has uploaded goes when that has been away for an hour, and what others have stays', async () => {
  const { session } = await openSession({ images: 0 })
  const upload = (client?: string) => {
    const file = session.files.placeFor('a.tif')
    writeFileSync(file, 'a')
    session.files.offer(file, { isTemporary: true, client })
    return { file }
  }
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const [one, other] = [new Window(session, 'one'), new Window(session, 'other')]
  const files = [upload('one'), upload('other'), upload()]
  one.close()
  vi.advanceTimersByTime(3_599_999)
  expect(files.map(isThere)).toEqual([true, true, true])
  vi.advanceTimersByTime(1)
  expect(files.map(isThere)).toEqual([false, true, true])
  other.close()
})

test('a session that gets the project keeps uploads there from then on; what it made before can be fetched, and goes with it', async () => {
  const { session, window, plane, project } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  const reader = await reopenSession(project, { watchMs: 20 })
  const { files } = reader.session
  const isInProject = (file: string) => !path.relative(project, file).startsWith('..')
  const exported = async () => {
    const { download } = await reader.window.ask('export.start', { format: 'labels-png', source: 'annotation' })
    return files.download(download.replace('download/', ''))!.path
  }
  const before = await exported()
  await session.close()
  await until(() => reader.window.of('project-changed').some((event) => !event.project.readOnly))
  const upload = files.makeFolder()
  expect([before, upload].map(isInProject)).toEqual([false, true])
  expect(existsSync(before)).toBe(true)
  for (let count = 0; count < 8; count++) await exported() // so many can be fetched
  expect(existsSync(path.dirname(before))).toBe(false)
  const scratches = [before, upload].map((file) => path.dirname(isInProject(file) ? file : path.dirname(file)))
  expect(scratches.map((folder) => existsSync(folder))).toEqual([true, true])
  await reader.session.close()
  expect(scratches.map((folder) => existsSync(folder))).toEqual([false, false])
})

test('a session that may not write keeps nothing in the project; what a dead one has left there goes at the next opening', async () => {
  const { session, project } = await openSession()
  const reader = await Session.open(project, { engine: new EngineDouble(), program: 'reader' })
  expect([session, reader].map(({ files }) => path.relative(project, files.makeFolder()).startsWith('..'))).toEqual([
    false,
    true,
  ])
  await reader.close()
  await session.close()
  const left = path.join(project, '.tmp-cellbrush-1', '.upload 0')
  mkdirSync(left, { recursive: true })
  writeFileSync(path.join(left, 'a.png'), 'half of it')
  await reopenSession(project)
  expect(existsSync(path.dirname(left))).toBe(false)
})

test('importing an image of the trash again, with a mask that does not fit, leaves it and its file as they were', async () => {
  const { window, session, folder } = await openSession()
  await window.ask('image.update', { id: 1, isTrashed: true })
  const { image, files } = {
    image: session.store.images.get(1),
    files: () => readdirSync(path.join(folder, 'test.cellbrush', 'images')).sort(),
  }
  const before = files()
  writeGreyPng(path.join(folder, 'image-1_mask.png'), 30, 20)
  const offer = (name: string) => session.files.offer(path.join(folder, name))
  const request: ImportRequest = { files: [offer('image-1.png')], masks: [offer('image-1_mask.png')] }
  const { outcomes } = await window.ask('import.start', request)
  expect(outcomes.map(({ state }) => state)).toEqual(['failed'])
  expect([files(), session.store.images.get(1)]).toEqual([before, image])
  expect(existsSync(session.store.images.pathOf(image))).toBe(true)
})

test('an image of the trash that is imported again is put back, with its mask, and it is said so', async () => {
  const { window, session, folder } = await openSession()
  await window.ask('image.update', { id: 1, isTrashed: true })
  mkdirSync(path.join(folder, 'masks'))
  writeGreyPng(path.join(folder, 'masks', 'image-1_mask.png'), 96, 64)
  const offer = (name: string) => session.files.offer(path.join(folder, name))
  const masks = [offer('masks/image-1_mask.png')]
  const again = { files: [offer('image-1.png')], masks, maskKind: 'binary' } as const
  const { outcomes } = await window.ask('import.start', { ...again, files: [...again.files] })
  const outcome = { file: 'image-1.png', state: 'known', imageId: 1, hasMask: true, isPutBack: true }
  expect(outcomes).toEqual([{ ...outcome, objects: outcomes[0]?.objects }])
  expect((await window.ask('project.view', {})).images.map(({ isTrashed }) => isTrashed)).toEqual([false])
  expect(labelsOf(session, { imageId: 1, layer: 'objects', z: 0, t: 0 }).some((label) => label > 0)).toBe(true)
})

test('masks come with images and are matched by name', async () => {
  const { window, session, folder } = await openSession({ images: 0 })
  writeGreyPng(path.join(folder, 'cells.png'), 30, 20)
  mkdirSync(path.join(folder, 'masks'))
  writeGreyPng(path.join(folder, 'masks', 'cells_mask.png'), 30, 20)
  const [file, mask] = ['cells.png', 'masks/cells_mask.png'].map((name) => session.files.offer(path.join(folder, name)))
  const request: ImportRequest = { files: [file!], masks: [mask!], maskKind: 'binary', foreground: 9, isComplete: true }
  const { outcomes } = await window.ask('import.start', request)
  expect(outcomes).toMatchObject([{ state: 'imported' }])
  expect(outcomes[0]!.objects).toBeGreaterThan(0)
  const labels = labelsOf(session, { imageId: 1, layer: 'objects', z: 0, t: 0 })
  const painted = [...labels.keys()].filter((at) => labels[at]! >= 16)
  expect(painted.every((at) => (((at % 30) * 3 + Math.floor(at / 30)) & 255) === 9)).toBe(true)
})

test('an import says which image got a mask, and which masks belong to none; its files come in the order of their names', async () => {
  const { window, session, folder } = await openSession({ images: 0 })
  for (const name of ['cell 10', 'cell 2', 'cell 1_mask', 'cell 10_mask', 'other_mask']) {
    writeGreyPng(path.join(folder, `${name}.png`), 30, 20, name.length)
  }
  // Uploads lie in folders of their own, in whatever order they come.
  const offer = (name: string) => session.files.offer(path.join(folder, `${name}.png`), { isTemporary: true })
  mkdirSync(path.join(folder, 'z'))
  writeGreyPng(path.join(folder, 'z', 'cell 1.png'), 30, 20, 77)
  const files = ['cell 10', 'unknown', 'cell 2', 'z/cell 1'].map(offer)
  const masks = ['cell 1_mask', 'cell 10_mask', 'other_mask'].map(offer)
  const { outcomes, ...rest } = await window.ask('import.start', { files, masks, maskKind: 'binary' })
  expect(outcomes.map(({ file, state, hasMask }) => [file, state, hasMask])).toEqual([
    ['cell 1.png', 'imported', true],
    ['cell 2.png', 'imported', false],
    ['cell 10.png', 'imported', true],
    ['unknown.png', 'failed', undefined],
  ])
  expect(rest).toEqual({ unmatchedMasks: ['other_mask.png'] })
})

test('an import that is stopped says what is in, and what is left to be imported, with its masks', async () => {
  const { window, session, folder } = await openSession({ images: 0 })
  mkdirSync(path.join(folder, 'plates'))
  const names = ['a', 'a_mask', 'b', 'b_mask', 'plates/c', 'plates/d']
  for (const [index, name] of names.entries()) writeGreyPng(path.join(folder, `${name}.png`), 30, 20, index)
  const offer = (name: string) => session.files.offer(path.join(folder, name))
  const [a, b, plates, maskOfA, maskOfB] = ['a.png', 'b.png', 'plates', 'a_mask.png', 'b_mask.png'].map(offer)
  const { images } = session.store
  const add = images.add.bind(images)
  images.add = (image) => {
    window.abortLast()
    return add(image)
  }
  const request: ImportRequest = { files: [a!, plates!, b!], masks: [maskOfA!, maskOfB!], maskKind: 'binary' }
  const { outcomes, ...rest } = await window.ask('import.start', request)
  expect(outcomes.map(({ file, state }) => [file, state])).toEqual([
    ['a.png', 'imported'],
    ['b.png', 'left'],
    ['c.png', 'left'],
    ['d.png', 'left'],
  ])
  expect(rest).toEqual({ unmatchedMasks: [], left: { files: [plates, b], masks: [maskOfB] } })
  expect((await window.ask('project.view', {})).images.map(({ name }) => name)).toEqual(['a'])

  images.add = add
  const { left } = rest
  const { outcomes: others } = await window.ask('import.start', { ...request, ...left })
  expect(others.map(({ file, state, hasMask }) => [file, state, hasMask])).toEqual([
    ['b.png', 'imported', true],
    ['c.png', 'imported', false],
    ['d.png', 'imported', false],
  ])
})

test('files that were uploaded keep their order, by which the pages of one stack of masks belong to them', () => {
  const desk = new FileDesk()
  const folders = Array.from({ length: 12 }, () => desk.makeFolder())
  desk.close()
  expect([...folders].sort(compareNaturally)).toEqual(folders)
})

test('an image that is called by a number gets no mask for the place at which it was uploaded', async () => {
  const { window, session } = await openSession({ images: 0 })
  const upload = (name: string, seed: number) => {
    const file = path.join(session.files.makeFolder(), `${name}.png`)
    writeGreyPng(file, 30, 20, seed)
    return session.files.offer(file, { isTemporary: true })
  }
  const files = ['3', '7'].map(upload)
  const masks = ['other_mask', 'another_mask', '7_mask'].map(upload) // the second one lies fourth
  const { outcomes, unmatchedMasks } = await window.ask('import.start', { files, masks, maskKind: 'binary' })
  expect(outcomes.map(({ file, hasMask }) => [file, hasMask])).toEqual([
    ['3.png', false],
    ['7.png', true],
  ])
  expect(unmatchedMasks).toEqual(['other_mask.png', 'another_mask.png'])
})

test('masks by page are those of all images: after a stop they are all left', async () => {
  const { window, session, folder } = await openSession({ images: 0 })
  for (const [index, name] of ['a', 'b'].entries()) writeGreyPng(path.join(folder, `${name}.png`), 30, 20, index)
  const writer = TiffWriter.create(path.join(folder, 'stack.tif'), { width: 30, height: 20, z: 2, sampleType: 'uint8' })
  for (const value of [1, 2]) writer.writePlane(new Uint8Array(600).fill(value))
  writer.close()
  const [a, b, stack] = ['a.png', 'b.png', 'stack.tif'].map((name) => session.files.offer(path.join(folder, name)))
  const { images } = session.store
  const add = images.add.bind(images)
  images.add = (image) => {
    window.abortLast()
    return add(image)
  }
  const { left } = await window.ask('import.start', { files: [a!, b!], masks: [stack!] })
  expect(left).toEqual({ files: [a, b], masks: [stack] })
})

test('a linked original that has moved is missing, and found again by its content only', async () => {
  const { session, window, folder, project } = await openSession({ images: 0 })
  const lying = path.join(folder, 'far.png')
  writeGreyPng(lying, 30, 20)
  const original = await session.store.images.addOriginal(lying, { link: true })
  session.store.images.add({ original, width: 30, height: 20, channels: 1, sampleType: 'uint8', z: 1, t: 1 })
  await session.close()
  renameSync(lying, path.join(folder, 'moved.png'))
  const later = await reopenSession(project)
  const view = await later.window.ask('project.view', {})
  expect(view).toMatchObject({ images: [{ isMissing: true }] })
  expect(view.findings).toHaveLength(1)
  expect(view.findings[0]).toContain('far.png')
  expect(view.findings[0]).not.toContain(folder)
  writeGreyPng(path.join(folder, 'other.png'), 30, 20, 5)
  const offer = (name: string, isTemporary: boolean) =>
    later.session.files.offer(path.join(folder, name), { isTemporary })
  expect(await later.window.failure('image.relink', { id: 1, file: offer('other.png', false) })).toMatchObject({
    code: 'image-another',
    message: 'other.png is not the file that was imported as far.png; choose that one, it may have another name now.',
  })
  expect(await later.window.failure('image.relink', { id: 1, file: 'nonsense' })).toMatchObject({
    code: 'file-missing',
  })
  expect(await later.window.ask('image.relink', { id: 1, file: offer('moved.png', false) })).toMatchObject({
    isMissing: false,
  })
  expect((await later.session.tiles.read('image/1/0/0/0/0/0'))!.bytes[5 * 256 + 7]).toBe(7 * 3 + 5)
  void window
})

test('found again by an upload, the file is copied into the project, because uploads go away', async () => {
  const { session, window, folder } = await openSession({ images: 0 })
  const lying = path.join(folder, 'far.png')
  writeGreyPng(lying, 30, 20)
  const original = await session.store.images.addOriginal(lying, { link: true })
  session.store.images.add({ original, width: 30, height: 20, channels: 1, sampleType: 'uint8', z: 1, t: 1 })
  const { id: other, file: wrong } = uploads({ session })('other.png', { seed: 5 })
  expect(await window.failure('image.relink', { id: 1, file: other })).toMatchObject({ code: 'image-another' })
  expect(existsSync(wrong)).toBe(false)
  const upload = path.join(session.files.makeFolder(), 'far.png')
  copyFileSync(lying, upload)
  rmSync(lying)
  expect((await window.ask('project.view', {})).images).toMatchObject([{ isMissing: true }])
  const file = session.files.offer(upload, { isTemporary: true })
  expect(await window.ask('image.relink', { id: 1, file })).toMatchObject({ isMissing: false })
  expect(existsSync(upload)).toBe(false)
  session.projectChanged()
  expect((await window.ask('project.view', {})).images).toMatchObject([{ isMissing: false }])
})

test('an export of several files is one archive that another reader opens, with the labels as painted', async () => {
  const { session, window, plane, folder } = await openSession({ images: 2 })
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  await window.ask('plane.stroke', { plane: { ...plane, imageId: 2 }, stroke: brush('new', [[60, 30]]) })
  const { download, files, failed } = await window.ask('export.start', { format: 'labels-tiff', source: 'annotation' })
  expect(failed).toEqual([])
  expect(files).toEqual(['image-1_labels.tif', 'image-1_labels.json', 'image-2_labels.tif', 'image-2_labels.json'])
  const found = session.files.download(download.replace('download/', ''))!
  expect(found.name).toBe('test-annotation.zip')
  expect((await listZip(found.path)).map(({ name }) => name)).toEqual(files)
  expect(readdirSync(path.dirname(found.path))).toEqual([found.name])
  await unzip({ path: found.path, folder: path.join(folder, 'out'), wants: () => true })
  // Each checksum in the directory is that of the file: readers refuse others.
  const archive = readFileSync(found.path)
  for (const name of files) {
    const entry = archive.lastIndexOf(name) - 46
    expect(archive.readUInt32LE(entry)).toBe(0x02014b50)
    expect(archive.readUInt32LE(entry + 16)).toBe(crc32(readFileSync(path.join(folder, 'out', name))))
  }
  const tiff = decodeTiff(readFileSync(path.join(folder, 'out', 'image-2_labels.tif')))[0]!
  const labels = labelsOf(session, { ...plane, imageId: 2 })
  expect(Array.from(tiff.data as Uint16Array)).toEqual(Array.from(labels))
  const one = await window.ask('export.start', { format: 'labels-png', source: 'annotation', imageIds: [1] })
  expect(one.files).toEqual(['image-1_labels.png', 'image-1_labels.json'])
  expect(existsSync(found.path)).toBe(true)
  await session.close()
  expect(existsSync(found.path)).toBe(false)
})

test('of many exports the last eight can be fetched; the others take no room', async () => {
  const { session, window, plane } = await openSession()
  await window.ask('plane.stroke', { plane, stroke: brush('new', [[30, 20]]) })
  const made: { id: string; path: string }[] = []
  for (let count = 0; count < 10; count++) {
    const { download } = await window.ask('export.start', { format: 'labels-png', source: 'annotation' })
    const id = download.replace('download/', '')
    made.push({ id, path: session.files.download(id)!.path })
  }
  const expected = made.map((_, at) => at >= 2)
  expect(made.map(({ id }) => session.files.download(id) !== undefined)).toEqual(expected)
  expect(made.map((of) => existsSync(path.dirname(of.path)))).toEqual(expected)
})

test('nothing painted is nothing to export, in one sentence, and leaves nothing', async () => {
  const { window, session } = await openSession()
  expect(await window.failure('export.start', { format: 'labels-tiff', source: 'annotation' })).toEqual({
    code: 'nothing-to-export',
    message: 'Nothing is painted yet; paint something or import masks first.',
  })
  const next = session.files.makeFolder()
  expect(readdirSync(path.dirname(next))).toEqual([path.basename(next)])
})
