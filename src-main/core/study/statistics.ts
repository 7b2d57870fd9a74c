/** Mean and spread of a few numbers, as every table of a study says them. */

export interface Spread {
  /** How many numbers. */
  n: number
  mean: number
  /** Standard deviation of a sample (divisor n - 1); NaN for one number. */
  sd: number
  least: number
  most: number
}

/** NaN stands for what could not be said and is left out; all are NaN where nothing is left. */
export function spreadOf(values: readonly number[]): Spread {
  const said = values.filter((value) => !Number.isNaN(value))
  const n = said.length
  if (n === 0) return { n, mean: Number.NaN, sd: Number.NaN, least: Number.NaN, most: Number.NaN }
  const mean = said.reduce((sum, value) => sum + value, 0) / n
  const squares = said.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  const sd = n > 1 ? Math.sqrt(squares / (n - 1)) : Number.NaN
  return { n, mean, sd, least: Math.min(...said), most: Math.max(...said) }
}

/** 97.5 % quantiles of Student's t for 1, 2 ... 10 degrees of freedom; the normal one is 1.96. */
const T_975 = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228]

/**
 * The 95 % confidence interval of the mean by Student's t, which supposes normally distributed values. Undefined below
 * two values. Above 11 values the quantile of 11 is used, which makes it a little too wide.
 */
export function intervalOf({ n, mean, sd }: Spread): [low: number, high: number] | undefined {
  if (n < 2) return undefined
  const half = (T_975[Math.min(n - 2, T_975.length - 1)]! * sd) / Math.sqrt(n)
  return [mean - half, mean + half]
}
