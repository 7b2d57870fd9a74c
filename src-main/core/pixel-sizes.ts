import type { PixelSizeUm } from '../../src-shared/planes.ts'
import type { ModelHeader } from './model-file.ts'

/** "a.tif has pixels of 0.250 µm but the network learned pixels of 0.500 µm": half a sentence, a remedy follows. */
export function saySizes(name: string, found: PixelSizeUm, { input }: ModelHeader): string {
  const [here, there] = [found.x, input.pixelSizeUm!.x].map((size) => size.toPrecision(3))
  return `${name} has pixels of ${here} µm but the network learned pixels of ${there} µm`
}
