import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'vite'
import { beforeAll, describe, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')

/** The built files by name, as text. */
const files = new Map<string, string>()

beforeAll(async () => {
  const configFile = join(root, 'vite.config.ts')
  const result = await build({
    configFile,
    root: join(root, 'src-renderer'),
    logLevel: 'silent',
    build: { write: false },
  })
  const { output } = [result].flat()[0] as { output: { fileName: string; code?: string; source?: unknown }[] }
  for (const file of output) files.set(file.fileName, file.code ?? String(file.source))
}, 120_000)

const named = (pattern: RegExp) => [...files].filter(([name]) => pattern.test(name))

describe('the built page', () => {
  test('has its scripts and styles in files, which a strict content security policy asks for', () => {
    const page = files.get('index.html')!
    const scripts = page.match(/<script\b[^>]*>[\s\S]*?<\/script>/g)!
    expect(scripts.length).toBeGreaterThan(0)
    for (const script of scripts) expect(script).toMatch(/^<script [^>]*src="\.\/assets\/[^"]+"[^>]*><\/script>$/)
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/)
    expect(page).toMatch(/<link rel="stylesheet"/)
  })

  test('names its own files by relative addresses, so that it works under any of them', () => {
    const page = files.get('index.html')!
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]+)"/g)) {
      expect(address).toMatch(/^\.\//)
      expect(files.has(address!.slice(2))).toBe(true)
    }
  })

  test('asks nobody else for anything and holds no data: addresses', () => {
    for (const [name, css] of named(/\.css$/)) {
      expect([name, css.match(/url\(\s*['"]?(?:data:|https?:|\/\/)/)]).toEqual([name, null])
      expect([name, css.includes('@import')]).toEqual([name, false])
    }
    for (const [name, code] of named(/\.js$/)) {
      expect([name, code.match(/\bnew Function\b|[^.\w]eval\(/)]).toEqual([name, null])
      expect([name, code.match(/import\(['"]https?:/)]).toEqual([name, null])
    }
  })

  test('brings its workers as files of their own', () => {
    const names = [...files.keys()].join(' ')
    for (const worker of ['weights-worker', 'objects-worker', 'patches-worker']) expect(names).toContain(worker)
  })
})

test('no component writes a style or a handler into its markup, where the policy would refuse it', () => {
  const folder = join(root, 'src-renderer')
  const components = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.svelte'),
  )
  expect(components.length).toBeGreaterThan(40)
  for (const name of components) {
    const markup = readFileSync(join(folder, name), 'utf8')
      .replace(/<script[\s\S]*?<\/script>/g, '')
      .replace(/<style[\s\S]*?<\/style>/g, '')
    // Lower-case tags are elements; a component's `style` is a property that is set by script.
    expect([name, markup.match(/<[a-z][\w-]*(?=\s)[^>]*?\sstyle="/)]).toEqual([name, null])
    expect([name, markup.includes('{@html')]).toEqual([name, false])
  }
})
