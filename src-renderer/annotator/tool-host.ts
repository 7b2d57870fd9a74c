/**
 * Between the pointer and the tools: idle, or one gesture under way. It alone commits and takes back, so no tool can
 * forget: a lifted pointer commits, Escape, a lost pointer and a change of plane or tool restore.
 */
import type { StrokePoint } from '../../src-shared/strokes.ts'
import {
  type Finished,
  type Gesture,
  type Modifiers,
  NO_MODIFIERS,
  type Outcome,
  type Sketch,
  type Tool,
  type ToolId,
  type ToolPage,
} from './tool.ts'
import { toolOf } from './tools/index.ts'

export interface ToolHostPage extends ToolPage {
  /** A gesture begins: labels for new objects are handed out anew. */
  beginGesture(): void
  /** The gesture's stroke; throws when it cannot be painted. */
  commit(finished: Finished): void
  /** The gesture came to nothing, or could not be painted. */
  endGesture(failure?: unknown): void
}

export class ToolHost {
  #page: ToolHostPage | null = null
  #tool: Tool = toolOf('brush')
  /** The tool of this one gesture: the eraser end of a pen. */
  #gesture: Gesture | null = null
  #isPressed = false

  get tool(): Tool {
    return this.#tool
  }

  /** Idle, stroking with a pressed button, or open: going on without one. */
  get state(): 'idle' | 'stroking' | 'open' {
    if (!this.#gesture) return 'idle'
    return this.#isPressed ? 'stroking' : 'open'
  }

  get sketch(): Sketch | null {
    return this.#gesture?.sketch ?? null
  }

  /** The page to work on; null when no plane is open or it cannot be changed. */
  open(page: ToolHostPage | null): void {
    this.cancel()
    this.#page = page
  }

  choose(id: ToolId): void {
    if (id === this.#tool.id) return
    this.cancel()
    this.#tool = toolOf(id)
  }

  down(point: StrokePoint, modifiers: Modifiers = NO_MODIFIERS, toolId: ToolId = this.#tool.id): void {
    const page = this.#page
    if (!page) return
    this.#isPressed = true
    if (this.#gesture) {
      this.#gesture.press?.(point, modifiers)
      return
    }
    page.beginGesture()
    this.#try(() => {
      this.#gesture = toolOf(toolId).begin(page, point, modifiers)
      return this.#gesture ? 'open' : null
    })
  }

  /** All positions since the last call, in order: with coalesced events a fast pointer loses none. */
  move(points: readonly StrokePoint[], modifiers: Modifiers = NO_MODIFIERS): void {
    const gesture = this.#gesture
    if (!gesture) return
    this.#try(() => {
      gesture.move(points, modifiers)
      return 'open'
    })
  }

  up(modifiers: Modifiers = NO_MODIFIERS): void {
    this.#isPressed = false
    const gesture = this.#gesture
    if (gesture) this.#try(() => gesture.lift(modifiers))
  }

  /** Enter, or a double click. True when a gesture was open. */
  complete(): boolean {
    const gesture = this.#gesture
    if (!gesture?.complete || this.#isPressed) return false
    this.#try(() => gesture.complete!())
    return true
  }

  /** Backspace. True when a gesture was open. */
  stepBack(): boolean {
    const gesture = this.#gesture
    if (!gesture?.stepBack || this.#isPressed) return false
    if (!gesture.stepBack()) this.cancel()
    return true
  }

  /** Restores what was there before the gesture. True when there was one. */
  cancel(): boolean {
    this.#isPressed = false
    if (!this.#gesture) return false
    this.#end()
    return true
  }

  #try(act: () => Outcome): void {
    try {
      const outcome = act()
      if (outcome === 'open') return
      if (outcome) this.#page?.commit(outcome)
      this.#end()
    } catch (error) {
      this.#end(error)
    }
  }

  #end(failure?: unknown): void {
    this.#gesture = null
    this.#page?.endGesture(failure)
  }
}
