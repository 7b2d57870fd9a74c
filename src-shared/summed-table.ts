/** Sums over any rectangle of a grid of cells by four look-ups (Crow 1984, "Summed-area tables for texture mapping"). */
export class SummedTable {
  readonly #stride: number
  /** Sums over all rectangles of cells that start at the origin: (rows + 1) x (columns + 1). */
  readonly #sums: Float64Array
  #rows = 0

  constructor(columns: number, rows: number) {
    this.#stride = columns + 1
    this.#sums = new Float64Array(this.#stride * (rows + 1))
  }

  /** The values of the next row of cells, from the top. */
  addRow(values: ArrayLike<number>): void {
    const above = this.#rows++ * this.#stride
    let line = 0
    for (let column = 1; column < this.#stride; column++) {
      line += values[column - 1]!
      this.#sums[above + this.#stride + column] = this.#sums[above + column]! + line
    }
  }

  /** Over columns `left` to `right - 1` of rows `top` to `bottom - 1`. */
  in(left: number, top: number, right: number, bottom: number): number {
    const at = (column: number, row: number) => this.#sums[row * this.#stride + column]!
    return at(right, bottom) - at(right, top) - at(left, bottom) + at(left, top)
  }

  /** Over all cells. */
  get total(): number {
    return this.#sums.at(-1)!
  }
}
