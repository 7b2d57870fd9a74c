/** What a person paints with: the tool, its options, and the open plane's editor that takes the strokes. */
import type { ClassView } from '../../src-shared/api.ts'
import { isObjectId, isTemporary } from '../../src-shared/labels.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import type { Editor } from './editor.ts'
import { DEFAULT_TOOL_OPTIONS, type StrokeDraft, type ToolId, type ToolOptions } from './tool.ts'
import { ToolHost } from './tool-host.ts'

/** Image pixels. */
const LEAST_RADIUS_PX = 0.5
const MOST_RADIUS_PX = 512

export interface PaintingEvents {
  tool(id: ToolId): void
  options(options: ToolOptions): void
  /** One sentence. */
  failed(message: string): void
}

export class Painting {
  readonly tools = new ToolHost()
  readonly #events: PaintingEvents
  #editor: Editor | null = null
  #isHeld = false
  /** Of the plane that was opened last. */
  #plane: PlaneKey | null = null
  #options: ToolOptions

  constructor(options: Partial<ToolOptions>, events: PaintingEvents) {
    this.#options = { ...DEFAULT_TOOL_OPTIONS, ...options }
    this.#events = events
  }

  /** The plane to paint on, or none; a stroke under way is taken back. */
  open(editor: Editor | null): void {
    this.#editor = editor
    this.#isHeld = false
    this.admit()
    if (!editor) return
    const { plane, classes } = editor.info
    const isKnown = this.#plane && shareObjects(plane, this.#plane) && !isTemporary(Number(this.#options.label))
    if (!isKnown) this.#leaveObject() // a temporary id says nothing on another plane
    this.#plane = plane
    this.setClasses(classes)
  }

  /** The classes that there are now: the first is the one to paint where none of them has been chosen. */
  setClasses(classes: readonly Pick<ClassView, 'id'>[]): void {
    const { classId } = this.#options
    if (classes.some(({ id }) => id === classId) || classId === classes[0]?.id) return
    this.setOptions({ classId: classes[0]?.id })
  }

  /** Strokes are taken where the open plane may be changed, which another window can grant and take away. */
  admit(): void {
    this.tools.open(this.#changeable)
  }

  /**
   * Nothing is painted or taken back until the next plane is open: while it is fetched the picture is still that of the
   * one before, and a stroke would go there. A stroke under way is taken back.
   */
  hold(): void {
    this.#isHeld = true
    this.admit()
  }

  /** Chooses a tool; a stroke under way is taken back. */
  setTool(id: ToolId): void {
    this.tools.choose(id)
    this.#events.tool(id)
  }

  get options(): ToolOptions {
    return this.#options
  }

  /** Where every stroke is to make an object from now on, the one painted so far is left. */
  setOptions(options: Partial<ToolOptions>): void {
    if (options.newObjectPerStroke && !this.#options.newObjectPerStroke) this.#leaveObject()
    const radiusPx = clamp(options.radiusPx ?? this.#options.radiusPx, LEAST_RADIUS_PX, MOST_RADIUS_PX)
    const all = { ...this.#options, ...options, radiusPx }
    if (this.#editor) this.#editor.setOptions(all)
    else this.takeOptions(all)
  }

  /** The editor's options are others: set here, or by a tool (picking a label, say). */
  takeOptions(options: ToolOptions): void {
    this.#options = options
    this.#events.options(options)
  }

  /** Makes the brush so many times as large. */
  scaleBrush(factor: number): void {
    this.setOptions({ radiusPx: Math.round(this.#options.radiusPx * factor * 100) / 100 })
  }

  /** Applies a stroke that no tool has drawn (merging chosen objects, say): shown at once, one undo step. */
  apply(draft: StrokeDraft): void {
    const editor = this.#changeable
    if (!editor) return
    this.tools.cancel()
    try {
      editor.apply(draft)
    } catch (error) {
      this.#events.failed(error instanceof Error ? error.message : String(error))
    }
  }

  /** False when there was nothing to take back. */
  undo(): Promise<boolean> {
    if (this.tools.cancel()) return Promise.resolve(true)
    return this.#changeable?.undo() ?? Promise.resolve(false)
  }

  redo(): Promise<boolean> {
    this.tools.cancel()
    return this.#changeable?.redo() ?? Promise.resolve(false)
  }

  /** The next stroke makes an object where it would have gone on with one. */
  #leaveObject(): void {
    if (isObjectId(Number(this.#options.label))) this.setOptions({ label: 'new' })
  }

  /** The editor of the open plane, while that may be changed. */
  get #changeable(): Editor | null {
    return this.#editor && !this.#editor.info.readOnly && !this.#isHeld ? this.#editor : null
  }
}

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most)

/** Ids of objects mean the same on both: they are unique per image and layer. */
const shareObjects = (one: PlaneKey, other: PlaneKey): boolean =>
  one.imageId === other.imageId && one.layer === other.layer
