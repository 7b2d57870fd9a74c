/** A Chromium that is installed already; none is downloaded. */
import { existsSync } from 'node:fs'

const PLACES = [
  process.env.CELLBRUSH_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]

export const chromiumPath = (): string | undefined => PLACES.find((place) => place && existsSync(place))

export const WITHOUT_CHROMIUM =
  'no Chromium is installed (apt-get install chromium, or CELLBRUSH_CHROMIUM=/path/to/chromium)'

/** WebGL2 in software, so that every machine draws the same pixels. */
export const CHROMIUM_ARGUMENTS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--force-color-profile=srgb',
  '--disable-accelerated-2d-canvas', // in software it is now and then shown as it was a frame before
]
