import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { expect, test } from 'vitest'
import { root } from './driver.ts'

/**
 * The borders of docs/architecture.md. biome.json has them too, by the text of an import; here each import is resolved
 * to the file it means. A room is a folder; `allows` holds the folders and files it may import, `packages` the guarded
 * packages it may.
 */
interface Room {
  allows: string[]
  packages?: RegExp
}
/** What starts and watches the engine, on the host's side. */
const engineClient = ['src-main/engine-client.ts', 'src-main/engine-child.ts', 'src-main/engine-errors.ts']
const tensorFlow = /^(@tensorflow\/|webgpu$)/
const rooms: Record<string, Room> = {
  'src-shared': { allows: ['src-shared'] },
  'src-main/files': { allows: ['src-main/files', 'src-shared'] },
  'src-main/imaging': { allows: ['src-main/imaging', 'src-main/files', 'src-shared'] },
  'src-main/store': {
    allows: ['src-main/store', 'src-main/files', 'src-shared', 'src-main/imaging/pixel-file.ts'],
    packages: /^better-sqlite3$/,
  },
  'src-main/engine': {
    allows: [
      'src-main/engine',
      'src-main/engine-errors.ts',
      'src-main/native-location.ts',
      'src-main/files',
      'src-main/imaging/pixel-file.ts',
      'src-shared',
    ],
    packages: tensorFlow,
  },
  'src-main/core': {
    allows: [
      'src-main/core',
      'src-main/store',
      'src-main/files',
      'src-main/imaging',
      'src-main/engine-client.ts',
      'src-main/native-location.ts',
      'src-shared',
    ],
  },
  'src-main/shells': {
    allows: [
      'src-main/shells',
      'src-main/core',
      'src-main/store',
      'src-main/imaging',
      'src-main/engine-client.ts',
      'src-main/native-location.ts',
      'src-shared',
    ],
    packages: /^(commander|electron|ws)$/,
  },
  'src-main': { allows: [...engineClient, 'src-main/native-location.ts', 'src-shared'] },
  'src-renderer': { allows: ['src-renderer', 'src-shared'] },
}
const guarded = /^(@tensorflow\/.*|webgpu|better-sqlite3|commander|electron|ws)$/

/** What src-shared may import besides itself: it also runs in the window. */
const sharedPackages = /^valibot$/

const importPattern = /(?:\bfrom|\bimport)\s*\(?\s*['"]([\w@.:/-]+)['"]/g

const isWithin = (path: string, place: string) => path === place || path.startsWith(`${place}/`)
const roomOf = (path: string) =>
  Object.keys(rooms)
    .filter((room) => isWithin(path, room))
    .sort((a, b) => b.length - a.length)[0]

/** What a file imports against the rules. `path` is relative to the repository, with slashes. */
function violations(path: string, source: string): string[] {
  const name = roomOf(path)
  if (!name) return [`${path} is in no room`]
  const room = rooms[name]!
  return [...source.matchAll(importPattern)].flatMap(([, target = '']) => {
    const isAllowed = target.startsWith('.')
      ? room.allows.some((place) => isWithin(join(dirname(path), target).split(sep).join('/'), place))
      : name === 'src-shared'
        ? sharedPackages.test(target)
        : !guarded.test(target) || room.packages?.test(target) === true
    return isAllowed ? [] : [`${path} imports ${target}`]
  })
}

const sources = ['src-shared', 'src-main', 'src-renderer'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/')),
)

test('every import stays within the borders of its room', () => {
  expect(sources.length).toBeGreaterThan(20)
  expect(sources.flatMap((path) => violations(path, readFileSync(join(root, path), 'utf8')))).toEqual([])
})

test.each([
  ['src-shared/a.ts', `import { b } from '../src-main/core/b.ts'`],
  ['src-shared/a.ts', `import { readFileSync } from 'node:fs'`],
  ['src-main/core/a.ts', `import Database from 'better-sqlite3'`],
  ['src-main/core/a.ts', `const tf = await import('@tensorflow/tfjs-core')`],
  ['src-main/core/a.ts', `import type { Tensor } from '../engine/b.ts'`],
  ['src-main/engine/a.ts', `export { b } from '../store/b.ts'`],
  ['src-main/files/a.ts', `import { b } from '../imaging/b.ts'`],
  ['src-main/engine/a.ts', `import '../imaging/tiff-writer.ts'`],
  ['src-main/engine-client.ts', `import { b } from './core/b.ts'`],
  ['src-main/store/a.ts', `import { Command } from 'commander'`],
  ['src-main/shells/cli/a.ts', `import { b } from '../../engine/b.ts'`],
  ['src-elsewhere/a.ts', ''],
])('in %s, %s is a violation', (path, source) => expect(violations(path, source)).toHaveLength(1))

test.each([
  ['src-shared/scores/a.ts', `import * as v from 'valibot'\nimport { b } from '../b.ts'`],
  [
    'src-main/engine/a.ts',
    `import * as tf from '@tensorflow/tfjs'\nimport { PixelFile } from '../imaging/pixel-file.ts'`,
  ],
  ['src-main/store/a.ts', `import Database from 'better-sqlite3'`],
  ['src-main/shells/cli/a.ts', `import { Command } from 'commander'\nimport { b } from '../../core/b.ts'`],
])('in %s, %s is allowed', (path, source) => expect(violations(path, source)).toEqual([]))
