/** On what a result was made. */
import os from 'node:os'
import { VERSION } from '../version.ts'
import type { Machine } from './results.ts'

export const machineNow = (): Machine => ({
  processor: os.cpus()[0]?.model.trim() ?? 'unknown',
  cores: os.availableParallelism(),
  memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  platform: `${os.platform()}-${os.arch()}`,
  load: Math.round(os.loadavg()[0]! * 10) / 10,
})

export const versionsNow = (): Record<string, string> => ({
  cellbrush: VERSION,
  node: process.versions.node,
})
