/** A program of its own: paints numbered strokes until it is killed or one is refused; prints each id once acknowledged, or why not. */
import { writeSync } from 'node:fs'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { parseStroke } from '../../../src-shared/strokes.ts'

const [folder, imageId, firstStroke] = process.argv.slice(2)
const store = await ProjectStore.open(folder!, { program: 'painter' })
const plane = { imageId: Number(imageId), layer: 'objects', z: 0, t: 0 }
writeSync(1, 'open\n')
for (let number = Number(firstStroke); ; number++) {
  // Every stroke makes one object of 2 x 600 pixels in three tiles: half a stroke would show.
  const path = [
    [0, 2 * number + 1],
    [600, 2 * number + 1],
  ]
  try {
    store.labels.apply(plane, parseStroke({ id: `line-${number}`, tool: 'brush', label: 'new', path, radiusPx: 1 }))
  } catch (error) {
    writeSync(1, `${(error as { code?: string }).code}\n`)
    break
  }
  writeSync(1, `${number}\n`)
}
