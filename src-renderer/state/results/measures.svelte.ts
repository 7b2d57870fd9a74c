import type { ImageView } from '../../../src-shared/api.ts'
import type { CellMeasure } from '../../../src-shared/cell-measures.ts'
import { LABEL } from '../../../src-shared/labels.ts'
import type { PixelSizeUm, PlaneKey, Rect } from '../../../src-shared/planes.ts'
import { sentenceOf } from '../toasts.svelte.ts'
import { isWithin, type Range } from './axis.ts'
import { isWhole, type PlaneMaps, type PlanePart } from './maps.ts'
import { PAINTED, type Source } from './sources.ts'

/** A cell with the plane that it was measured on. */
export interface MeasuredCell extends CellMeasure {
  z: number
  t: number
}

export type QuantityId = 'area' | 'intensity' | 'doubt'

export interface Quantity {
  id: QuantityId
  name: string
  unit: string
  /** Only whole values occur. */
  isWhole: boolean
  of: (cell: CellMeasure) => number
}

/** What can be plotted, in the units of the image. */
export function quantitiesOf(channel: number, pixelSizeUm: PixelSizeUm | undefined): Record<QuantityId, Quantity> {
  const areaUm2 = pixelSizeUm && pixelSizeUm.x * pixelSizeUm.y
  return {
    area: {
      id: 'area',
      name: 'Area',
      unit: areaUm2 ? 'µm²' : 'px',
      isWhole: !areaUm2,
      of: ({ areaPx }) => areaPx * (areaUm2 ?? 1),
    },
    intensity: {
      id: 'intensity',
      name: 'Mean intensity',
      unit: '',
      isWhole: false,
      of: ({ intensities }) => intensities[channel] ?? Number.NaN,
    },
    doubt: { id: 'doubt', name: 'Mean doubt', unit: '%', isWhole: false, of: ({ doubt }) => doubt * 100 },
  }
}

/** Labels of one rectangle of a plane. */
export interface CellMap {
  plane: PlaneKey
  rect: Rect
  labels: Uint32Array
}

/** Ranges of quantities; a cell is selected when it lies in all of them. */
export type Selection = Partial<Record<QuantityId, Range>>

/** Measurements of the cells of a plane, or of all planes of its image, and which of them a brush has selected. */
export class Measures {
  status = $state<'none' | 'computing' | 'ready' | 'failed'>('none')
  error = $state('')
  done = $state(0)
  total = $state(0)
  scope = $state<'plane' | 'image'>('plane')
  source = $state.raw<string>(PAINTED)
  /** The one that was chosen; an image may have fewer. */
  wantedChannel = $state(0)
  plot = $state<'histogram' | 'scatter'>('histogram')
  x = $state<QuantityId>('area')
  y = $state<QuantityId>('intensity')
  cells = $state.raw<readonly MeasuredCell[]>([])
  selection = $state.raw<Selection>({})
  isPart = $state(false)
  /** Map of a plane that the cells are in, to mark them. */
  map = $state.raw<CellMap | null>(null)

  /** Whose intensity is shown. */
  readonly channel = $derived.by(() => Math.min(this.wantedChannel, (this.#image()?.channels ?? 1) - 1))
  readonly quantities = $derived.by(() => quantitiesOf(this.channel, this.#image()?.pixelSizeUm))
  readonly hasDoubt = $derived(this.cells.some(({ doubt }) => !Number.isNaN(doubt)))
  /** Also while it is being done. */
  readonly isMeasured = $derived(this.status === 'ready' || this.status === 'computing')
  readonly isSelecting = $derived(Object.keys(this.selection).length > 0)
  readonly selected = $derived.by((): readonly MeasuredCell[] => {
    const ranges = Object.entries(this.selection) as [QuantityId, Range][]
    if (ranges.length === 0) return []
    return this.cells.filter((cell) => ranges.every(([id, range]) => isWithin(this.quantities[id].of(cell), range)))
  })

  readonly #maps: PlaneMaps
  readonly #image: () => Pick<ImageView, 'channels' | 'pixelSizeUm'> | undefined
  #computing: AbortController | undefined
  #mapping: AbortController | undefined

  /** `image` answers the open one as it is now: its pixel size may be corrected after measuring. */
  constructor(maps: PlaneMaps, image: () => Pick<ImageView, 'channels' | 'pixelSizeUm'> | undefined) {
    this.#maps = maps
    this.#image = image
  }

  /**
   * Measures the cells of a source on the parts, the first of which is the open plane and has its map at once. `doubtOf`
   * gives the prediction whose doubt is measured on a part.
   */
  async measure(
    parts: readonly PlanePart[],
    sourceOf: (part: PlanePart) => Source | undefined,
    doubtOf: (part: PlanePart) => Source | undefined,
  ): Promise<void> {
    this.#computing?.abort()
    const computing = new AbortController()
    this.#computing = computing
    this.#mapping?.abort()
    const mapping = new AbortController()
    this.#mapping = mapping
    this.status = this.cells.length > 0 ? this.status : 'computing'
    this.done = 0
    this.total = parts.length
    try {
      const cells: MeasuredCell[] = []
      for (const [index, part] of parts.entries()) {
        const found = await this.#measurePart(part, sourceOf(part), doubtOf(part), computing.signal)
        if (computing.signal.aborted) return
        for (const cell of found.cells) cells.push(cell) // in a large plane more than a call has room for
        if (index === 0 && !mapping.signal.aborted) this.#take(part, found.labels)
        this.done++
      }
      this.isPart = parts.some((part) => !isWhole(part))
      this.cells = cells
      this.status = 'ready'
    } catch (error) {
      if (!computing.signal.aborted) this.#fail(error)
    }
  }

  /** Another plane of those that are measured, or being measured, is open: only its map is wanted. */
  async showMap(part: PlanePart, source: Source | undefined): Promise<void> {
    this.#mapping?.abort()
    const mapping = new AbortController()
    this.#mapping = mapping
    try {
      const map = source && (await this.#labelsOf(part, source, mapping.signal))
      if (!mapping.signal.aborted) this.#take(part, map?.labels)
    } catch (error) {
      if (!mapping.signal.aborted) this.#fail(error)
    }
  }

  clear(): void {
    this.#computing?.abort()
    this.#mapping?.abort()
    this.cells = []
    this.selection = {}
    this.map = null
    this.status = 'none'
  }

  /** Selects by one or two ranges; those of other quantities are forgotten. */
  select(selection: Selection): void {
    this.selection = selection
  }

  #fail(error: unknown): void {
    this.clear()
    this.status = 'failed'
    this.error = sentenceOf(error)
  }

  #take({ plane, rect }: PlanePart, labels: Uint32Array | undefined): void {
    this.map = labels ? { plane, rect, labels } : null
  }

  #labelsOf(part: PlanePart, { prediction }: Source, signal: AbortSignal): Promise<{ labels: Uint32Array }> {
    return prediction ? this.#maps.predicted(part, prediction) : this.#maps.painted(part, signal)
  }

  async #measurePart(
    part: PlanePart,
    source: Source | undefined,
    doubt: Source | undefined,
    signal: AbortSignal,
  ): Promise<{ cells: MeasuredCell[]; labels?: Uint32Array }> {
    if (!source) return { cells: [] }
    const { rect, plane } = part
    const [map, samples, certainty] = await Promise.all([
      this.#labelsOf(part, source, signal),
      this.#maps.samples(part, signal),
      doubt?.prediction ? this.#maps.predicted(part, doubt.prediction) : undefined,
    ])
    const cells = await this.#maps.computer.do('measure', {
      ...{ width: rect.w, height: rect.h, labels: map.labels, samples },
      firstId: source.prediction ? 1 : LABEL.firstObject,
      ...(certainty ? { foreground: certainty.foreground } : {}),
    })
    const moved = cells.map((cell) => ({
      ...cell,
      ...{ z: plane.z, t: plane.t },
      box: { ...cell.box, x: cell.box.x + rect.x, y: cell.box.y + rect.y },
      centre: { x: cell.centre.x + rect.x, y: cell.centre.y + rect.y },
    }))
    return { cells: moved, labels: map.labels }
  }
}
