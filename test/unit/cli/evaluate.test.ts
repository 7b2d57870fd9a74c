/** `evaluate` on files as they lie in folders: what is known, what belongs together, and what is printed. */
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { TiffWriter } from '../../../src-main/imaging/tiff-writer.ts'
import { cellbrush, temporaryFolder } from '../../drivers/command-line.ts'

const { at, remove } = temporaryFolder()
afterAll(remove)

/** A label image; each page is rows of digits, each the value of a pixel. */
function writeLabels(file: string, ...pages: string[][]): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const size = { width: pages[0]![0]!.length, height: pages[0]!.length }
  const tiff = TiffWriter.create(file, { ...size, sampleType: 'uint8', z: pages.length })
  for (const rows of pages) tiff.writePlane(Uint8Array.from(rows.join(''), Number))
  tiff.close()
}

/** The same as probabilities of foreground: each digit is a tenth. */
function writeProbabilities(file: string, rows: string[]): void {
  mkdirSync(path.dirname(file), { recursive: true })
  const size = { width: rows[0]!.length, height: rows.length }
  const tiff = TiffWriter.create(file, { ...size, sampleType: 'float32', z: 1 })
  tiff.writePlane(Float32Array.from(rows.join(''), (digit) => Number(digit) / 10))
  tiff.close()
}

test('warping errors are printed with six decimals, shares with four', async () => {
  const cells = ['9999999', '9999999', '0000000', '9999999', '9999999']
  writeLabels(
    at('warped/truth/a.tif'),
    cells.map((row) => row.replaceAll('9', '1')),
  )
  writeProbabilities(
    at('warped/out/a_probabilities.tif'),
    cells.map((row) => `${row.slice(0, 3)}9${row.slice(4)}`),
  )
  const words = ['--kind', 'membranes', '--truth', at('warped/truth'), '--probabilities', at('warped/out')]
  const { stdout } = await cellbrush(['evaluate', ...words])
  expect(stdout.split('\n').slice(0, 3)).toEqual([
    'thinned scores',
    'image  vRand   vRandThreshold  vInfo   pixelError  warpingError  warpingErrorAtVRand',
    'a      0.6667  0.0000          0.0000  0.0286      0.028571      0.028571',
  ])
})
