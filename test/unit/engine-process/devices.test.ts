import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'
import { needsMeasuring, rank } from '../../../src-main/engine/device-rank.ts'
import { probeDevice } from '../../../src-main/engine/probe-child.ts'
import { describeAdapter, isSoftwareAdapter, missingDriverReason } from '../../../src-main/engine/webgpu.ts'
import type { DeviceName, DeviceReport } from '../../../src-shared/engine-api.ts'

const report = (device: DeviceName, isGpu: boolean, secondsPerStep?: number): DeviceReport => ({
  device,
  isUsable: true,
  label: `${device}${isGpu ? ' card' : ''}`,
  isGpu,
  secondsPerStep,
})
const order = (...reports: DeviceReport[]) => rank(reports).map(({ label }) => label)

test('CUDA is taken before anything else, whatever was measured', () => {
  expect(order(report('cpu', false), report('webgpu', true, 0.01), report('tensorflow', true, 0.02))).toEqual([
    'tensorflow card',
    'webgpu card',
    'cpu',
  ])
})

test('a graphics card by WebGPU and TensorFlow on the processor are ordered by measured time', () => {
  const slowCard = [report('webgpu', true, 0.5), report('tensorflow', false, 0.2)]
  const fastCard = [report('webgpu', true, 0.1), report('tensorflow', false, 0.2)]
  expect(order(...slowCard)).toEqual(['tensorflow', 'webgpu card'])
  expect(order(...fastCard)).toEqual(['webgpu card', 'tensorflow'])
  expect(needsMeasuring(slowCard)).toBe(true)
})

test('without a measurement TensorFlow goes first', () => {
  expect(order(report('webgpu', true), report('tensorflow', false))).toEqual(['tensorflow', 'webgpu card'])
})

test('an imitated card comes after TensorFlow even when it claims to be faster', () => {
  expect(order(report('webgpu', false, 0.01), report('tensorflow', false, 0.2))[0]).toBe('tensorflow')
  expect(needsMeasuring([report('webgpu', false), report('tensorflow', false)])).toBe(false)
})

test('what is not usable comes last and keeps its reason', () => {
  const broken = { ...report('tensorflow', true), isUsable: false, reason: 'not set up' }
  expect(rank([broken, report('cpu', false)])).toEqual([report('cpu', false), broken])
})

test('a slower device says what is faster', () => {
  const [, slower] = rank([report('webgpu', true, 0.5), report('tensorflow', false, 0.2)])
  expect(slower!.reason).toBe('Measured slower than tensorflow.')
})

test('software drivers are known by name, real cards are not taken for them', () => {
  const none = { vendor: '', architecture: '', device: '', description: '' }
  expect(isSoftwareAdapter({ ...none, vendor: 'google', architecture: 'swiftshader' })).toBe(true)
  expect(isSoftwareAdapter({ ...none, description: 'llvmpipe (LLVM 15.0.6, 256 bits)' })).toBe(true)
  expect(isSoftwareAdapter({ ...none, description: 'Microsoft Basic Render Driver' })).toBe(true)
  expect(isSoftwareAdapter({ ...none, vendor: 'nvidia', description: 'NVIDIA GeForce RTX 3060' })).toBe(false)
  expect(describeAdapter({ ...none, vendor: 'apple', architecture: 'metal-3' }, false)).toBe('WebGPU on apple metal-3')
})

test('a missing driver is explained for the system it is missing on', () => {
  expect(missingDriverReason('linux')).toContain('Vulkan')
  expect(missingDriverReason('darwin')).toContain('Metal')
})

const folder = mkdtempSync(join(tmpdir(), 'engine-probe-'))
const scriptOf = (name: string, code: string): string => {
  const path = join(folder, `${name}.mjs`)
  writeFileSync(path, code)
  return path
}
vi.spyOn(console, 'error').mockImplementation(() => {})
afterAll(() => rmSync(folder, { recursive: true }))

test('a driver that crashes the probe makes its device unusable, with a remedy', async () => {
  const script = scriptOf('crash', 'process.kill(process.pid, "SIGSEGV")')
  const found = await probeDevice('webgpu', { measure: false, script })
  expect(found).toMatchObject({ isUsable: false, reason: expect.stringMatching(/SIGSEGV.*driver/) })
})

test('a driver that crashes while it is measured makes its device unusable, though it had started', async () => {
  const early = JSON.stringify(report('webgpu', true))
  const script = scriptOf('crash-later', `console.log('${early}'); process.kill(process.pid, "SIGSEGV")`)
  const found = await probeDevice('webgpu', { measure: true, script })
  expect(found).toEqual({
    ...{ device: 'webgpu', isUsable: false, label: 'WebGPU', isGpu: false },
    reason: expect.stringMatching(/^WebGPU failed while being tried \(it ended with SIGSEGV\); .*driver/),
  })
})

test('a driver that hangs is given up', async () => {
  const script = scriptOf('hang', 'setInterval(() => {}, 1000)')
  const found = await probeDevice('webgpu', { measure: false, script, timeoutMs: 300 })
  expect(found).toMatchObject({ isUsable: false, reason: expect.stringContaining('did not answer') })
})

test('a device too slow to be measured is usable and says so', async () => {
  const early = JSON.stringify(report('webgpu', false))
  const script = scriptOf(
    'slow',
    `console.log('driver says hello'); console.log('${early}'); setInterval(() => {}, 1000)`,
  )
  const found = await probeDevice('webgpu', { measure: true, script, timeoutMs: 1500 })
  expect(found).toMatchObject({ isUsable: true, reason: expect.stringContaining('Too slow') })
})

test('a probe can be given up', async () => {
  const script = scriptOf('wait', 'setInterval(() => {}, 1000)')
  await expect(probeDevice('cpu', { measure: false, script, signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})
