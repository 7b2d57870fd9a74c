/** The ends of long lists: `Math.min(...values)` has room for some 100,000 arguments, and planes have more pixels. */

/** The least of any number of values; Infinity of none. */
export const leastOf = (values: readonly number[]): number =>
  values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)

/** The largest of any number of values; -Infinity of none. */
export const largestOf = (values: readonly number[]): number =>
  values.reduce((largest, value) => Math.max(largest, value), Number.NEGATIVE_INFINITY)
