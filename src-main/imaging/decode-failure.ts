/** Why bytes from outside cannot be decoded; the door that knows the file's name turns it into an AppError. */
import { AppError } from '../../src-shared/errors.ts'
import { asReadError } from '../files/file-errors.ts'

/** The file is broken; `reason` completes "FILE cannot be read (...)". */
export class DamagedData extends Error {
  override readonly name = 'DamagedData'
}

/** The file is fine but of a kind that is not read: `what` completes "FILE is ...", `remedy` says what to do. */
export class UnsupportedData extends Error {
  override readonly name = 'UnsupportedData'
  readonly what: string
  readonly remedy: string
  constructor(what: string, remedy = 'save it as an uncompressed, deflate or LZW compressed TIFF') {
    super(what)
    this.what = what
    this.remedy = remedy
  }
}

/** The file claims a size that nothing here could hold. */
export class TooLarge extends Error {
  override readonly name = 'TooLarge'
  readonly width: number
  readonly height: number
  readonly limit: string
  constructor(width: number, height: number, limit: string) {
    super(`${width} x ${height}`)
    this.width = width
    this.height = height
    this.limit = limit
  }
}

/** Sides up to a million pixels, planes up to 131072 x 131072: what a slide scanner makes, and nothing beyond it. */
export function checkSize(width: number, height: number, largestArea = 2 ** 34): void {
  if (width < 1 || height < 1) throw new DamagedData(`it says it is ${width} x ${height} pixels`)
  if (width > 1e6 || height > 1e6) throw new TooLarge(width, height, '1,000,000 pixels a side')
  if (width * height > largestArea) {
    throw new TooLarge(width, height, `${Math.round(largestArea / 1e6).toLocaleString('en')} megapixels`)
  }
}

/** The error a user sees for a failure while decoding `path`; bugs come back as they are. */
export function asDecodeError(error: unknown, path: string): unknown {
  if (error instanceof DamagedData) return new AppError('image-unreadable', { path, reason: error.message })
  if (error instanceof UnsupportedData) {
    return new AppError('image-unsupported', { path, what: error.what, remedy: error.remedy })
  }
  if (error instanceof TooLarge) {
    const { width, height, limit } = error
    return new AppError('image-too-large', { path, width, height, limit })
  }
  return asReadError(error, path)
}
