/**
 * Mouse, pen and keys over the canvas: left paints, right or middle or Space drags the plane, Alt and a drag sizes the
 * brush, the wheel zooms to the cursor. Tells what is meant; knows nothing of pixels or labels.
 */
import type { Modifiers, ToolId } from './tool.ts'
import type { Point } from './viewport.ts'

/** A position in CSS pixels from the canvas's upper left corner. */
export interface PointerAt extends Point {
  /** Of a pen, 0..1. */
  pressure?: number
}

export interface PointerMeaning {
  down(at: PointerAt, modifiers: Modifiers, tool?: ToolId): void
  move(path: readonly PointerAt[], modifiers: Modifiers): void
  up(modifiers: Modifiers): void
  cancel(): void
  doubleClick(): void
  /** A click with Ctrl or Command. */
  choose(at: Point): void
  pan(dx: number, dy: number): void
  zoom(factor: number, at: Point): void
  /** The brush is to have this many times its size. */
  scaleBrush(factor: number): void
  hover(at: Point | null): void
  /** True when the place belongs to something that takes the pointer for itself while it is pressed. */
  grab(at: Point): boolean
  grabbed(at: Point): void
  /** Escape, Enter, Backspace: true when it was needed here. */
  key(key: string): boolean
  /** Space is held, or a drag of the plane is under way. */
  panning(isPanning: boolean): void
}

type Mode = 'idle' | 'painting' | 'panning' | 'sizing' | 'grabbing'

/** So many CSS pixels to the right double the brush. */
const DOUBLING_PX = 90
const WHEEL_STEP = 0.0016
const PEN_ERASER_BUTTON = 5

export class PointerInput {
  readonly #element: HTMLElement
  readonly #meaning: PointerMeaning
  readonly #stop = new AbortController()
  #mode: Mode = 'idle'
  #pointerId = -1
  #last: Point = { x: 0, y: 0 }
  #isSpaceHeld = false

  constructor(element: HTMLElement, meaning: PointerMeaning) {
    this.#element = element
    this.#meaning = meaning
    const on = <E extends keyof HTMLElementEventMap>(name: E, act: (event: HTMLElementEventMap[E]) => void) =>
      element.addEventListener(name, act, { signal: this.#stop.signal, passive: false })
    on('pointerdown', (event) => this.#down(event))
    on('pointermove', (event) => this.#move(event))
    on('pointerup', (event) => this.#up(event))
    on('pointercancel', (event) => this.#lose(event))
    on('lostpointercapture', (event) => this.#lose(event))
    on('pointerleave', () => this.#meaning.hover(null))
    on('dblclick', () => this.#meaning.doubleClick())
    on('contextmenu', (event) => event.preventDefault())
    on('wheel', (event) => this.#wheel(event))
    const options = { signal: this.#stop.signal, capture: true }
    window.addEventListener('keydown', (event) => this.#keyDown(event), options)
    window.addEventListener('keyup', (event) => this.#keyUp(event), options)
    window.addEventListener('blur', () => this.#blur(), { signal: this.#stop.signal })
  }

  dispose(): void {
    this.#stop.abort()
  }

  #down(event: PointerEvent): void {
    if (this.#mode !== 'idle') return
    const at = this.#at(event)
    this.#element.setPointerCapture(event.pointerId)
    this.#pointerId = event.pointerId
    this.#last = at
    event.preventDefault() // no text selection, no scrolling by touch
    this.#element.focus({ preventScroll: true })
    const isPen = event.pointerType === 'pen'
    if (event.button === 1 || (event.button === 2 && !isPen) || this.#isSpaceHeld) this.#startPanning()
    else if (event.button === 0 && this.#meaning.grab(at)) {
      this.#mode = 'grabbing'
      this.#meaning.grabbed(at)
    } else if (event.button === 0 && event.altKey) this.#mode = 'sizing'
    else if (event.button === 0 && (event.ctrlKey || event.metaKey)) this.#meaning.choose(at)
    else if (event.button === 0 || event.button === PEN_ERASER_BUTTON) {
      this.#mode = 'painting'
      this.#meaning.down(at, modifiersOf(event), event.button === PEN_ERASER_BUTTON ? 'eraser' : undefined)
    }
  }

  #startPanning(): void {
    this.#mode = 'panning'
    this.#meaning.panning(true)
  }

  #move(event: PointerEvent): void {
    const at = this.#at(event)
    const [dx, dy] = [at.x - this.#last.x, at.y - this.#last.y]
    if (this.#mode !== 'idle' && event.pointerId !== this.#pointerId) return
    this.#last = at
    if (this.#mode === 'panning') this.#meaning.pan(dx, dy)
    else if (this.#mode === 'sizing') this.#meaning.scaleBrush(2 ** (dx / DOUBLING_PX))
    else if (this.#mode === 'grabbing') this.#meaning.grabbed(at)
    else this.#meaning.move(this.#coalesced(event), modifiersOf(event))
    if (this.#mode !== 'sizing') this.#meaning.hover(at)
  }

  /** All positions since the last event: a fast pointer has several in a frame. */
  #coalesced(event: PointerEvent): PointerAt[] {
    const events = event.getCoalescedEvents?.() ?? []
    return (events.length > 0 ? events : [event]).map((one) => this.#at(one))
  }

  #up(event: PointerEvent): void {
    if (event.pointerId !== this.#pointerId) return
    const mode = this.#mode
    this.#mode = 'idle'
    this.#release()
    if (mode === 'painting') this.#meaning.up(modifiersOf(event))
    if (mode === 'panning') this.#meaning.panning(this.#isSpaceHeld)
  }

  /** A pointer is gone: a palm or a second finger may go while the pen paints. */
  #lose(event: PointerEvent): void {
    if (event.pointerId === this.#pointerId) this.#abandon()
  }

  /** The pointer is gone without having been lifted. */
  #abandon(): void {
    const mode = this.#mode
    this.#mode = 'idle'
    if (mode === 'painting') this.#meaning.cancel()
    if (mode === 'panning') this.#meaning.panning(this.#isSpaceHeld)
  }

  #release(): void {
    if (this.#element.hasPointerCapture(this.#pointerId)) this.#element.releasePointerCapture(this.#pointerId)
    this.#pointerId = -1
  }

  #wheel(event: WheelEvent): void {
    event.preventDefault()
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1
    const delta = Math.max(-240, Math.min(240, (event.deltaY || event.deltaX) * lines))
    const isPinch = event.ctrlKey && event.deltaMode === WheelEvent.DOM_DELTA_PIXEL && Math.abs(event.deltaY) < 50
    if (event.altKey) this.#meaning.scaleBrush(Math.exp(-delta * WHEEL_STEP))
    else this.#meaning.zoom(Math.exp(-delta * (isPinch ? 0.01 : WHEEL_STEP)), this.#at(event))
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.key === 'Escape' && this.#mode === 'painting') {
      this.#mode = 'idle'
      this.#release()
      this.#meaning.cancel()
      consume(event)
      return
    }
    if (isElsewhere(event.target)) return
    if (event.key === ' ' && !event.ctrlKey && !event.metaKey) {
      if (!this.#isControl(event.target)) {
        this.#isSpaceHeld = true
        this.#meaning.panning(true)
        consume(event)
      }
    } else if (['Escape', 'Enter', 'Backspace'].includes(event.key) && this.#meaning.key(event.key)) consume(event)
  }

  #keyUp(event: KeyboardEvent): void {
    if (event.key !== ' ' || !this.#isSpaceHeld) return
    this.#isSpaceHeld = false
    if (this.#mode !== 'panning') this.#meaning.panning(false)
    consume(event)
  }

  #blur(): void {
    this.#isSpaceHeld = false
    if (this.#mode !== 'idle') this.#abandon()
    this.#meaning.panning(false)
  }

  /** Space on a button presses it. */
  #isControl(target: EventTarget | null): boolean {
    return target instanceof HTMLElement && target !== this.#element && target.matches('button, a, summary, [role]')
  }

  #at(event: MouseEvent): PointerAt {
    const { left, top } = this.#element.getBoundingClientRect()
    const at = { x: event.clientX - left, y: event.clientY - top }
    const isPen = 'pointerType' in event && event.pointerType === 'pen'
    return isPen ? { ...at, pressure: (event as PointerEvent).pressure } : at
  }
}

function consume(event: Event): void {
  event.preventDefault()
  event.stopPropagation()
}

/** Keys that belong to a text field or a dialog. */
const isElsewhere = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.closest('input, textarea, select, [role="dialog"], [role="menu"]') !== null)

const modifiersOf = (event: MouseEvent): Modifiers => ({
  shift: event.shiftKey,
  alt: event.altKey,
  ctrl: event.ctrlKey || event.metaKey,
})
