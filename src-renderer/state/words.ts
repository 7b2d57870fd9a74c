/** Numbers, times and names as people say them. */
import type { HolderView } from '../../src-shared/api.ts'
import type { PixelSizeUm } from '../../src-shared/planes.ts'

/** "41 s", "6 min", "1 h 04 min": no more precision than somebody waiting needs. */
export function humanTime(seconds: number): string {
  if (seconds < 59.5) return `${Math.max(1, Math.round(seconds))} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 60) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** Names in the order a person expects: "cell 2" before "cell 10". */
export const byName = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

/** "3 images", "1 image". */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en')} ${count === 1 ? one : many}`

/** Three significant figures, without an exponent where a person would not use one. */
export function figure(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–'
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 100_000 || size < 0.0001) return value.toExponential(1)
  if (size >= 100) return Math.round(value).toLocaleString('en')
  return String(Number(value.toPrecision(3)))
}

/** "145 ms", "2.4 s". */
export const pace = (seconds: number): string =>
  seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${figure(seconds)} s`

/** "14:05" today, "21 Nov 14:05" this year, with the year before that. */
export function shortDate(iso: string, now = new Date()): string {
  const date = new Date(iso)
  if (Number.isNaN(date.getTime())) return ''
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
  if (date.toDateString() === now.toDateString()) return time
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
  return date.getFullYear() === now.getFullYear() ? `${day} ${time}` : `${day} ${date.getFullYear()}`
}

/** "cellbrush train, process 4711 on labserver since 14:05": who has a project. */
export function holderText({ program, pid, host, since }: HolderView): string {
  const date = shortDate(since)
  return `${program}, process ${pid} on ${host}${date && ` since ${date}`}`
}

/** "step 1,250". */
export const stepText = (step: number): string => `step ${step.toLocaleString('en')}`

/** A share of wrong pixels with one decimal, "12.3 %"; two below one percent. */
export function errorText(share: number): string {
  if (!Number.isFinite(share)) return '–'
  return `${(100 * share).toFixed(share < 0.01 ? 2 : 1)} %`
}

/** "0.90": a score between 0 and 1. */
export const scoreText = (score: number): string => (Number.isFinite(score) ? score.toFixed(2) : '–')

export const percent = (share: number): string => `${Math.round(share * 100)} %`

/** An area in pixels, or in µm² where the pixel size is known. */
export function areaText(areaPx: number, pixelSizeUm?: { x: number; y: number }): string {
  if (!pixelSizeUm) return `${areaPx.toLocaleString('en')} px`
  return `${figure(areaPx * pixelSizeUm.x * pixelSizeUm.y)} µm²`
}

/** "0.325 × 0.325 µm", with the distance of planes behind them where it is known. */
export const pixelSizeText = ({ x, y, z }: PixelSizeUm): string =>
  `${[x, y, ...(z === undefined ? [] : [z])].map(figure).join(' × ')} µm`

/** "plane 3", "time point 2", "plane 3 of time point 2": which plane of an image, as its sliders count. */
export function planeText(image: { z: number; t: number }, { z, t }: { z: number; t: number }): string {
  const parts = [image.z > 1 || image.t === 1 ? `plane ${z + 1}` : '', image.t > 1 ? `time point ${t + 1}` : '']
  return parts.filter(Boolean).join(' of ')
}
