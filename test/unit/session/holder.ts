/** A program of its own that has a project: paints, renames and leaves as its standard input says, a line each. */
import { createInterface } from 'node:readline'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { parseStroke } from '../../../src-shared/strokes.ts'

const store = await ProjectStore.open(process.argv[2]!, { program: 'holder' })
const plane = { imageId: 1, layer: 'objects', z: 0, t: 0 }
console.log('open')
for await (const line of createInterface({ input: process.stdin })) {
  const [what, value] = line.split(' ')
  if (what === 'paint') {
    const path = [[Number(value), 20]]
    store.labels.apply(plane, parseStroke({ id: `at-${value}`, tool: 'brush', label: 'new', path, radiusPx: 4 }))
  }
  if (what === 'rename') store.rename(value!)
  if (what === 'leave') store.close()
  console.log(what)
  if (what === 'leave') break
}
