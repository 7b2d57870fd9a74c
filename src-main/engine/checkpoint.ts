/**
 * Checkpoints and models: JSON header, raw float32 tensors, sha256 (docs/architecture.md). Never code, so a file from
 * anywhere can be opened without trusting who made it.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { AppError } from '../../src-shared/errors.ts'
import { inputSchema, networkSchema, objectsSchema, targetsSchema } from '../../src-shared/run-plan.ts'
import { writeFileDurably } from '../files/durable.ts'

const MAGIC = 'CBCK'
const HASH_BYTES = 32
/** Of what this program writes, and the only one it reads. */
const FORMAT = 1

const headerSchema = v.object({
  format: v.literal(FORMAT),
  /** A checkpoint can be trained further exactly; a model only predicts, or starts another run. */
  kind: v.picklist(['checkpoint', 'model']),
  cellbrush: v.string(),
  run: v.string(),
  preset: v.string(),
  network: networkSchema,
  input: inputSchema,
  targets: targetsSchema,
  /** Chosen on validation, in a checkpoint so far; null where nothing was held out or validated yet. */
  objects: v.nullable(objectsSchema),
  score: v.nullable(v.number()),
  /** Steps done. Batches, dropout and the learning rate are functions of (seed, step): no other random state exists. */
  step: v.pipe(v.number(), v.integer(), v.minValue(0)),
  seed: v.number(),
  precision: v.picklist(['float32', 'bfloat16']),
  device: v.string(),
  tensors: v.array(
    v.object({
      name: v.string(),
      shape: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
      offset: v.pipe(v.number(), v.integer(), v.minValue(0)),
      bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
    }),
  ),
})
export type CheckpointHeader = v.InferOutput<typeof headerSchema>

export interface Tensor {
  shape: readonly number[]
  values: Float32Array
}

export interface Checkpoint {
  header: Omit<CheckpointHeader, 'tensors' | 'format'>
  /** 'weights/NAME', and in a checkpoint 'first/NAME', 'second/NAME' (optimiser), 'average/NAME'. */
  tensors: Map<string, Tensor>
}

/** Writes whole or not at all: temporary name, fsync, rename, fsync of the folder. Errors: 'disk-full', 'not-writable'. */
export function writeCheckpoint(path: string, { header, tensors }: Checkpoint): void {
  const entries: CheckpointHeader['tensors'] = []
  let offset = 0
  for (const [name, { shape, values }] of tensors) {
    entries.push({ name, shape: [...shape], offset, bytes: values.byteLength })
    offset += values.byteLength
  }
  const json = Buffer.from(JSON.stringify({ format: FORMAT, ...header, tensors: entries } satisfies CheckpointHeader))
  const start = Buffer.alloc(8)
  start.write(MAGIC, 0, 'latin1')
  start.writeUInt32LE(json.length, 4)
  const values = [...tensors.values()].map(({ values }) =>
    Buffer.from(values.buffer, values.byteOffset, values.byteLength),
  )
  const parts = [start, json, ...values]
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  writeFileDurably(path, ...parts, hash.digest())
}

/** Errors: 'file-missing', 'model-unreadable' (cut off, damaged, from a newer version, not a model). */
export function readCheckpoint(path: string): Checkpoint {
  const bytes = readBytes(path)
  const refuse = (reason: string) => new AppError('model-unreadable', { path, reason })
  if (bytes.length < 8 + HASH_BYTES || bytes.toString('latin1', 0, 4) !== MAGIC) throw refuse('it is not a model file')
  const body = bytes.subarray(0, bytes.length - HASH_BYTES)
  if (!createHash('sha256').update(body).digest().equals(bytes.subarray(body.length))) {
    throw refuse('it is cut off or damaged: its checksum does not fit')
  }
  const headerEnd = 8 + bytes.readUInt32LE(4)
  const json = bytes.toString('utf8', 8, headerEnd)
  const dated = v.safeParse(v.pipe(v.string(), v.parseJson(), v.object({ format: v.number() })), json)
  if (dated.success && dated.output.format > FORMAT)
    throw refuse('it was made by a newer Cellbrush; update Cellbrush to open it')
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), headerSchema), json)
  if (!parsed.success) throw refuse(`its header has ${parsed.issues[0].message}`)
  const { tensors: entries, format: _, ...header } = parsed.output
  const tensors = new Map<string, Tensor>()
  for (const { name, shape, offset, bytes: length } of entries) {
    if (headerEnd + offset + length > body.length) throw refuse(`its tensor ${name} is cut off`)
    if (shape.reduce((product, side) => product * side, 4) !== length)
      throw refuse(`its tensor ${name} has another size than it says`)
    const values = new Float32Array(length / 4)
    Buffer.from(values.buffer).set(body.subarray(headerEnd + offset, headerEnd + offset + length))
    tensors.set(name, { shape, values })
  }
  return { header, tensors }
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') throw new AppError('file-missing', { path }, { cause })
    throw new AppError('model-unreadable', { path, reason: (cause as Error).message }, { cause })
  }
}

/** The tensors under a prefix, by the name behind it. */
export function tensorsUnder(tensors: ReadonlyMap<string, Tensor>, prefix: string): Map<string, Float32Array> {
  const found = new Map<string, Float32Array>()
  for (const [name, { values }] of tensors) if (name.startsWith(prefix)) found.set(name.slice(prefix.length), values)
  return found
}
