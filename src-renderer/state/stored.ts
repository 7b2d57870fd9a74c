/** Values that outlive the window, in `localStorage` or what stands for it. A value that cannot be read is the default. */
export interface KeyValueStore extends Pick<Storage, 'getItem' | 'setItem' | 'removeItem'> {
  /** False where what it takes goes with the window. */
  readonly isLasting?: boolean
}

/** The browser's store, or one in memory where it is switched off. */
export function browserStore(): KeyValueStore {
  try {
    localStorage.getItem('cellbrush')
    return localStorage
  } catch {
    return { ...memoryStore(), isLasting: false }
  }
}

export function memoryStore(): KeyValueStore {
  const values = new Map<string, string>()
  return {
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  }
}

/** The browser's store for one project: what is kept for another, the strokes that are not saved yet say, is apart. */
export function storeFor(project: () => string): KeyValueStore {
  const store = browserStore()
  const keyOf = (key: string) => `${key}@${project()}`
  return {
    getItem: (key) => store.getItem(keyOf(key)),
    setItem: (key, value) => store.setItem(keyOf(key), value),
    removeItem: (key) => store.removeItem(keyOf(key)),
    isLasting: store.isLasting,
  }
}

/** The stored object laid over the defaults; keys that the defaults do not have, or of another type, are dropped. */
export function readStored<T extends object>(store: KeyValueStore, key: string, defaults: T): T {
  let found: unknown
  try {
    found = JSON.parse(store.getItem(key) ?? 'null')
  } catch {
    found = null
  }
  if (typeof found !== 'object' || found === null) return structuredClone(defaults)
  const merged = structuredClone(defaults) as Record<string, unknown>
  for (const [name, value] of Object.entries(found)) {
    if (name in merged && typeof value === typeof merged[name]) merged[name] = value
  }
  return merged as T
}

export function writeStored(store: KeyValueStore, key: string, value: object): void {
  try {
    store.setItem(key, JSON.stringify(value))
  } catch {
    // A full or forbidden store loses a preference, nothing else.
  }
}
