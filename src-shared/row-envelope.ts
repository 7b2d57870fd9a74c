/**
 * The lower envelope of parabolas (x - site)^2 + height along a row of whole pixels 0..width-1. Parabolas are added
 * from left to right; afterwards part k is lowest for the pixels after `end[k - 1]` up to `end[k]`, and the last part
 * ends at Infinity.
 */
export class RowEnvelope {
  count = 0
  readonly site: Int32Array
  readonly height: Float64Array
  readonly end: Float64Array

  constructor(width: number) {
    this.site = new Int32Array(width)
    this.height = new Float64Array(width)
    this.end = new Float64Array(width)
  }

  clear(): void {
    this.count = 0
  }

  /** `site` is larger than all before; `height` is a whole number, so equal values are told exactly. */
  add(site: number, height: number): void {
    const { site: sites, height: heights, end } = this
    let last = this.count - 1
    while (last >= 0) {
      const other = sites[last]!
      // The last pixel where the older parabola is at most as high as the new one.
      const crossing = Math.floor((height + site * site - heights[last]! - other * other) / (2 * (site - other)))
      const start = last > 0 ? end[last - 1]! : -1
      if (crossing > start) {
        end[last] = crossing
        break
      }
      last-- // the older parabola is lowest nowhere
    }
    last++
    sites[last] = site
    heights[last] = height
    end[last] = Number.POSITIVE_INFINITY
    this.count = last + 1
  }
}
