import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { peerPython } from '../../../src-main/core/study/peer-environment.ts'
import { Peer } from '../../../src-main/core/study/peer-process.ts'
import { median, takeTurns } from '../../bench/measure.ts'
import { asText, type Measurement, ratioOf } from '../../bench/report.ts'

const measurement = (change: Partial<Measurement>): Measurement => ({
  what: 'a step',
  ours: [3, 1, 2],
  peer: [4, 4, 5],
  peerName: 'PyTorch 2',
  budget: { of: 'time', mustBe: 1.15, goal: 0.9 },
  ...change,
})

describe('figures', () => {
  test('the median does not depend on the order and is between the two middle values of an even number', () => {
    expect([median([3, 1, 2]), median([4, 1, 3, 2]), median([7])]).toEqual([2, 2.5, 7])
  })

  test('a ratio of time is ours to the peer, a ratio of speed the peer to ours', () => {
    expect(ratioOf(measurement({}))).toBe(0.5)
    expect(ratioOf(measurement({ budget: { of: 'speed' } }))).toBe(2)
  })

  test('without a peer there is no ratio, and the report says how to get one', () => {
    const alone = measurement({ peer: undefined })
    expect(ratioOf(alone)).toBeUndefined()
    expect(asText(alone)).toContain('PyTorch 2: no peer environment: run with --peers')
  })

  test('the report names what is asked for', () => {
    expect(asText(measurement({}))).toContain('0.500 x the time of PyTorch 2 (must be <= 1.15, goal <= 0.9)')
    const alone = measurement({ peer: undefined, ours: [0.004], budget: { of: 'seconds', goal: 0.008 } })
    expect(asText(alone)).toContain('4.00 ms (goal <= 8.00 ms)')
  })

  test('ours and the peer take turns', async () => {
    const order: string[] = []
    const side = (name: string) => async () => order.push(name)
    const times = await takeTurns({ rounds: 2, ours: side('ours'), peer: side('peer') })
    expect(order).toEqual(['ours', 'peer', 'ours', 'peer'])
    expect(times).toEqual({ ours: [1, 3], peer: [2, 4] })
  })
})

describe('the peer', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cellbrush-peer-'))
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })

  /** A program in place of Python that runs the given lines of Node. */
  const program = (lines: string) => {
    const path = join(folder, 'python')
    writeFileSync(path, `#!${process.execPath}\n${lines}\n`)
    chmodSync(path, 0o755)
    return path
  }
  const answering = (answer: string) =>
    program(`process.stdin.on('data', () => process.stdout.write(${JSON.stringify(`${answer}\n`)}))`)

  test.skipIf(process.platform === 'win32')('answers one request after another', async () => {
    const peer = new Peer(answering('{"ok": true, "seconds": 1.5}'))
    expect([await peer.seconds({ ask: 'x' }), await peer.seconds({ ask: 'y' })]).toEqual([1.5, 1.5])
    peer.close()
  })

  test.skipIf(process.platform === 'win32')('that fails is quoted', async () => {
    const peer = new Peer(answering('{"ok": false, "error": "no torch"}'))
    await expect(peer.ask({ ask: 'x' })).rejects.toThrow('no torch')
    peer.close()
  })

  test('that cannot be started or ends is an error, not a wait', async () => {
    const missing = new Peer(join(folder, 'nothing'))
    await expect(missing.ask({ ask: 'x' })).rejects.toThrow('ended')
    missing.close()
  })

  test('is not made unless asked for, and one of the user wins', async () => {
    vi.stubEnv('CELLBRUSH_PEERS', '')
    vi.stubEnv('CELLBRUSH_CACHE', folder)
    expect(await peerPython(false, () => {})).toBeNull()
    vi.stubEnv('CELLBRUSH_PEERS', folder)
    expect(await peerPython(false, () => {})).toBe(folder)
    vi.stubEnv('CELLBRUSH_PEERS', join(folder, 'nothing'))
    await expect(peerPython(false, () => {})).rejects.toThrow('no such file')
  })
})
