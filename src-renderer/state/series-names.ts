/** How long names of one series are told apart in a narrow list: without what all of them begin with. */

/** Names up to so many characters stand as they are, and say nothing of a series. */
const FITS = 16
/** Names up to so many are not cut in the narrowest list either. */
const FITS_NARROW = 11
/** So much of a name can be read beside its end. */
const HEAD = 8
/** How much of the end is shown where the beginning does not tell the names apart. */
const TAIL = 6

export interface Series {
  /** What every long name begins with, up to the last separator in it. */
  start: string
  /** How many characters of the end are always shown. */
  tail: number
  /** The same of the names that stand as they are, and do not fit into a narrow list. */
  wholeTail: number
}

/** What the names of a list have in common. */
export function seriesOf(names: readonly string[]): Series {
  const long = names.filter((name) => name.length > FITS)
  const start = long.length < 2 ? '' : (/^.*[\s_.-]/.exec(long.reduce(sharedStart))?.[0] ?? '')
  const whole = names.filter((name) => name.length > FITS_NARROW && name.length <= FITS)
  return { start, tail: tailOfAll(long.map((name) => shownName(name, start))), wholeTail: tailOfAll(whole) }
}

/** How many characters of the end of a name are shown, whatever else is cut. */
export const tailOf = (name: string, { tail, wholeTail }: Series): number => (name.length > FITS ? tail : wholeTail)

const tailOfAll = (shown: readonly string[]): number =>
  new Set(shown.map((name) => name.slice(0, HEAD))).size < shown.length ? TAIL : 0

/** A name without the start that its series has in common; short names, and those that are nothing else, stay whole. */
export function shownName(name: string, start: string): string {
  return name.length > FITS && name.length > start.length && name.startsWith(start) ? name.slice(start.length) : name
}

function sharedStart(one: string, other: string): string {
  let length = 0
  while (length < one.length && one[length] === other[length]) length++
  return one.slice(0, length)
}
