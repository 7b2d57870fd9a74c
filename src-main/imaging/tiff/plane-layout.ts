/** Where planes stored one after another belong, and what units of length are called. */
import type { PixelSizeUm } from '../../../src-shared/planes.ts'

/** Counts along each axis and where each stored plane belongs. */
export interface PlaneLayout {
  z: number
  t: number
  /** Planes that are channels, each with `samples` of its own. */
  c: number
  /** For each page of the file, in order, which plane it is; undefined: it is not part of the image. */
  places: ({ z: number; t: number; c: number } | undefined)[]
  channelNames?: string[]
  pixelSizeUm?: PixelSizeUm
}

/** Places of planes stored one after another, the axes of `order` from fastest to slowest. */
export function sequence(counts: { c: number; z: number; t: number }, order: string): PlaneLayout {
  const places: { z: number; t: number; c: number }[] = []
  for (let index = 0; index < counts.c * counts.z * counts.t; index++) {
    const place = { c: 0, z: 0, t: 0 }
    let rest = index
    for (const axis of order as Iterable<'c' | 'z' | 't'>) {
      place[axis] = rest % counts[axis]
      rest = Math.floor(rest / counts[axis])
    }
    places.push(place)
  }
  return { ...counts, places }
}

const UNIT_UM: Record<string, number> = {
  m: 1e6,
  cm: 1e4,
  mm: 1e3,
  um: 1,
  µm: 1,
  μm: 1,
  '\\u00B5m': 1,
  micron: 1,
  microns: 1,
  micrometer: 1,
  nm: 1e-3,
  pm: 1e-6,
  inch: 25400,
  in: 25400,
  Å: 1e-4,
}

/** Micrometres of a unit's name; undefined for those that are no length, as ImageJ's "pixel". */
export const micrometresOf = (unit: string): number | undefined => UNIT_UM[unit.trim()]
