import { LABEL } from './labels.ts'

/**
 * Separates touching objects by background (Ronneberger et al. 2015, section 3, "separation border"): a pixel of an
 * object with a 4-neighbour in an object of smaller id becomes background. All pixels are judged by the map as given,
 * not one after another. An object that would lose all its pixels keeps all of them.
 *
 * Returns a new map; `labels` is a window, row-major.
 */
export function carve(labels: Uint32Array, width: number, height: number): Uint32Array {
  const carved = labels.slice()
  const losing: number[] = []
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const id = labels[at]!
      if (id < LABEL.firstObject) continue
      const isTouching =
        isSmaller(x > 0 ? labels[at - 1]! : 0, id) ||
        isSmaller(x < width - 1 ? labels[at + 1]! : 0, id) ||
        isSmaller(y > 0 ? labels[at - width]! : 0, id) ||
        isSmaller(y < height - 1 ? labels[at + width]! : 0, id)
      if (!isTouching) continue
      carved[at] = LABEL.background
      losing.push(at)
    }
  }
  keepVanished(labels, carved, losing)
  return carved
}

const isSmaller = (neighbour: number, id: number): boolean => neighbour >= LABEL.firstObject && neighbour < id

function keepVanished(labels: Uint32Array, carved: Uint32Array, losing: number[]): void {
  const vanished = new Set<number>()
  for (const at of losing) vanished.add(labels[at]!)
  if (vanished.size === 0) return
  let last = 0 // ids come in runs, so the set is asked once a run
  for (let at = 0; at < carved.length; at++) {
    const id = carved[at]!
    if (id === last) continue
    last = id
    if (id >= LABEL.firstObject) vanished.delete(id)
  }
  if (vanished.size === 0) return
  for (const at of losing) if (vanished.has(labels[at]!)) carved[at] = labels[at]!
}
