/** Reads the small networks with known gradients (test/fixtures/engine/README.md). */
import { readFileSync } from 'node:fs'
import type { NetworkPlan, UNetPlan } from '../../src-shared/network-plan.ts'

interface Entry {
  shape: number[]
  type: 'float32' | 'uint8'
  offset: number
}

export interface NetworkFixture<P extends NetworkPlan = NetworkPlan> {
  plan: P
  image: { shape: number[]; values: Float32Array }
  target: { shape: number[]; values: Int32Array }
  weight: { shape: number[]; values: Float32Array }
  logits: Float32Array
  energy: number
  weights: Map<string, Float32Array>
  gradients: Map<string, Float32Array>
}

export const readUNetFixture = (name: string): NetworkFixture<UNetPlan> =>
  readNetworkFixture(name) as NetworkFixture<UNetPlan>

export function readNetworkFixture(name: string): NetworkFixture {
  const folder = new URL('../fixtures/engine/', import.meta.url)
  const json = JSON.parse(readFileSync(new URL(`${name}.json`, folder), 'utf8'))
  const bytes = readFileSync(new URL(`${name}.bin`, folder))
  const values = ({ shape, type, offset }: Entry) => {
    const length = shape.reduce((product, side) => product * side, 1)
    const end = offset + length * (type === 'uint8' ? 1 : 4)
    const part = new Uint8Array(bytes.subarray(offset, end)).buffer
    return type === 'uint8' ? Int32Array.from(new Uint8Array(part)) : new Float32Array(part)
  }
  const named = (entries: Record<string, Entry>) =>
    new Map(Object.entries(entries).map(([key, entry]) => [key, values(entry) as Float32Array]))
  return {
    plan: json.plan,
    image: { shape: json.image.shape, values: values(json.image) as Float32Array },
    target: { shape: json.target.shape, values: values(json.target) as Int32Array },
    weight: { shape: json.weight.shape, values: values(json.weight) as Float32Array },
    logits: values(json.logits) as Float32Array,
    energy: json.energy,
    weights: named(json.weights),
    gradients: named(json.gradients),
  }
}
