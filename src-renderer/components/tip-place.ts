/** Where a tooltip goes: under what it explains, above where there is no room, and always inside the window. */

interface Size {
  width: number
  height: number
}

/** Between the tooltip and what it explains, and between it and the edges of the window, in CSS pixels. */
const GAP_PX = 6

/** Upper left corner of a tooltip of this size, in CSS pixels of the window. */
export function tipPlace(
  anchor: Pick<DOMRect, 'left' | 'top' | 'bottom' | 'width'>,
  tip: Size,
  window: Size,
): { x: number; y: number } {
  const within = (wanted: number, length: number, room: number) =>
    Math.max(GAP_PX, Math.min(room - length - GAP_PX, wanted))
  const below = anchor.bottom + GAP_PX
  const isRoomBelow = below + tip.height + GAP_PX <= window.height
  return {
    x: within(anchor.left + anchor.width / 2 - tip.width / 2, tip.width, window.width),
    y: within(isRoomBelow ? below : anchor.top - GAP_PX - tip.height, tip.height, window.height),
  }
}
