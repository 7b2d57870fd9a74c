/** What events of pointers and keys over the canvas mean. */
import { beforeEach, expect, test, vi } from 'vitest'
import { PointerInput, type PointerMeaning } from '../../../src-renderer/annotator/pointer.ts'

let view: EventTarget

beforeEach(() => {
  view = new EventTarget()
  vi.stubGlobal('window', view)
  vi.stubGlobal('HTMLElement', EventTarget)
  return () => vi.unstubAllGlobals()
})

const TOLD = ['down', 'move', 'up', 'cancel'] as const

/** A canvas without a page, and what was told of a stroke on it. */
function canvas() {
  const element = Object.assign(new EventTarget(), {
    setPointerCapture() {},
    releasePointerCapture() {},
    hasPointerCapture: () => true,
    focus() {},
    getBoundingClientRect: () => ({ left: 0, top: 0 }),
  })
  const told: string[] = []
  const rest = { hover() {}, panning() {}, grab: () => false }
  const strokes = Object.fromEntries(TOLD.map((name) => [name, () => told.push(name)]))
  new PointerInput(element as unknown as HTMLElement, { ...rest, ...strokes } as unknown as PointerMeaning)
  const happens = (name: string, pointerId: number) =>
    element.dispatchEvent(Object.assign(new Event(name, { cancelable: true }), { pointerId, button: 0, pressure: 1 }))
  return { told, happens }
}

const [PEN, PALM] = [7, 9]

test('a palm that comes and goes leaves the stroke of the pen as it is', () => {
  const { told, happens } = canvas()
  happens('pointerdown', PEN)
  happens('pointerdown', PALM)
  happens('pointercancel', PALM)
  happens('lostpointercapture', PALM)
  happens('pointermove', PEN)
  happens('pointerup', PEN)
  expect(told).toEqual(['down', 'move', 'up'])
})

test('a stroke is taken back when its own pointer is lost, and when the window is', () => {
  const { told, happens } = canvas()
  for (const lose of ['pointercancel', 'lostpointercapture']) {
    happens('pointerdown', PEN)
    happens(lose, PEN)
    happens('pointerup', PEN)
  }
  happens('pointerdown', PEN)
  view.dispatchEvent(new Event('blur'))
  expect(told).toEqual(['down', 'cancel', 'down', 'cancel', 'down', 'cancel'])
})
