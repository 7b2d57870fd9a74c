/** How the settings of two runs differ, for reading. */
import type { RunPlan } from '../../src-shared/run-plan.ts'
import { ADVANCED } from './advanced.ts'
import { counted, figure } from './words.ts'

export interface Difference {
  name: string
  first: string
  second: string
}

const NAMES = new Map(ADVANCED.flatMap(({ settings }) => settings.map(({ key, name }) => [key as string, name])))
const GROUPS = ['network', 'input', 'targets', 'augmentation', 'optimization'] as const

/** Everything a person chose, and what the runs were taught on; equal values are left out. */
export function differences(first: RunPlan, second: RunPlan): Difference[] {
  const a = flat(first)
  const b = flat(second)
  return [...new Set([...a.keys(), ...b.keys()])].flatMap((key) => {
    const [one, two] = [a.get(key) ?? '–', b.get(key) ?? '–']
    return one === two ? [] : [{ name: NAMES.get(key) ?? spoken(key), first: one, second: two }]
  })
}

/** "optimization.batchSize" as "Batch size", for settings that no form names. */
function spoken(key: string): string {
  const words = (key.split('.').at(-1) ?? key).replace(/(?<=.)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function flat(plan: RunPlan): Map<string, string> {
  const values = new Map<string, string>([
    ['Preset', plan.preset],
    ['Taught on', planes(plan, 'train')],
    ['Validated on', planes(plan, 'validation')],
    ['Begun with', plan.from ? 'another run' : 'fresh weights'],
  ])
  for (const group of GROUPS) {
    for (const [name, value] of Object.entries(plan[group])) values.set(`${group}.${name}`, textOf(value))
  }
  return values
}

const planes = (plan: RunPlan, role: string): string =>
  counted(plan.items.filter((item) => item.role === role).length, 'plane')

function textOf(value: unknown): string {
  if (typeof value === 'number') return figure(value)
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.map(textOf).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
