import { rmSync } from 'node:fs'
import { afterEach, describe, expect, test } from 'vitest'
import { hasNative, onNative } from '../../drivers/native.ts'
import { tinyClassifier } from '../../drivers/network.ts'
import { discs, runFolder } from '../../drivers/run-folder.ts'
import { trainInChild } from '../../drivers/training.ts'

/** 2,000 for the real check (CELLBRUSH_SOAK_STEPS); the default is short enough for each run of the tests. */
const STEPS = Number(process.env.CELLBRUSH_SOAK_STEPS ?? 300)
/** From here on memory must not grow: 200 of 2,000 steps; a short run needs a larger share to have seen everything. */
const SETTLED = STEPS >= 1000 ? STEPS / 10 : Math.floor(STEPS / 3)
/** Validations and checkpoints come twice before memory counts. */
const EVERY = Math.floor(SETTLED / 2) - 1

let folder: string | undefined
afterEach(() => {
  if (folder) rmSync(folder, { recursive: true })
})

const networks = {
  'a U-Net': { depth: 2, baseWidth: 4, dropout: 0.2 },
  'a pixel classifier': tinyClassifier({ dropout: 0.2 }),
}

describe.skipIf(!hasNative)(onNative(`${STEPS} steps`), () => {
  const title = 'of %s leave the number of tensors constant and resident memory within 10 % of its value early on'
  test.each(Object.entries(networks))(
    title,
    async (name, network) => {
      const batch = name === 'a U-Net' ? 2 : 16
      folder = runFolder([discs(160, 160, 1), discs(128, 128, 2)], {
        network,
        optimization: { steps: STEPS, batch, weightAverage: 0.9, validateEvery: EVERY, checkpointEvery: EVERY },
        item: (index) => (index === 1 ? { role: 'validation' } : {}),
      })
      const memory: { step: number; megabytes: number; tensors: number }[] = []
      const end = await trainInChild(folder, {
        resume: false,
        onLine: (line) => {
          if (line.type !== 'memory') return
          memory.push({ step: line.step, megabytes: Math.round(line.bytes / 2 ** 20), tensors: line.tensors })
        },
      })
      expect(end).toEqual({ code: 0, signal: null })
      expect(memory).toHaveLength(STEPS)
      expect(new Set(memory.map(({ tensors }) => tensors))).toEqual(new Set([0]))
      const settled = memory.find(({ step }) => step === SETTLED)!.megabytes
      // The heap of JavaScript breathes: the middle of the last steps is what has been kept.
      const last = memory.slice(-SETTLED).map(({ megabytes }) => megabytes)
      const kept = last.sort((a, b) => a - b)[last.length >> 1]!
      console.info(`resident memory: ${settled} MiB after step ${SETTLED}, ${kept} MiB in the last ${SETTLED} steps`)
      expect(kept / settled).toBeLessThan(1.1)
    },
    1_200_000,
  )
})
