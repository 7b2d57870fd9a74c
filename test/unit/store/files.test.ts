import { existsSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { writeFileDurably } from '../../../src-main/store/index.ts'
import { addImage, brush, fileIn, paintedProject, temporaryFolder } from './project-folder.ts'

const SHAPE = { width: 9, height: 9, channels: 1, sampleType: 'uint8', z: 1, t: 1 } as const

/** sha256 of "cell", by sha256sum. */
const SHA_OF_CELL = '39d02b42938b2b75d027ebeb25c9d1fd0b71b6e0453e217a2e85cedc7e4637b4'

test('an original is copied under its hash, and the same content once', async () => {
  const { store, folder } = await paintedProject()
  const sources = temporaryFolder()
  const first = await store.images.addOriginal(fileIn(sources, 'Größe 1.TIF', 'cell'))
  const second = await store.images.addOriginal(fileIn(sources, 'copy.tif', 'cell'))
  expect(first).toMatchObject({ sha256: SHA_OF_CELL, bytes: 4, fileName: 'Größe 1.TIF', extension: '.tif' })
  expect(second.path).toBe(first.path)
  expect(first.path).toBe(join(folder, 'images', `${SHA_OF_CELL}.tif`))
  expect(readdirSync(join(folder, 'images')).filter((name) => name.startsWith(SHA_OF_CELL))).toHaveLength(1)
  const added = store.images.add({ original: first, ...SHAPE })
  expect(added).toMatchObject({ isNew: true, image: { name: 'Größe 1', role: 'train' } })
  store.images.setRole(added.image.id, 'test')
  const again = store.images.add({ original: second, ...SHAPE, role: 'train' })
  expect(again).toMatchObject({ isNew: false, image: { id: added.image.id, role: 'test' } })
})

test('a file that is not there or not a file is refused by name', async () => {
  const { store, folder } = await paintedProject()
  await expect(store.images.addOriginal(join(folder, 'no.tif'))).rejects.toMatchObject({ code: 'file-missing' })
  await expect(store.images.addOriginal(folder)).rejects.toMatchObject({ code: 'image-unreadable' })
})

test('a linked original that has moved is reported, and linked again only to the same content', async () => {
  const { store, folder } = await paintedProject()
  const sources = temporaryFolder()
  const path = fileIn(sources, 'far.tif', 'far away')
  const { image } = store.images.add({ original: await store.images.addOriginal(path, { link: true }), ...SHAPE })
  expect(existsSync(join(folder, 'images', `${image.sha256}.tif`))).toBe(false)
  expect(store.images.pathOf(image)).toBe(path)
  renameSync(path, join(sources, 'moved.tif'))
  expect(() => store.images.pathOf(image)).toThrow('There is no file')
  expect((await store.check()).findings).toMatchObject([{ kind: 'link-missing', path }])
  const other = fileIn(sources, 'other.tif', 'something else')
  await expect(store.images.relink(image.id, other)).rejects.toMatchObject({ code: 'image-another' })
  await store.images.relink(image.id, join(sources, 'moved.tif'))
  expect(store.images.pathOf(store.images.get(image.id))).toBe(join(sources, 'moved.tif'))
  expect((await store.check({ deep: true })).findings).toEqual([])
})

test('the check names files that are missing or have changed', async () => {
  const { store, image } = await paintedProject()
  const other = await addImage(store)
  const third = await addImage(store)
  rmSync(store.images.pathOf(image))
  writeFileSync(store.images.pathOf(other), 'shorter')
  const path = store.images.pathOf(third)
  writeFileSync(path, 'x'.repeat(statSync(path).size)) // only its hash tells
  store.runs.add({ id: 'run-1', name: 'a', preset: 'fast', createdAt: '2026-01-01' })
  const quick = (await store.check()).findings.map(({ kind }) => kind)
  expect(quick.sort()).toEqual(['original-damaged', 'original-missing', 'run-missing'])
  const deep = (await store.check({ deep: true })).findings.filter(({ kind }) => kind === 'original-damaged')
  expect(deep.map(({ message }) => message)).toEqual([
    expect.stringContaining(other.fileName),
    expect.stringContaining(third.fileName),
  ])
})

test('the deep check finds a tile with another content, a wrong summary and an object without pixels', async () => {
  const painted = await paintedProject()
  painted.store.labels.apply(painted.plane, brush('new', [[250, 100]], 30))
  painted.store.close()
  const database = new Database(join(painted.folder, 'project.db'))
  database.exec(`UPDATE tile SET bytes = x'10000000' WHERE id = 1;
    UPDATE tile_value SET area_px = area_px + 1 WHERE tile_id = 2;
    INSERT INTO object SELECT layer_id, 900, class_id, origin, state FROM object`)
  database.close()
  const store = await painted.reopen()
  expect((await store.check()).findings).toEqual([])
  expect((await store.check({ deep: true })).findings.map(({ message }) => message)).toEqual([
    'Label tile 1 does not have the content it was stored with.',
    'Label tile 2 has a wrong summary.',
    'Object 900 of layer 1 has a row but no pixels.',
  ])
})

test('opening deletes our own temporaries and nothing else', async () => {
  const painted = await paintedProject()
  fileIn(join(painted.folder, 'images'), '.tmp-cellbrush-1')
  fileIn(painted.folder, '.tmp-cellbrush-2')
  fileIn(join(painted.folder, 'images'), '.tmp-other')
  fileIn(painted.folder, 'notes.txt')
  await painted.reopen()
  expect(existsSync(join(painted.folder, 'images', '.tmp-cellbrush-1'))).toBe(false)
  expect(existsSync(join(painted.folder, '.tmp-cellbrush-2'))).toBe(false)
  expect(existsSync(join(painted.folder, 'images', '.tmp-other'))).toBe(true)
  expect(existsSync(join(painted.folder, 'notes.txt'))).toBe(true)
})

test('a durable file is replaced whole and leaves no temporary, also when it cannot be written', () => {
  const folder = temporaryFolder()
  writeFileDurably(join(folder, 'a.json'), 'first')
  writeFileDurably(join(folder, 'a.json'), Buffer.from('second'))
  expect(() => writeFileDurably(join(folder, 'none', 'b'), 'x')).toThrow()
  expect(readdirSync(folder)).toEqual(['a.json'])
})

test('a pixel size is set for several images at once or for none; the distance of planes is kept where there are planes', async () => {
  const painted = await paintedProject({ z: 3 })
  const other = await addImage(painted.store)
  const ids = [painted.image.id, other.id]
  const sizes = () => ids.map((id) => painted.store.images.get(id).pixelSizeUm)
  painted.store.images.setPixelSize(ids, { x: 0.325, y: 0.65, z: 2 })
  await painted.reopen()
  expect(sizes()).toEqual([
    { x: 0.325, y: 0.65, z: 2 },
    { x: 0.325, y: 0.65 },
  ])
  expect(() => painted.store.images.setPixelSize([...ids, 99], { x: 1, y: 1 })).toThrow(/99/)
  expect(sizes()[1]).toEqual({ x: 0.325, y: 0.65 })
  painted.store.images.setPixelSize([other.id], null)
  expect(sizes()).toEqual([{ x: 0.325, y: 0.65, z: 2 }, undefined])
})

test('images are found by name, file name and pattern', async () => {
  const { store, image } = await paintedProject()
  await addImage(store)
  expect(store.images.find(image.name)).toEqual([image])
  expect(store.images.find(image.fileName)).toEqual([image])
  expect(store.images.find('image*')).toHaveLength(2)
  expect(() => store.images.find('other*')).toThrow('No image in the project matches "other*"')
  store.images.trash(image.id)
  expect(store.images.find('image*')).toHaveLength(1)
  expect(store.images.list({ trashed: true })).toMatchObject([{ id: image.id }])
  store.images.restore(image.id)
  expect(store.images.count()).toBe(2)
})
