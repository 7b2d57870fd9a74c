/** Where the window was, and whether that is still on a screen. */
import { readFileSync } from 'node:fs'
import { type BrowserWindow, type Rectangle, screen } from 'electron'
import * as v from 'valibot'
import { writeFileDurably } from '../../store/index.ts'

export const LEAST_SIZE = { width: 900, height: 600 }
const FIRST_SIZE = { width: 1440, height: 900 }
/** So much of the title bar must be on a screen for a hand to take it, in pixels. */
const GRIP = { width: 120, height: 32 }

const Integer = v.pipe(v.number(), v.integer())
const SavedState = v.object({
  x: Integer,
  y: Integer,
  width: Integer,
  height: Integer,
  isMaximized: v.boolean(),
  isFullScreen: v.boolean(),
})
export type WindowState = v.InferOutput<typeof SavedState>

/** What was saved, moved and shrunk to the screens there are now; the first size in the middle where nothing was. */
export function readWindowState(file: string): WindowState {
  const saved = read(file)
  const isMaximized = saved?.isMaximized ?? false
  const isFullScreen = saved?.isFullScreen ?? false
  if (saved) {
    const area = screen.getDisplayMatching(saved).workArea
    const size = sizeWithin(saved, area)
    if (isWithinReach(saved)) return { ...at(saved, size), isMaximized, isFullScreen }
    return { ...centred(size, area), isMaximized, isFullScreen }
  }
  const area = screen.getPrimaryDisplay().workArea
  return { ...centred(sizeWithin(FIRST_SIZE, area), area), isMaximized, isFullScreen }
}

export function saveWindowState(window: BrowserWindow, file: string): void {
  const state = {
    ...window.getNormalBounds(),
    isMaximized: window.isMaximized(),
    isFullScreen: window.isFullScreen(),
  }
  writeFileDurably(file, JSON.stringify(state))
}

function read(file: string): WindowState | undefined {
  try {
    return v.parse(SavedState, JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return undefined // the first start, or a file that somebody changed
  }
}

const at = ({ x, y }: Rectangle, size: Size): Rectangle => ({ x, y, ...size })

type Size = Pick<Rectangle, 'width' | 'height'>

const sizeWithin = ({ width, height }: Size, area: Size): Size => ({
  width: Math.min(Math.max(width, LEAST_SIZE.width), area.width),
  height: Math.min(Math.max(height, LEAST_SIZE.height), area.height),
})

const centred = ({ width, height }: Size, area: Rectangle): Rectangle => ({
  x: area.x + Math.round((area.width - width) / 2),
  y: area.y + Math.round((area.height - height) / 2),
  width,
  height,
})

/** The upper edge is on one of the screens, wide enough to be taken. */
function isWithinReach({ x, y, width }: Rectangle): boolean {
  return screen.getAllDisplays().some(({ workArea }) => {
    const shown = Math.min(x + width, workArea.x + workArea.width) - Math.max(x, workArea.x)
    return shown >= GRIP.width && y >= workArea.y && y + GRIP.height <= workArea.y + workArea.height
  })
}
