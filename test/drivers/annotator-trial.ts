/** A window on a plane of a host in memory, to which one thing after another happens: what, a seed decides. */
import { LeftEditors } from '../../src-renderer/annotator/left-editors.ts'
import type { Outbox } from '../../src-renderer/annotator/outbox.ts'
import type { ToolId } from '../../src-renderer/annotator/tool.ts'
import { isObjectId, isTemporary } from '../../src-shared/labels.ts'
import { AnnotatorDriver } from './annotator-driver.ts'
import { MemoryHost, MemoryStorage } from './memory-host.ts'

/** Two tiles, the second a narrow one. */
const [WIDTH, HEIGHT] = [288, 40]

const soon = () => new Promise((resolve) => setImmediate(resolve))

/** The numbers of a seed, each from 0 to below the limit (Marsaglia's xorshift). */
function numbersOf(seed: number): (limit: number) => number {
  let state = Math.imul(seed, 2654435761) >>> 0
  return (limit) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % limit
  }
}

/** Its undo, redo and news wait for the line, as those of a window do. */
class PatientHost extends MemoryHost {
  constructor() {
    super(WIDTH, HEIGHT)
    this.undo = this.#patient(this.undo)
    this.redo = this.#patient(this.redo)
    this.now = this.#patient(this.now)
  }

  #patient<T>(ask: () => Promise<T>): () => Promise<T> {
    return async () => {
      while (this.connection === 'down') await soon()
      const { gate } = this
      const reply = await ask()
      await gate
      return reply
    }
  }
}

/** What the window shows and waits for, beside what the host has. */
interface Ends {
  differing: number
  unsaved: number
  kept: number
  temporary: number
  undo: number
  redo: number
}

/** A window on a plane, and all that can happen to it. */
export class Trial {
  readonly #host = new PatientHost()
  readonly #storage = new MemoryStorage()
  readonly #random: (limit: number) => number
  readonly #failing = new Set<string>()
  readonly #releases: (() => void)[] = []
  #strangers = 0
  #a: AnnotatorDriver

  constructor(seed: number) {
    this.#random = numbersOf(seed)
    this.#host.failsOver = (id) => this.#failing.has(id)
    if (this.#random(2) === 0) this.#host.reserveIds = () => Promise.reject(new Error('none'))
    this.#a = this.#open()
    const [newObjectPerStroke, protectOthers] = [this.#random(2) === 0, this.#random(2) === 0]
    this.#a.choose('brush', { radiusPx: 3, newObjectPerStroke, protectOthers })
  }

  /** By name, so that a failure can tell what happened. */
  readonly #actions: Record<string, () => unknown> = {
    paint: () => this.#draw('brush', 2 + this.#random(4)),
    cut: () => this.#draw('boundary', 1),
    erase: () => this.#draw('eraser', 3),
    'another object': () => this.#a.editor.setOptions({ label: 'new' }),
    background: () => this.#a.editor.setOptions({ label: 1 }),
    delete: () => {
      const id = this.#a.labelAt(...this.#point())
      if (isObjectId(id)) this.#a.editor.apply({ tool: 'delete', objectIds: [id] })
    },
    undo: () => void this.#a.editor.undo(),
    redo: () => void this.#a.editor.redo(),
    'line lost': () => Object.assign(this.#host, { connection: 'down' }),
    'answers lost': () => Object.assign(this.#host, { connection: 'mute' }),
    'line back': () => this.#host.reconnect(),
    'host slow': () => {
      const held = new Promise<void>((release) => this.#releases.push(release))
      this.#host.gate = this.#host.gate.then(() => held)
    },
    'host goes on': () => this.#release(),
    'host refuses': () => Object.assign(this.#host, { refusal: 'No.' }),
    'host fails': () => this.#failing.add(this.#a.editor.outbox.unsaved.at(-1)?.stroke.id ?? ''),
    'host mended': () => this.#failing.clear(),
    'somebody paints': () => {
      const [id, label] = [`stranger-${this.#strangers++}`, 1000 + this.#random(3)]
      this.#host.paintElsewhere({ tool: 'brush', id, label, radiusPx: 4, path: [this.#point(), this.#point()] })
    },
    'all quiet': () => this.#a.settled(),
    'plane left': () => {
      const left = new LeftEditors()
      this.#a.tools.cancel()
      left.leave(this.#a.editor)
      this.#a = this.#open(left.takeBack(this.#a.editor.info)?.outbox)
    },
    'window reloaded': () => {
      this.#a.close()
      this.#a = this.#open()
    },
  }

  /** One thing happens, and perhaps some time passes; answers what it was. */
  async step(): Promise<string> {
    const names = Object.keys(this.#actions)
    const name = names[this.#random(names.length)]!
    await this.#actions[name]!()
    if (this.#random(3) === 0) await soon()
    return name
  }

  /** Everything is mended and answered: what of it is in the window, and what it must be. */
  async end(): Promise<{ found: Ends; wanted: Ends }> {
    this.#failing.clear()
    this.#host.refusal = null
    this.#release()
    for (let time = 0; time < 2; time++) {
      this.#host.reconnect()
      for (let wait = 0; wait < 3; wait++) await this.#a.settled()
    }
    const [a, host, storage] = [this.#a, this.#host, this.#storage]
    const differing = a.labels().reduce((count, label, at) => (label === host.labels[at] ? count : count + 1), 0)
    const temporary = host.labels.reduce((count, label) => (isTemporary(label) ? count + 1 : count), 0)
    const found = { differing, temporary, unsaved: a.unsaved, kept: storage.items.size, ...a.editor.history }
    a.close()
    return { found, wanted: { differing: 0, temporary: 0, unsaved: 0, kept: 0, ...host.info().history } }
  }

  #open(outbox?: Outbox): AnnotatorDriver {
    const [host, storage] = [this.#host, this.#storage]
    const a = new AnnotatorDriver({ width: WIDTH, height: HEIGHT, host, storage, ...(outbox ? { outbox } : {}) })
    a.load()
    return a
  }

  #draw(tool: ToolId, radiusPx: number): void {
    this.#a.choose(tool, { radiusPx })
    this.#a.down(...this.#point()).move(...this.#point())
    this.#a.up()
  }

  #release(): void {
    for (const release of this.#releases.splice(0)) release()
    this.#host.gate = Promise.resolve()
  }

  #point(): [number, number] {
    return [this.#random(WIDTH), this.#random(HEIGHT)]
  }
}
