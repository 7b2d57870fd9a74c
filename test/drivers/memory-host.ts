/** A host that paints with the shared rasteriser on one plane in memory: the truth that the window's page must equal. */

import {
  type PlaneInfo,
  type PlaneLink,
  type RemoteChange,
  StrokeFailed,
  StrokeRefused,
  type StrokeReply,
} from '../../src-renderer/annotator/link.ts'
import { applyStroke, isDrawn } from '../../src-renderer/annotator/pending-stroke.ts'
import { LABEL } from '../../src-shared/labels.ts'
import type { Rect } from '../../src-shared/planes.ts'
import { paint, parseStroke, type StrokeInput } from '../../src-shared/strokes.ts'
import { TileMap, union } from '../../src-shared/tile-map.ts'

interface State {
  labels: Uint32Array
  isComplete: boolean
}

export class MemoryHost implements PlaneLink {
  readonly width: number
  readonly height: number
  labels: Uint32Array
  revision = 0
  isComplete = false
  /** Ids of the strokes as they came in, also those that came twice. */
  readonly received: string[] = []
  /** 'down': nothing gets through. 'mute': strokes arrive and are painted, their answers are lost. */
  connection: 'up' | 'down' | 'mute' = 'up'
  /** Answers wait until this resolves. */
  gate: Promise<void> = Promise.resolve()
  /** The next stroke is refused with this sentence. */
  refusal: string | null = null
  /** The host fails over a stroke while this is true of its id, and nobody knows why. */
  failsOver: (id: string) => boolean = () => false
  tilesLoaded = 0
  #nextId: number
  readonly #answers = new Map<string, StrokeReply>()
  readonly #past: State[] = []
  readonly #future: State[] = []
  readonly #changeListeners = new Set<(change: RemoteChange) => void>()
  readonly #reconnectListeners = new Set<() => void>()

  constructor(width: number, height: number, firstId: number = LABEL.firstObject) {
    this.width = width
    this.height = height
    this.labels = new Uint32Array(width * height)
    this.#nextId = firstId
  }

  info(of: Partial<PlaneInfo> = {}): PlaneInfo {
    return {
      plane: { imageId: 1, layer: 'objects', z: 0, t: 0 },
      width: this.width,
      height: this.height,
      channels: 1,
      sampleType: 'uint8',
      classes: [{ id: 1, name: 'Cell', colour: '#ffffff' }],
      isComplete: this.isComplete,
      ringPx: 0,
      revision: this.revision,
      history: { undo: this.#past.length, redo: this.#future.length },
      readOnly: false,
      ...of,
    }
  }

  labelAt(x: number, y: number): number {
    return this.labels[y * this.width + x]!
  }

  loadImageTile = async () => new Uint8Array(256 * 256)

  loadLabelTile = async (_revision: number, { level, tx, ty }: { level: number; tx: number; ty: number }) => {
    if (this.connection === 'down') throw new Error('connection lost')
    this.tilesLoaded++
    const { labels, revision } = this
    await this.gate
    const step = 2 ** level
    const data = new Uint32Array(256 * 256)
    for (let y = 0; y < 256; y++) {
      for (let x = 0; x < 256; x++) {
        const [px, py] = [(tx * 256 + x) * step, (ty * 256 + y) * step]
        if (px >= this.width || py >= this.height) continue
        const [fromX, fromY] = [Math.min(px + (step >> 1), this.width - 1), Math.min(py + (step >> 1), this.height - 1)]
        data[y * 256 + x] = labels[fromY * this.width + fromX]!
      }
    }
    return { data, revision }
  }

  sendStroke = async (input: StrokeInput): Promise<StrokeReply> => {
    if (this.connection === 'down') throw new Error('connection lost')
    const stroke = parseStroke(input)
    this.received.push(stroke.id)
    if (this.refusal !== null) {
      const message = this.refusal
      this.refusal = null
      throw new StrokeRefused('class-unknown', message)
    }
    if (this.failsOver(stroke.id)) throw new StrokeFailed('Something went wrong.')
    const reply = this.#answers.get(stroke.id) ?? this.#apply(input)
    this.#answers.set(stroke.id, reply)
    await this.gate
    if (this.connection !== 'up') throw new Error('connection lost')
    return reply
  }

  reserveIds = async (count: number): Promise<number> => {
    if (this.connection === 'down') throw new Error('connection lost')
    const first = this.#nextId
    this.#nextId += count
    return first
  }

  /** Undo and redo take a while to reach the host. */
  undo = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return this.#replay(this.#past, this.#future)
  }
  redo = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    return this.#replay(this.#future, this.#past)
  }

  now = async () => ({
    rect: { x: 0, y: 0, w: this.width, h: this.height },
    revision: this.revision,
    history: { undo: this.#past.length, redo: this.#future.length },
  })

  onRemoteChange = (listener: (change: RemoteChange) => void) => {
    this.#changeListeners.add(listener)
    return () => this.#changeListeners.delete(listener)
  }

  onReconnect = (listener: () => void) => {
    this.#reconnectListeners.add(listener)
    return () => this.#reconnectListeners.delete(listener)
  }

  reconnect(): void {
    this.connection = 'up'
    for (const listener of this.#reconnectListeners) listener()
  }

  /** Another window paints. */
  paintElsewhere(input: StrokeInput): void {
    const { revision, changes } = this.#apply(input)
    if (this.connection !== 'up') return
    for (const { rect } of changes) for (const listener of this.#changeListeners) listener({ rect, revision })
  }

  #apply(input: StrokeInput): StrokeReply {
    const stroke = parseStroke(input)
    const map = this.#map()
    const nextId = () => this.#nextId++
    const all = Array.from({ length: Math.ceil(this.width / 256) * Math.ceil(this.height / 256) }, (_, index) => ({
      tx: index % Math.ceil(this.width / 256),
      ty: Math.floor(index / Math.ceil(this.width / 256)),
    }))
    const created = isDrawn(stroke)
      ? paint(map, stroke, { newObject: nextId, newPart: nextId, boxOf: (id) => this.#boxOf(id) }).created
      : applyStroke(map, stroke, nextId, () => all)
    const rect = map.changed
    const isComplete = stroke.tool === 'complete' ? stroke.isComplete : this.isComplete
    if (rect.w === 0 && isComplete === this.isComplete) return { revision: this.revision, changes: [], created }
    this.#past.push(this.#state)
    this.#future.length = 0
    this.isComplete = isComplete
    this.labels = map.readRegion(map.rect).data
    this.revision++
    return { revision: this.revision, changes: [this.#change(rect)], created }
  }

  get #state(): State {
    const { labels, isComplete } = this
    return { labels, isComplete }
  }

  #map(): TileMap {
    const whole = this.labels
    return new TileMap(this.width, this.height, (tx, ty) => {
      const data = new Uint32Array(256 * 256)
      for (let y = 0; y < 256 && ty * 256 + y < this.height; y++) {
        const start = (ty * 256 + y) * this.width + tx * 256
        data.set(whole.subarray(start, start + Math.min(256, this.width - tx * 256)), y * 256)
      }
      return data
    })
  }

  #boxOf(id: number): Rect | null {
    let box: Rect | null = null
    this.labels.forEach((label, at) => {
      if (label !== id) return
      const pixel = { x: at % this.width, y: Math.floor(at / this.width), w: 1, h: 1 }
      box = box ? union(box, pixel) : pixel
    })
    return box
  }

  #change(rect: Rect) {
    return { plane: { imageId: 1, layer: 'objects', z: 0, t: 0 }, rect, revision: this.revision }
  }

  #replay(from: State[], to: State[]) {
    const state = from.pop()
    if (!state) return null
    to.push(this.#state)
    Object.assign(this, state)
    this.revision++
    return { kind: 'stroke', action: 'stroke', changes: [this.#change({ x: 0, y: 0, w: this.width, h: this.height })] }
  }
}

/** Storage in memory, as a browser's. */
export class MemoryStorage {
  readonly items = new Map<string, string>()
  getItem(key: string): string | null {
    return this.items.get(key) ?? null
  }
  setItem(key: string, value: string): void {
    this.items.set(key, value)
  }
  removeItem(key: string): void {
    this.items.delete(key)
  }
}
