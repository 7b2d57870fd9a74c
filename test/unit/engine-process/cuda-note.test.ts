import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDevice } from '../../../src-main/engine/open-device.ts'
import { nativeStatus } from '../../../src-main/native-location.ts'
import { hasNative, nativeBinding, onNative } from '../../drivers/native.ts'

const { addon } = nativeStatus()
const cache = mkdtempSync(join(tmpdir(), 'engine-cuda-'))
beforeAll(() => {
  vi.stubEnv('CELLBRUSH_CACHE', cache)
  vi.stubEnv('CELLBRUSH_TF_ADDON', '')
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(cache, { recursive: true })
})

const hasCard = hasNative && nativeBinding().isUsingGpuDevice()

describe.skipIf(!hasNative || hasCard)(
  onNative(`TensorFlow that finds no card${hasCard ? ' (skipped: it has one)' : ''}`),
  () => {
    async function noteOf(status: { kind: 'cpu' | 'cuda'; reason?: string }) {
      writeFileSync(join(cache, 'native-status.json'), JSON.stringify({ isReady: true, addon, ...status }))
      const { isGpu, note } = await openDevice('tensorflow', { threads: 0, precision: 'float32' })
      return { isGpu, note }
    }

    test('says so where it was set up with CUDA', async () => {
      expect(await noteOf({ kind: 'cuda' })).toEqual({
        isGpu: false,
        note: "TensorFlow with CUDA is set up but found no card it can use; update NVIDIA's driver (nvidia-smi shows its version).",
      })
    })

    test('has nothing to say where it was set up for the processor', async () => {
      expect(await noteOf({ kind: 'cpu' })).toEqual({ isGpu: false, note: undefined })
    })
  },
)
