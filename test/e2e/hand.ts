/** A hand over the plane that is shown: it aims at points of the plane, and knows the path that its stroke is stored with. */
import type { Placement, Point, WorkWindow } from './workstation.ts'

export class Hand {
  readonly #window: WorkWindow
  readonly #at: Placement

  /** Over a plane of this size, of which all is shown. */
  static async over(window: WorkWindow, plane: { width: number; height: number }): Promise<Hand> {
    return new Hand(window, await window.fitted(plane))
  }

  private constructor(window: WorkWindow, at: Placement) {
    this.#window = window
    this.#at = at
  }

  /** Whole pixels of the screen, as a mouse has them. */
  aim(point: Point): Point {
    const { x, y } = this.#at.toScreen(point)
    return { x: Math.round(x), y: Math.round(y) }
  }

  /** Where the mouse really was, in 64ths of a pixel of the plane, as strokes are stored. */
  hit(point: Point): Point {
    const { x, y } = this.#at.toPlane(this.aim(point))
    return { x: Math.round(x * 64) / 64, y: Math.round(y * 64) / 64 }
  }

  /** Draws through points of the plane; answers the stored path, once it is stored. */
  async draw(points: readonly Point[]): Promise<Point[]> {
    await this.#window.drag(
      points.map((point) => this.aim(point)),
      { steps: 1 },
    )
    await this.#window.painted()
    return points.map((point) => this.hit(point))
  }

  async click(point: Point, times = 1): Promise<Point> {
    const { x, y } = this.aim(point)
    await this.#window.page.mouse.click(x, y, { clickCount: times })
    return this.hit(point)
  }
}
