import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { listDevices, openKernels } from '../../../src-main/engine/devices.ts'
import { openDevice } from '../../../src-main/engine/open-device.ts'
import { probeDevice } from '../../../src-main/engine/probe-child.ts'
import type { DeviceName, DeviceReport } from '../../../src-shared/engine-api.ts'

vi.mock('../../../src-main/engine/probe-child.ts', { spy: true })
vi.mock('../../../src-main/engine/open-device.ts', { spy: true })

const found: Record<DeviceName, DeviceReport> = {
  tensorflow: { device: 'tensorflow', isUsable: true, label: 'TensorFlow on 4 threads', isGpu: false },
  webgpu: { device: 'webgpu', isUsable: true, label: 'WebGPU on a card', isGpu: true },
  cpu: { device: 'cpu', isUsable: true, label: 'Plain JavaScript', isGpu: false, reason: 'The last resort.' },
}

const folder = mkdtempSync(join(tmpdir(), 'engine-speeds-'))
beforeAll(() => {
  vi.stubEnv('CELLBRUSH_CACHE', folder)
  vi.stubEnv('CELLBRUSH_TF_ADDON', folder) // present, and looked at by nobody
  const speeds = { [found.tensorflow.label]: 0.4, [found.webgpu.label]: 0.1 }
  writeFileSync(join(folder, 'device-speeds.json'), JSON.stringify(speeds))
  vi.mocked(probeDevice).mockImplementation(async (device) => found[device])
  vi.mocked(openDevice).mockImplementation(async (device) => ({ kernels: { device } as never, isGpu: false }))
})
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true })
})

test('a list made without measuring puts first what "auto" takes by the speeds of an earlier measurement', async () => {
  expect(await listDevices({ measure: false })).toEqual([
    { ...found.webgpu, secondsPerStep: 0.1 },
    { ...found.tensorflow, secondsPerStep: 0.4, reason: 'Measured slower than WebGPU on a card.' },
    found.cpu,
  ])
  expect(await openKernels('auto', { threads: 0, precision: 'float32' })).toEqual({ device: 'webgpu' })
  expect(vi.mocked(probeDevice).mock.calls.filter(([, { measure }]) => measure)).toEqual([])
})
