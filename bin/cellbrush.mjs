#!/usr/bin/env node
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/**
 * Starts the command line: its TypeScript in a checkout, the built JavaScript in a release. A checkout that is not
 * set up yet is set up first, with all messages on stderr. Under a Node older than 24 the packaged one takes over.
 */

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const isCheckout = existsSync(join(root, 'src-main'))
const program = isCheckout
  ? join(root, 'src-main', 'shells', 'cli', 'main.ts')
  : join(root, 'dist', 'src-main', 'shells', 'cli', 'main.js')

// npm starts scripts in the package's folder; paths are meant from where the user typed the command.
if (process.env.npm_lifecycle_event === 'cellbrush' && process.env.INIT_CWD) {
  process.chdir(process.env.INIT_CWD)
  delete process.env.INIT_CWD // a cellbrush started by this one stays where it is started
}

try {
  const node = isCheckout ? await setUpIfNeeded() : await findNode24()
  if (node === process.execPath) {
    process.argv[1] = program
    await import(pathToFileURL(program).href)
  } else {
    const { become } = await import('../scripts/command.mjs')
    process.exitCode = await become(node, [program, ...process.argv.slice(2)])
  }
} catch (error) {
  if (error?.name !== 'SetupProblem') throw error
  console.error(error.message)
  process.exitCode = 4 // cannot run here
}

async function setUpIfNeeded() {
  const { setUp } = await import('../scripts/setup.mjs')
  return setUp({ root, retriesNative: false })
}

async function findNode24() {
  const { findNode } = await import('../scripts/packages.mjs')
  return findNode(root) ?? process.execPath
}
