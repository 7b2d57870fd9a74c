/** The pixel size of images as a person writes it, and for which images it is meant. */
import type { ImageView } from '../../src-shared/api.ts'
import { PIXEL_SIDE_UM } from '../../src-shared/pixel-size.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'
import type { Asking } from './connection.ts'
import type { Project } from './project.svelte.ts'
import { counted, figure, pixelSizeText } from './words.ts'

export type PixelSizeScope = 'this' | 'chosen' | 'all'

/** What stands in the fields. */
export interface WrittenSize {
  x: string
  y: string
  z: string
}

export type ReadSize = { size: PixelSizeUm | 'unknown'; problem?: undefined } | { problem: string }

/** Micrometres with a point or a comma; all empty: unknown; y empty: as x; z empty: unknown. */
export function readSize({ x, y, z }: WrittenSize): ReadSize {
  if ([x, y, z].every((text) => text.trim() === '')) return { size: 'unknown' }
  if (x.trim() === '') return { problem: 'Write x, too; or leave all empty where the size is not known.' }
  const sides: Partial<PixelSizeUm> = {}
  for (const [name, text] of Object.entries({ x, y: y.trim() || x, z })) {
    if (text.trim() === '') continue
    const side = Number(text.trim().replace(',', '.'))
    const { least, most } = PIXEL_SIDE_UM
    if (!(side >= least && side <= most))
      return { problem: `${name} is not a size in micrometres; write a number such as 0.325.` }
    sides[name as keyof PixelSizeUm] = side
  }
  return { size: sides as PixelSizeUm }
}

/** A side as it is written into a field: what a file's inches make of it is rounded. */
const written = (side: number | undefined): string => (side === undefined ? '' : String(Number(side.toPrecision(6))))

export class PixelSizeForm {
  x = $state('')
  y = $state('')
  z = $state('')
  scope = $state<PixelSizeScope>('this')
  isSetting = $state(false)

  readonly #ask: Asking
  readonly #project: Project
  readonly #imageId: number

  readonly images = $derived.by((): ImageView[] => {
    if (this.scope === 'all') return this.#project.images
    if (this.scope === 'chosen') return this.#project.images.filter(({ id }) => this.#project.chosen.has(id))
    const image = this.#project.image(this.#imageId)
    return image ? [image] : []
  })
  readonly hasPlanes = $derived(this.images.some(({ z }) => z > 1))
  readonly read = $derived.by(() => readSize({ x: this.x, y: this.y, z: this.hasPlanes ? this.z : '' }))
  /** Images whose size would become another one. */
  readonly changed = $derived.by((): ImageView[] => {
    const { size } = this.read as { size?: PixelSizeUm | 'unknown' }
    return size === undefined ? [] : this.images.filter((image) => !isSame(image, size))
  })
  readonly #target = $derived(
    this.scope === 'this' ? 'this image' : counted(this.images.length, this.scope === 'all' ? 'image' : 'chosen image'),
  )
  readonly action = $derived(this.read.problem === undefined ? `Set for ${this.#target}` : 'Set')
  /** What setting it will do, or why it cannot be set. */
  readonly sentence = $derived.by((): string => {
    const { read } = this
    if (read.problem !== undefined) return read.problem
    const { size } = read
    if (this.changed.length === 0) return size === 'unknown' ? 'Not known.' : `It is ${pixelSizeText(size)}.`
    if (size === 'unknown') return 'The size is then not known: areas are in pixels, and there is no scale bar.'
    const replaced = this.changed.filter(({ pixelSizeUm }) => pixelSizeUm).length
    const before = replaced > 0 && this.scope !== 'this' ? ` ${counted(replaced, 'other size')} will be replaced.` : ''
    const area = figure(size.x * size.y)
    return `A pixel is then ${area} µm² for the scale bar, measurements and rescaling. No pixel is changed.${before}`
  })

  constructor(ask: Asking, project: Project, image: ImageView) {
    this.#ask = ask
    this.#project = project
    this.#imageId = image.id
    const { x, y, z } = image.pixelSizeUm ?? {}
    this.x = written(x)
    this.y = written(y)
    this.z = written(z)
  }

  get canSet(): boolean {
    return this.changed.length > 0 && !this.isSetting && !this.#project.isReadOnly
  }

  /** Sets it; answers what has been done, for people. */
  async set(): Promise<string> {
    const { read } = this
    if (read.problem !== undefined) return read.problem
    const { size } = read
    const target = this.#target
    this.isSetting = true
    try {
      const ids = this.images.map(({ id }) => id)
      await this.#ask.ask('image.setPixelSize', { ids, pixelSizeUm: size })
      await this.#project.load()
    } finally {
      this.isSetting = false
    }
    return size === 'unknown'
      ? `The pixel size of ${target} is not known now.`
      : `The pixel size of ${target} is ${pixelSizeText(size)} now.`
  }
}

/** As it would be kept: a z only where there are planes. */
function isSame({ pixelSizeUm, z: planes }: ImageView, size: PixelSizeUm | 'unknown'): boolean {
  if (size === 'unknown') return pixelSizeUm === undefined
  const { x, y, z } = size
  return pixelSizeUm?.x === x && pixelSizeUm.y === y && pixelSizeUm.z === (planes > 1 ? z : undefined)
}
