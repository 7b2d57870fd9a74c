/** Images that the walks work on: slices of electron microscopy where the data folder is there, else what the repository has. */
import { existsSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { SAMPLES } from '../drivers/command-line.ts'

const SLICES = path.resolve(import.meta.dirname, '../../../shared/data/isbi2012-em/train/image')
const NUCLEI = path.join(SAMPLES, 'nuclei')

export const fiveImages = (): string[] => {
  const folder = existsSync(SLICES) ? SLICES : path.join(NUCLEI, 'images')
  const names = readdirSync(folder).filter((name) => /\.(png|tif)$/.test(name))
  return names
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))
    .slice(0, 5)
    .map((name) => path.join(folder, name))
}

export const NUCLEI_IMAGES = path.join(NUCLEI, 'images')
export const NUCLEI_MASKS = path.join(NUCLEI, 'masks')
