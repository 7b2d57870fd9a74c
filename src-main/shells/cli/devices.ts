/** What `--device` may be. */
import type { DeviceName } from '../../../src-shared/engine-api.ts'

export const DEVICE_NAMES = ['tensorflow', 'webgpu', 'cpu'] as const satisfies readonly DeviceName[]
export const DEVICE_CHOICES = ['auto', ...DEVICE_NAMES] as const
