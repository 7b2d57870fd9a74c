/** Label tiles of a plane at all levels: who wants which, and where they go when they come. */
import type { TileAt } from '../../src-shared/data-urls.ts'
import type { TilePosition } from '../../src-shared/tile-map.ts'
import type { LabelLevels } from './label-levels.ts'
import type { LabelTile, PlaneLink } from './link.ts'
import type { LabelPage } from './page.ts'
import { TileLoader } from './tile-loader.ts'

export class LabelWishes {
  readonly #loader: TileLoader<LabelTile>
  readonly #target: () => { page: LabelPage; levels: LabelLevels }

  /** `levelCame`: a tile of a reduced level is here. */
  constructor(
    link: Pick<PlaneLink, 'loadLabelTile'>,
    target: () => { page: LabelPage; levels: LabelLevels },
    levelCame: (at: TileAt) => void,
  ) {
    this.#target = target
    this.#loader = new TileLoader(
      (at, signal) => link.loadLabelTile(target().page.revision, at, signal),
      (at, tile) => {
        const { page, levels } = target()
        if (at.level === 0) return page.arrived(at, tile)
        levels.arrived(at, tile)
        if (at.level === levels.level) levelCame(at)
      },
    )
  }

  /** Wants tiles that are not here; `who` has one wish at a time. */
  want(who: string, tiles: readonly TileAt[]): void {
    const { page, levels } = this.#target()
    const missing = tiles.filter(({ level, tx, ty }) =>
      level === 0 ? !page.isLoaded(tx, ty) : level !== levels.level || !levels.isLoaded(tx, ty),
    )
    this.#loader.want(who, missing)
  }

  /** What a stroke touches, at full size; `again`: although it is here. */
  request(tiles: readonly TilePosition[], again: boolean): void {
    const wanted = tiles.map((at) => ({ level: 0, ...at }))
    if (again) for (const at of wanted) this.again(at)
    else this.#loader.also('touched', wanted)
  }

  /** Loads a tile although it is here. */
  again(at: TileAt): void {
    this.#loader.again('again', at)
  }

  dispose(): void {
    this.#loader.dispose()
  }
}
