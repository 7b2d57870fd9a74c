/** Long series with fewer points, for what is sent and drawn. */

/** One point of so many is there as the lowest or the highest of its stretch, and not by its place. */
const POINTS_PER_EXTREME = 8

/**
 * Places of at most `most` of the values (16 or more), in order: evenly spread ones, so that means stay what they are, and
 * between them the lowest and the highest of every stretch, so that no spike is lost. The first and the last are there.
 */
export function thinnedPlaces(values: readonly number[], most: number): number[] {
  if (values.length <= most) return values.map((_, at) => at)
  const extremes = Math.floor(most / POINTS_PER_EXTREME)
  const evenly = most - extremes
  const places = new Set<number>()
  for (let n = 0; n < evenly; n++) places.add(Math.round((n * (values.length - 1)) / (evenly - 1)))
  const stretches = Math.max(1, Math.floor(extremes / 2))
  for (let n = 0; n < stretches; n++) {
    const [from, to] = [n, n + 1].map((edge) => Math.floor((edge * values.length) / stretches)) as [number, number]
    for (const place of extremesOf(values, from, to)) places.add(place)
  }
  return [...places].sort((a, b) => a - b)
}

function extremesOf(values: readonly number[], from: number, to: number): [number, number] {
  let [low, high] = [from, from]
  for (let at = from; at < to; at++) {
    if (values[at]! < values[low]!) low = at
    if (values[at]! > values[high]!) high = at
  }
  return [low, high]
}
