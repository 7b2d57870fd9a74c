/**
 * Index of the pixel that stands at `index` of a row of `size` pixels extended by mirroring without repeating the edge
 * pixel: ... 2 1 | 0 1 2 3 | 2 1 0 1 ... (Ronneberger et al. 2015, section 2). Repeated as often as needed for rows
 * shorter than the margin; a row of one pixel continues with its value.
 */
export function mirrored(index: number, size: number): number {
  if (index >= 0 && index < size) return index
  if (size === 1) return 0
  const period = 2 * (size - 1)
  const within = ((index % period) + period) % period
  return within < size ? within : period - within
}
