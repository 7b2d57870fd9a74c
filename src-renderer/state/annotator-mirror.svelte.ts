import type { Rect } from '../../src-shared/planes.ts'
import type { Annotator, CursorInfo } from '../annotator/annotator.ts'
import { DEFAULT_TOOL_OPTIONS, type StrokeDraft, type ToolId, type ToolOptions } from '../annotator/tool.ts'
import {
  DEFAULT_DISPLAY,
  DEFAULT_OVERLAYS,
  DEFAULT_TEACHING,
  type Display,
  mostWeight,
  type Overlays,
  type Teaching,
} from '../annotator/view.ts'
import type { Point } from '../annotator/viewport.ts'
import type { ShownProposals } from './proposal-host.ts'

/** What the annotator says of itself, as state that views can show, and what a person asks of it. */
export class AnnotatorMirror {
  tool = $state<ToolId>('brush')
  options = $state.raw<ToolOptions>(DEFAULT_TOOL_OPTIONS)
  display = $state.raw<Display>(DEFAULT_DISPLAY)
  readonly overlays = $state<Overlays>({ ...DEFAULT_OVERLAYS })
  teaching = $state.raw<Teaching>(DEFAULT_TEACHING)
  weightsState = $state<'off' | 'shown' | 'busy' | 'zoom-in'>('off')
  cursor = $state.raw<CursorInfo | null>(null)
  unsaved = $state(0)
  /** All that is unsaved would outlive the window. */
  isKept = $state(true)
  isConnected = $state(true)
  history = $state.raw({ undo: 0, redo: 0 })
  zoom = $state(1)
  /** The plane's point in the middle of what is seen. */
  centre = $state.raw<Point>({ x: 0, y: 0 })
  visible = $state.raw<Rect>({ x: 0, y: 0, w: 0, h: 0 })
  /** There while its element is on the page. */
  protected annotator: Annotator | undefined

  readonly classWeights = $derived(this.teaching.classWeights)
  readonly mostWeight = $derived(mostWeight(this.teaching))

  /** Follows an annotator; answers how to stop. */
  protected mirror(annotator: Annotator): () => void {
    this.annotator = annotator
    annotator.layers.setTeaching(this.teaching)
    const stops = this.#listen(annotator)
    const follow = $effect.root(() => {
      $effect(() => annotator.layers.setOverlays($state.snapshot(this.overlays)))
    })
    return () => {
      follow()
      for (const stop of stops) stop()
      this.annotator = undefined
    }
  }

  // --- hands ----------------------------------------------------------------------------------------------------

  chooseTool(id: ToolId): void {
    this.annotator?.painting.setTool(id)
  }

  setOptions(options: Partial<ToolOptions>): void {
    this.annotator?.painting.setOptions(options)
  }

  scaleBrush(factor: number): void {
    this.annotator?.painting.scaleBrush(factor)
  }

  async undo(): Promise<void> {
    await this.annotator?.painting.undo()
  }

  async redo(): Promise<void> {
    await this.annotator?.painting.redo()
  }

  /** A stroke that no tool has drawn; one undo step. */
  apply(draft: StrokeDraft): void {
    this.annotator?.painting.apply(draft)
  }

  // --- view -----------------------------------------------------------------------------------------------------

  fit(): void {
    this.annotator?.navigation.fit()
  }

  actualSize(): void {
    this.annotator?.navigation.actualSize()
  }

  zoomBy(factor: number): void {
    this.annotator?.navigation.zoomBy(factor)
  }

  jump(box: Rect): void {
    this.annotator?.navigation.jumpTo(box)
  }

  holdLabels(areHidden: boolean): void {
    this.annotator?.layers.hideLabels(areHidden)
  }

  setDisplay(display: Partial<Display>): void {
    this.annotator?.contrast.set(display)
  }

  autoContrast(): void {
    this.annotator?.contrast.auto()
  }

  setTeaching(teaching: Partial<Teaching>): void {
    this.teaching = { ...this.teaching, ...teaching }
    this.annotator?.layers.setTeaching(teaching)
  }

  /** Proposed objects of a part of the plane; null for none. */
  showProposals(proposed: ShownProposals | null, chosen: ReadonlySet<number>): void {
    this.annotator?.layers.setProposals(proposed && { ...proposed, chosen })
  }

  #listen(annotator: Annotator): (() => void)[] {
    return [
      annotator.on('cursor', (cursor) => {
        this.cursor = cursor
      }),
      annotator.on('saving', ({ unsaved, isKept, isConnected }) => {
        this.unsaved = unsaved
        this.isKept = isKept
        this.isConnected = isConnected
      }),
      annotator.on('history', (history) => {
        this.history = history
      }),
      annotator.on('view', ({ zoom, centre, visible }) => {
        this.zoom = zoom
        this.centre = centre
        this.visible = visible
      }),
      annotator.on('options', (options) => {
        this.options = options
      }),
      annotator.on('tool', (tool) => {
        this.tool = tool
      }),
      annotator.on('display', (display) => {
        this.display = display
      }),
      annotator.on('weights', (state) => {
        this.weightsState = state
      }),
    ]
  }
}
