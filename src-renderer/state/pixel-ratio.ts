import { createSubscriber } from 'svelte/reactivity'
import { onPixelRatio } from '../annotator/pixel-ratio.ts'

const follow = createSubscriber(onPixelRatio)

/** Pixels of the screen to one of the page; what depends on it is done again when the window is on another screen. */
export function pixelRatio(): number {
  follow()
  return devicePixelRatio
}
