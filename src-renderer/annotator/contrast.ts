/** How the grey values of the open plane are shown: chosen from the picture until a person chooses. */
import type { ImageTiles } from './image-tiles.ts'
import type { PlaneInfo } from './link.ts'
import { DEFAULT_DISPLAY, type Display, limitsOf } from './view.ts'

/** Percentiles of the picture that become black and white. */
const DARKEST_PERCENT = 0.2
const BRIGHTEST_PERCENT = 99.8

export class Contrast {
  readonly #changed: (display: Display, isOtherChannel: boolean) => void
  #display = DEFAULT_DISPLAY
  #plane: { info: PlaneInfo; image: ImageTiles } | null = null
  #isChosen = false

  constructor(changed: (display: Display, isOtherChannel: boolean) => void) {
    this.#changed = changed
  }

  get display(): Display {
    return this.#display
  }

  /** Another plane. Without black and white in `display` they are chosen once the picture is here. */
  open(info: PlaneInfo, image: ImageTiles, display: Partial<Display> = {}): void {
    this.#plane = { info, image }
    const first = firstDisplay(info)
    this.#display = { ...first, ...display }
    this.#isChosen = isPhoto(info) || this.#display.low !== first.low || this.#display.high !== first.high
    this.#changed(this.#display, true)
  }

  close(): void {
    this.#plane = null
  }

  set(display: Partial<Display>): void {
    const isOtherChannel = display.channel !== undefined && display.channel !== this.#display.channel
    this.#display = { ...this.#display, ...display }
    this.#isChosen = true
    this.#changed(this.#display, isOtherChannel)
  }

  /** Black and white at two percentiles of the picture. False while it has not come. */
  auto(): boolean {
    const range = this.#plane?.image.range(this.#display.channel, DARKEST_PERCENT, BRIGHTEST_PERCENT)
    if (!range) return false
    this.set({ low: range[0], high: range[1] })
    return true
  }

  /** The reduced picture of the whole plane is here. */
  overviewCame(): void {
    if (!this.#isChosen) this.auto()
  }

  /** Values that the picture can have; of floats those that it has. */
  get limits(): [number, number] {
    if (!this.#plane) return [0, 255]
    const { info, image } = this.#plane
    const isFloat = info.sampleType === 'float32' || info.sampleType === 'float64'
    return (isFloat ? image.range(this.#display.channel, 0, 100) : null) ?? limitsOf(info.sampleType)
  }
}

/** Colours as a camera has stored them are shown as they are. */
const isPhoto = ({ sampleType, channels }: PlaneInfo): boolean => sampleType === 'uint8' && channels >= 3

function firstDisplay(info: PlaneInfo): Display {
  const [low, high] = limitsOf(info.sampleType)
  return { ...DEFAULT_DISPLAY, low, high, channel: isPhoto(info) ? -1 : 0 }
}
