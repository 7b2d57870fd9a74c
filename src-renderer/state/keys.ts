/** Keys as text: "B", "Shift+B", "Mod+Shift+Z" (Mod is Ctrl, on a Mac Command), "PageUp", "?", "[". */

import type { Action } from './actions/action.ts'

export const isMac = (platform = globalThis.navigator?.platform ?? ''): boolean => /mac|iphone|ipad/i.test(platform)

type Pressed = Pick<KeyboardEvent, 'key' | 'code' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>

const NAMES: Record<string, string> = { ' ': 'Space', Esc: 'Escape', Del: 'Delete' }
const MODIFIERS = new Set([
  'Shift',
  'Control',
  'Alt',
  'Meta',
  'AltGraph',
  'CapsLock',
  'Dead',
  'Process',
  'Unidentified',
])

/**
 * The key an event stands for, or undefined for a modifier alone. Shift is named with letters and named keys only: on
 * another layout "?" may need it or not. With Alt the letter of the physical key counts, since Alt changes characters.
 */
export function keyOf(event: Pressed, mac = isMac()): string | undefined {
  if (MODIFIERS.has(event.key)) return undefined
  let key = NAMES[event.key] ?? event.key
  const physical = /^(?:Key|Digit)(.)$/.exec(event.code)?.[1]
  if (event.altKey && physical) key = physical
  if (key.length === 1) key = key.toUpperCase()
  const isNamed = key.length > 1
  const isLetter = key.length === 1 && key.toLowerCase() !== key.toUpperCase()
  const mod = mac ? event.metaKey : event.ctrlKey
  const parts = [
    ...(mod ? ['Mod'] : []),
    ...(mac && event.ctrlKey ? ['Ctrl'] : []),
    ...(event.altKey ? ['Alt'] : []),
    ...(event.shiftKey && (isLetter || isNamed) ? ['Shift'] : []),
    key,
  ]
  return parts.join('+')
}

const SHOWN: Record<string, string> = {
  PageUp: 'PgUp',
  PageDown: 'PgDn',
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Backspace: '⌫',
  Enter: '↵',
}
const MAC: Record<string, string> = { Mod: '⌘', Alt: '⌥', Shift: '⇧', Ctrl: '⌃' }

/** The parts of a key as they stand on keycaps: ["Ctrl", "Z"]. */
export const keycaps = (key: string, mac = isMac()): string[] =>
  (key.endsWith('++') ? [...key.slice(0, -2).split('+'), '+'] : key === '+' ? ['+'] : key.split('+')).map(
    (part) => (mac ? MAC[part] : part === 'Mod' ? 'Ctrl' : undefined) ?? SHOWN[part] ?? part,
  )

/** "Ctrl+Shift+Z", for tooltips. */
export const keyText = (key: string, mac = isMac()): string => keycaps(key, mac).join(mac ? '' : '+')

/** For `aria-keyshortcuts`. */
export const ariaKey = (key: string, mac = isMac()): string => key.replace('Mod', mac ? 'Meta' : 'Control')

/** True where typing belongs to what has the focus. */
export const isTyping = (target: EventTarget | null): boolean =>
  holdsText(target) || target instanceof HTMLSelectElement

/** True where what has the focus is text that a person writes, with an undo of its own. */
export function holdsText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true
  return target instanceof HTMLInputElement && !['checkbox', 'radio', 'range', 'button', 'color'].includes(target.type)
}

/** What a field with text does itself, under keys that are no letters. */
const TEXT_KEYS = new Set(['Mod+A', 'Mod+C', 'Mod+V', 'Mod+X', 'Mod+Z', 'Mod+Shift+Z', 'Mod+Y'])

/** True where a key that would do an action of this group is the text's while somebody writes: nothing paints then. */
export const isTextKey = (key: string, group: Action['group']): boolean =>
  TEXT_KEYS.has(key) || group === 'Tools' || group === 'Painting'

const CONTROL_KEYS = ['Enter', 'Space', 'Shift+Enter', 'PageUp', 'PageDown', 'Tab']
/** Of those, what does nothing in some inputs. A segment or a slider that was clicked keeps the focus. */
const IDLE_KEYS: Record<string, readonly string[]> = {
  radio: ['Enter', 'Shift+Enter', 'PageUp', 'PageDown'],
  checkbox: ['Enter', 'Shift+Enter', 'PageUp', 'PageDown'],
  range: ['Enter', 'Shift+Enter'],
}

/** True where a control does something with a key while it has the focus; `inputType` is empty for what is no input. */
export const isControlKey = (inputType: string, key: string): boolean =>
  CONTROL_KEYS.includes(key) && !IDLE_KEYS[inputType]?.includes(key)
