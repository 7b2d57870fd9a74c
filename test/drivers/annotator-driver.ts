/** The annotator without a window: gestures in image pixels, and what they leave in page and host. */
import { Editor } from '../../src-renderer/annotator/editor.ts'
import type { EditorView } from '../../src-renderer/annotator/editor-events.ts'
import type { PlaneInfo } from '../../src-renderer/annotator/link.ts'
import type { Outbox } from '../../src-renderer/annotator/outbox.ts'
import {
  DEFAULT_TOOL_OPTIONS,
  type Modifiers,
  NO_MODIFIERS,
  type ToolId,
  type ToolOptions,
} from '../../src-renderer/annotator/tool.ts'
import { ToolHost } from '../../src-renderer/annotator/tool-host.ts'
import { tilesOf } from '../../src-shared/tile-map.ts'
import { MemoryHost, MemoryStorage } from './memory-host.ts'

export interface DriverOptions {
  width: number
  height: number
  host?: MemoryHost
  storage?: MemoryStorage
  /** The outbox that the plane was left with. */
  outbox?: Outbox
  info?: Partial<PlaneInfo>
  /** Grey values as displayed, row by row; for the wand. */
  grey?: (x: number, y: number) => number
  /** In place of `grey`. */
  view?: EditorView
}

export class AnnotatorDriver {
  readonly host: MemoryHost
  readonly storage: MemoryStorage
  readonly editor: Editor
  readonly tools = new ToolHost()
  /** Rectangles of which the page has said that they changed. */
  readonly changes: { x: number; y: number; w: number; h: number }[] = []
  readonly failures: string[] = []
  /** How many strokes were told to be unsaved, each time it was told. */
  readonly unsavedTold: number[] = []
  modifiers: Modifiers = NO_MODIFIERS

  constructor({ width, height, host, storage, outbox, info, grey, view }: DriverOptions) {
    this.host = host ?? new MemoryHost(width, height)
    this.storage = storage ?? new MemoryStorage()
    const visible = { x: 0, y: 0, w: width, h: height }
    this.editor = new Editor({
      link: this.host,
      info: this.host.info(info),
      options: DEFAULT_TOOL_OPTIONS,
      storage: this.storage,
      ...(outbox ? { outbox } : {}),
      view: view ?? {
        visible,
        zoom: 1,
        readGrey: (rect) => ({
          rect,
          values: Float32Array.from({ length: rect.w * rect.h }, (_, at) =>
            grey ? grey(rect.x + (at % rect.w), rect.y + Math.floor(at / rect.w)) : 0,
          ),
        }),
      },
    })
    this.editor.events.on('labels', ({ rect }) => this.changes.push(rect))
    this.editor.events.on('failed', ({ message }) => this.failures.push(message))
    this.editor.events.on('saving', ({ unsaved }) => this.unsavedTold.push(unsaved))
    this.tools.open(this.editor)
    this.editor.start()
  }

  /** A driver with all tiles and the first ids at hand. */
  static async open(options: DriverOptions): Promise<AnnotatorDriver> {
    const driver = new AnnotatorDriver(options)
    driver.load()
    await driver.settled()
    return driver
  }

  /** Asks for all tiles of the plane. */
  load(): void {
    this.editor.want(
      'view',
      [...tilesOf(this.editor.page.rect)].map((at) => ({ level: 0, ...at })),
    )
  }

  choose(tool: ToolId, options: Partial<ToolOptions> = {}): this {
    this.tools.choose(tool)
    this.editor.setOptions(options)
    return this
  }

  /** Holds keys down during what follows. */
  holding(modifiers: Partial<Modifiers>): this {
    this.modifiers = { ...NO_MODIFIERS, ...modifiers }
    return this
  }

  down(x: number, y: number): this {
    this.tools.down([x, y], this.modifiers)
    return this
  }
  move(...points: number[]): this {
    const path: [number, number][] = []
    for (let index = 0; index < points.length; index += 2) path.push([points[index]!, points[index + 1]!])
    this.tools.move(path, this.modifiers)
    return this
  }
  up(): this {
    this.tools.up(this.modifiers)
    return this
  }
  click(x: number, y: number): this {
    return this.down(x, y).up()
  }
  escape(): this {
    this.tools.cancel()
    return this
  }

  labelAt(x: number, y: number): number {
    return this.editor.labelAt(x, y)
  }
  /** All labels as shown. */
  labels(): Uint32Array {
    return this.editor.page.readRegion(this.editor.page.rect).data
  }
  isBlank(): boolean {
    return this.labels().every((label) => label === 0)
  }
  get unsaved(): number {
    return this.editor.outbox.unsaved.length
  }

  async undo(): Promise<this> {
    await this.editor.undo()
    return this.settled()
  }
  async redo(): Promise<this> {
    await this.editor.redo()
    return this.settled()
  }

  /** Lets everything that is on its way arrive. */
  async settled(): Promise<this> {
    for (let round = 0; round < 50; round++) await new Promise((resolve) => setImmediate(resolve))
    return this
  }

  close(): void {
    this.editor.dispose()
  }
}
