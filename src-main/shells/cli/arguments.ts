/** Texts of the command line as values; each throws a sentence that commander puts behind the option's name. */
import { InvalidArgumentError } from 'commander'
import { AppError } from '../../../src-shared/errors.ts'
import type { PresetName } from '../../../src-shared/presets.ts'
import { PRESETS } from '../../../src-shared/presets.ts'

/** A whole number in a range. */
export const wholeNumber =
  (least: number, most: number = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() !== '' && Number.isSafeInteger(value) && value >= least && value <= most) return value
    const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`
    throw new InvalidArgumentError(`Expected a whole number ${range}.`)
  }

/** A number above 0. */
export function positiveNumber(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('Expected a number above 0.')
}

/** "auto" or a number from 0 to 1. */
export function thresholdOf(text: string): number | 'auto' {
  if (text === 'auto') return text
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('Expected auto or a number from 0 to 1.')
}

/** One of a list of words. */
export const oneOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word => {
    if ((words as readonly string[]).includes(text)) return text as Word
    throw new InvalidArgumentError(`Expected ${words.slice(0, -1).join(', ')} or ${words.at(-1)}.`)
  }

/** Several of a list of words, with commas between. */
export const someOf =
  <Word extends string>(words: readonly Word[]) =>
  (text: string): Word[] => {
    const one = oneOf(words)
    return [...new Set(text.split(',').map((word) => one(word.trim())))]
  }

/** For options that may be given several times. */
export const collected = <T>(read: (text: string) => T) => {
  return (text: string, before: T[] | undefined): T[] => [...(before ?? []), read(text)]
}

export const presetNamed = oneOf(Object.keys(PRESETS) as PresetName[])

/** `NAME:#RRGGBB` or `NAME`: a class of objects and the colour it is shown in. */
export function classOf(text: string): { name: string; colour?: string } {
  const match = /^([^:]+)(?::(.+))?$/.exec(text.trim())
  if (!match) throw new InvalidArgumentError('Expected NAME or NAME:COLOUR.')
  const [, name, colour] = match
  if (colour === undefined) return { name: name! }
  const hex = NAMED_COLOURS[colour.toLowerCase()] ?? colour
  if (!/^#[0-9a-f]{6}$/i.test(hex)) {
    const names = Object.keys(NAMED_COLOURS).join(', ')
    throw new InvalidArgumentError(`Expected a colour like #e69f00, or one of ${names}.`)
  }
  return { name: name!, colour: hex.toLowerCase() }
}

/** Okabe and Ito's colours, told apart by colour-blind eyes too (jfly.uni-koeln.de/color, 2008). */
const NAMED_COLOURS: Record<string, string> = {
  orange: '#e69f00',
  blue: '#56b4e9',
  green: '#009e73',
  yellow: '#f0e442',
  navy: '#0072b2',
  red: '#d55e00',
  pink: '#cc79a7',
  grey: '#999999',
}

/** A share below 1 or a pattern of image names. */
export function validationOf(text: string): { share: number } | { pattern: string } {
  const value = Number(text)
  if (text.trim() === '' || Number.isNaN(value)) return { pattern: text }
  if (value > 0 && value <= 0.5) return { share: value }
  if (Number.isInteger(value)) return { pattern: text } // an image named "7"
  throw new InvalidArgumentError('Expected a share above 0 and at most 0.5, or a pattern of image names.')
}

/** Refuses two options that cannot be meant together. */
export function notBoth(options: Record<string, unknown>, first: string, second: string): void {
  if (options[camel(first)] === undefined || options[camel(second)] === undefined) return
  throw new AppError('usage', { reason: `--${first} and --${second} cannot be given together; leave one out.` })
}

const camel = (flag: string): string => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
