/**
 * `npm run bench -- [SECTION ...] [--peers] [--rounds N] [--threads N] [--json]`: times, and their ratios to peers that
 * do the same work on the same cores in the same run. Nothing is asserted about time (docs/benchmarks.md).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { peerPython } from '../../src-main/core/study/peer-environment.ts'
import { Peer } from '../../src-main/core/study/peer-process.ts'
import { brush } from './brush.ts'
import { network } from './network.ts'
import { overlap } from './overlap.ts'
import { asJson, asText } from './report.ts'
import type { Bench, Section } from './section.ts'
import { weights } from './weights.ts'

const SECTIONS: readonly Section[] = [network, overlap, weights, brush]

const HELP = `npm run bench -- [SECTION ...] [--peers] [--rounds N] [--threads N] [--json]

Sections (all by default):
${SECTIONS.map(({ name, title }) => `  ${name.padEnd(10)}${title}`).join('\n')}

  --peers      make the Python environment of the peers (PyTorch, SciPy) in the cache folder if it is not there
  --rounds N   measure each side N times; the median counts
  --threads N  threads of each side; all cores by default
  --json       one JSON object a line
CELLBRUSH_PEERS=/path/to/python uses an environment of your own.`

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      peers: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      threads: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return console.log(HELP)
  const sections = chosen(positionals)
  const say = (text: string) => console.error(text)
  const python = await peerPython(values.peers, say)
  const peer = python === null ? null : new Peer(python)
  const folder = mkdtempSync(join(tmpdir(), 'cellbrush-bench-'))
  try {
    const peerVersions = peer ? await versionsOf(peer) : {}
    const bench: Omit<Bench, 'report'> = {
      peer,
      peerVersions,
      folder,
      threads: wholeNumber('--threads', values.threads) ?? availableParallelism(),
      rounds: wholeNumber('--rounds', values.rounds),
      say,
      complain(text) {
        console.error(`WRONG RESULT: ${text}`)
        process.exitCode = 1
      },
    }
    print(values.json, heading(bench))
    for (const section of sections) {
      if (!values.json) console.log(`\n${section.name}: ${section.title}`)
      const report: Bench['report'] = (found) => console.log(values.json ? asJson(section.name, found) : asText(found))
      await section.run({ ...bench, report })
    }
  } finally {
    peer?.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function versionsOf(peer: Peer): Promise<Record<string, string>> {
  const { ok: _, ...versions } = await peer.ask({ ask: 'versions' })
  return versions as Record<string, string>
}

function chosen(names: string[]): readonly Section[] {
  for (const name of names) {
    if (!SECTIONS.some((section) => section.name === name))
      throw new Error(`There is no section "${name}"; there are ${SECTIONS.map((section) => section.name).join(', ')}.`)
  }
  return names.length === 0 ? SECTIONS : SECTIONS.filter(({ name }) => names.includes(name))
}

function wholeNumber(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`${option} cannot be "${text}"; expected a whole number from 1.`)
  return Number(text)
}

/** Everything a figure depends on. */
function heading({ peerVersions, threads }: Omit<Bench, 'report'>): Record<string, string> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return {
    cellbrush: version,
    node: process.version,
    ...peerVersions,
    machine: `${cpus()[0]?.model ?? process.arch}, ${availableParallelism()} cores, ${process.platform} ${process.arch}`,
    threads: String(threads),
  }
}

function print(isJson: boolean, versions: Record<string, string>): void {
  if (isJson) console.log(JSON.stringify({ versions }))
  else for (const [name, value] of Object.entries(versions)) console.log(`${name.padEnd(11)}${value}`)
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
