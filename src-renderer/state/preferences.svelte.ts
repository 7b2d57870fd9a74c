import { browserStore, type KeyValueStore, readStored, writeStored } from './stored.ts'

export type Theme = 'system' | 'dark' | 'light'

const DEFAULTS = {
  theme: 'system' as Theme,
  leftPx: 208,
  rightPx: 308,
  /** Keys of actions that a person has changed, by action id; an empty list takes the key away. */
  keys: {} as Record<string, string[]>,
  isTourDone: false,
  isCurveLog: false,
  /** Share of the past in the smoothed curve, 0..0.98. */
  curveSmoothing: 0.6,
}
export type PreferenceValues = typeof DEFAULTS

const KEY = 'cellbrush-preferences'

/** What a person has arranged: theme, panel widths, keys. Written at each change. */
export class Preferences {
  readonly values: PreferenceValues
  readonly #store: KeyValueStore

  constructor(store: KeyValueStore = browserStore()) {
    this.#store = store
    const values = $state(readStored(store, KEY, DEFAULTS))
    this.values = values
  }

  set<K extends keyof PreferenceValues>(name: K, value: PreferenceValues[K]): void {
    this.values[name] = value
    writeStored(this.#store, KEY, $state.snapshot(this.values))
  }

  rebind(action: string, keys: string[] | null): void {
    const all = { ...this.values.keys }
    if (keys) all[action] = keys
    else delete all[action]
    this.set('keys', all)
  }

  resetKeys(): void {
    this.set('keys', {})
  }
}
