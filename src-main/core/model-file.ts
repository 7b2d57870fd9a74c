/** What the header of a model or checkpoint file says (docs/architecture.md, "Checkpoint and model file"). */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { DEFAULT_OBJECTS } from '../../src-shared/objects.ts'
import { inputSchema, type ModelFacts, networkSchema, objectsSchema, targetsSchema } from '../../src-shared/run-plan.ts'
import { checksumAtEnd } from '../store/index.ts'

const headerSchema = v.object({
  format: v.literal(1),
  network: networkSchema,
  input: inputSchema,
  targets: targetsSchema,
  /** Chosen on validation; absent where nothing was validated. */
  objects: v.nullish(objectsSchema),
  step: v.number(),
})
export type ModelHeader = v.InferOutput<typeof headerSchema>

/** What a prediction keeps of its model. */
export const modelFacts = ({ objects, network, targets }: ModelHeader): ModelFacts => ({
  objects: objects ?? DEFAULT_OBJECTS,
  classes: network.classes,
  classNames: targets.classNames,
})

/** The checksum of a model file, hex: its last 32 bytes. Errors: 'file-missing', 'model-unreadable'. */
export function checksumOf(path: string): string {
  readModelHeader(path) // says what is wrong with a file that is none
  const checksum = checksumAtEnd(path)
  if (checksum === null) throw new AppError('model-unreadable', { path, reason: 'it is cut off or damaged' })
  return checksum
}

/** Longer than any header: some hundred tensors of 100 bytes each. */
const LONGEST_HEADER_BYTES = 1 << 20

/**
 * Reads the header without the weights; the engine checks those by their checksum.
 * Errors: 'file-missing', 'model-unreadable'.
 */
export function readModelHeader(path: string): ModelHeader {
  const text = readHeaderText(path)
  const header = v.safeParse(v.pipe(v.string(), v.parseJson(), headerSchema), text)
  if (header.success) return header.output
  const found = /"format":\s*(\d+)/.exec(text)?.[1]
  const reason = found && found !== '1' ? `its format is ${found}, this Cellbrush knows 1` : 'its header is damaged'
  throw new AppError('model-unreadable', { path, reason })
}

function readHeaderText(path: string): string {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    if (isMissing) throw new AppError('file-missing', { path }, { cause: error })
    throw new AppError('model-unreadable', { path, reason: (error as Error).message }, { cause: error })
  }
  try {
    const start = Buffer.alloc(8)
    if (!fstatSync(file).isFile() || readSync(file, start, 0, 8, 0) < 8 || start.toString('latin1', 0, 4) !== 'CBCK') {
      throw new AppError('model-unreadable', { path, reason: 'it is not a model file' })
    }
    const length = start.readUInt32LE(4)
    const header = Buffer.alloc(Math.min(length, LONGEST_HEADER_BYTES))
    if (length > LONGEST_HEADER_BYTES || readSync(file, header, 0, length, 8) < length) {
      throw new AppError('model-unreadable', { path, reason: 'it is cut off or damaged' })
    }
    return header.toString('utf8')
  } finally {
    closeSync(file)
  }
}
