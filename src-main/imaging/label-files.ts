/** Label images as other programs expect them: 0 is background or unknown, anything else an object id. */
import { encode } from 'fast-png'
import { AppError } from '../../src-shared/errors.ts'
import { type LabelMap, largestId } from '../../src-shared/labels.ts'
import { writeFileDurably } from '../files/durable.ts'

/** The narrowest type that TIFF label images use for ids up to `largestId`. */
export const labelSampleType = (largestId: number): 'uint16' | 'uint32' => (largestId > 65535 ? 'uint32' : 'uint16')

/**
 * Writes one label plane as a grey PNG of 8 bits, or of 16 when ids pass 255; values are written as they are. The file
 * appears whole or not at all. Errors: 'too-many-objects' above 65535, 'disk-full', 'not-writable'.
 */
export function writeLabelPng(filePath: string, { width, height, data }: LabelMap): void {
  const largest = largestId(data)
  if (largest > 65535) throw new AppError('too-many-objects', { path: filePath, largest, limit: 65535 })
  const depth = largest > 255 ? 16 : 8
  const samples = depth === 16 ? Uint16Array.from(data) : Uint8Array.from(data)
  writeFileDurably(filePath, encode({ width, height, data: samples, channels: 1, depth }))
}
