import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, test } from 'vitest'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { formatOf, readMigrations } from '../../../src-main/store/migrations.ts'
import { openToRead, openToWrite } from '../../../src-main/store/project-files.ts'
import { DEFAULT_LAYER } from '../../../src-shared/planes.ts'
import { brush, paintedProject, temporaryFolder } from './project-folder.ts'

test('a new project has its name, its classes in order, and its folders', async () => {
  const { store, folder } = await paintedProject()
  expect(store.project).toMatchObject({ name: 'test', notes: '' })
  expect(store.classes.list().map(({ name }) => name)).toEqual(['cell', 'nucleus'])
  expect(readdirSync(folder)).toEqual(
    expect.arrayContaining(['backups', 'images', 'predictions', 'project.db', 'runs']),
  )
})

test('a project without classes gets one', async () => {
  const store = await ProjectStore.create(join(temporaryFolder(), 'p'), { name: 'p' })
  expect(store.classes.list()).toMatchObject([{ name: 'cell' }])
  store.close()
})

test('a folder with something in it is not made into a project, an empty one is', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'empty'))
  const store = await ProjectStore.create(join(folder, 'empty'), { name: 'p' })
  store.close()
  await expect(ProjectStore.create(folder, { name: 'p' })).rejects.toMatchObject({ code: 'project-exists' })
  expect(readdirSync(folder)).toEqual(['empty'])
})

test('what is no project says so', async () => {
  const folder = temporaryFolder()
  await expect(ProjectStore.open(folder)).rejects.toMatchObject({ code: 'project-missing' })
  writeFileSync(join(folder, 'project.db'), 'not a database at all, but long enough to be looked at'.repeat(30))
  await expect(ProjectStore.open(folder)).rejects.toMatchObject({ code: 'project-damaged' })
  await expect(ProjectStore.open(folder, { readOnly: true })).rejects.toMatchObject({ code: 'project-damaged' })
})

test('a second writer is told who has the project; a reader sees everything and can change nothing', async () => {
  const { folder, store, plane, image } = await paintedProject()
  await expect(ProjectStore.open(folder)).rejects.toMatchObject({
    code: 'project-busy',
    message: expect.stringContaining(`process ${process.pid}`),
  })
  const reader = await ProjectStore.open(folder, { readOnly: true })
  store.labels.apply(plane, brush('new', [[40, 40]]))
  expect(reader.holder()).toMatchObject({ pid: process.pid, program: 'Cellbrush' })
  expect(reader.objects.list(image.id, DEFAULT_LAYER)).toHaveLength(1)
  expect(() => reader.labels.apply(plane, brush(1, [[40, 40]]))).toThrow('cannot be written')
  reader.close()
  store.close()
  const next = await ProjectStore.open(folder, { program: 'next' })
  expect(next.holder()?.program).toBe('next')
  next.close()
})

test('nobody holds a project that is closed', async () => {
  const { folder, store } = await paintedProject()
  store.close()
  const reader = await ProjectStore.open(folder, { readOnly: true })
  expect(reader.holder()).toBeNull()
  reader.close()
})

test('a snapshot stays at its moment while the project is painted on', async () => {
  const { folder, store, plane, image } = await paintedProject()
  store.labels.apply(plane, brush('new', [[40, 40]]))
  const snapshot = await ProjectStore.snapshot(folder)
  const before = snapshot.labels.areas(plane)
  store.labels.apply(plane, brush('new', [[90, 90]]))
  expect(snapshot.labels.areas(plane)).toEqual(before)
  expect(snapshot.objects.list(image.id, DEFAULT_LAYER)).toHaveLength(1)
  snapshot.close()
  expect(store.objects.list(image.id, DEFAULT_LAYER)).toHaveLength(2)
})

test('a project from a newer program is refused and left as it is', async () => {
  const { folder, store } = await paintedProject()
  store.close()
  const database = new Database(join(folder, 'project.db'))
  database.pragma('user_version = 99')
  database.close()
  const bytes = readFileSync(join(folder, 'project.db'))
  for (const readOnly of [false, true]) {
    await expect(ProjectStore.open(folder, { readOnly })).rejects.toMatchObject({ code: 'project-newer' })
  }
  expect(readFileSync(join(folder, 'project.db'))).toEqual(bytes)
})

/** The format of this program; the next one has a column more. */
const FORMAT = readMigrations().length
const NEXT = [
  ...readMigrations(),
  { version: FORMAT + 1, name: 'x', sql: `ALTER TABLE object ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'` },
]

test('a migration keeps what is there and leaves a backup in the old format', async () => {
  const { folder, store, plane } = await paintedProject()
  store.labels.apply(plane, brush('new', [[40, 40]]))
  store.close()
  const database = await openToWrite(folder, folder, NEXT)
  expect(formatOf(database)).toBe(FORMAT + 1)
  expect(database.all('SELECT id, colour FROM object')).toEqual([{ id: 16, colour: 'red' }])
  database.close()
  const [backup] = readdirSync(join(folder, 'backups'))
  const old = new Database(join(folder, 'backups', backup!), { readonly: true })
  expect(old.pragma('user_version', { simple: true })).toBe(FORMAT)
  expect(old.prepare('SELECT count(*) AS n FROM object').get()).toEqual({ n: 1 })
  old.close()
})

test('a migration that fails half way changes nothing', async () => {
  const { folder, store } = await paintedProject()
  store.close()
  const broken = [...NEXT, { version: FORMAT + 2, name: 'y', sql: 'CREATE TABLE z (a); SELECT * FROM nowhere' }]
  await expect(openToWrite(folder, folder, broken)).rejects.toThrow('nowhere')
  const database = new Database(join(folder, 'project.db'))
  expect(database.pragma('user_version', { simple: true })).toBe(FORMAT)
  expect(database.prepare(`SELECT name FROM sqlite_schema WHERE name = 'z'`).all()).toEqual([])
  expect(database.prepare(`SELECT name FROM pragma_table_info('object') WHERE name = 'colour'`).all()).toEqual([])
  database.close()
})

test('a reader migrates a private copy and not the project', async () => {
  const { folder, store } = await paintedProject()
  store.close()
  const database = await openToRead(folder, folder, NEXT)
  expect(formatOf(database)).toBe(FORMAT + 1)
  expect(() => database.write(() => 0)).toThrow('cannot be written')
  database.close()
  const original = new Database(join(folder, 'project.db'), { readonly: true })
  expect(original.pragma('user_version', { simple: true })).toBe(FORMAT)
  original.close()
})

test('ten backups stay, the newest', async () => {
  const { store, folder } = await paintedProject()
  for (let count = 0; count < 12; count++) await store.backup(`Number ${count}`)
  expect(store.backups()).toHaveLength(10)
  expect(store.backups()[0]).toMatch(/-number-11\.db$/)
  expect(readdirSync(join(folder, 'backups'))).toHaveLength(10)
})
