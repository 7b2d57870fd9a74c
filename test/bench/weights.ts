/** Weight map of 100 objects in 512 x 512 against SciPy with one distance transform per object; update after a stroke. */
import { join } from 'node:path'
import { LABEL } from '../../src-shared/labels.ts'
import { Random } from '../../src-shared/random.ts'
import { borderTerm, updateBorderTerm } from '../../src-shared/weight-map.ts'
import { largestDifference, readFloats, writeArray } from './files.ts'
import { takeTurns, timed } from './measure.ts'
import type { Bench, Section } from './section.ts'

const SIDE_PX = 512
const OBJECTS = 100
const SHAPE = { w0: 10, sigmaPx: 5 }
/** What a stroke of a brush with radius 10 px over 44 px changes. */
const STROKE = { x: 224, y: 224, w: 64, h: 64 }
const TOLERANCE = 1e-4

export const weights: Section = {
  name: 'weights',
  title: `weight map, ${SIDE_PX} x ${SIDE_PX}, ${OBJECTS} objects`,
  async run(bench) {
    const labels = randomCells()
    await wholeMap(bench, labels)
    await afterStroke(bench, labels)
  },
}

async function wholeMap(bench: Bench, labels: Uint32Array): Promise<void> {
  const { peer, folder } = bench
  let ours: Float32Array = new Float32Array()
  const run = () => timed(() => (ours = borderTerm(labels, SIDE_PX, SIDE_PX, SHAPE)))
  for (let warmUp = 0; warmUp < 5; warmUp++) await run()
  const request = { ask: 'weightMap', labels: join(folder, 'labels.u32'), output: join(folder, 'border.f32') }
  writeArray(request.labels, labels)
  const askPeer = () => peer!.seconds({ ...request, width: SIDE_PX, height: SIDE_PX, ...SHAPE })
  if (peer) await askPeer()
  const times = await takeTurns({ rounds: bench.rounds ?? 7, ours: run, peer: peer ? askPeer : undefined })
  const difference = peer ? largestDifference(ours, readFloats(request.output)) : undefined
  bench.report({
    what: `border term of the whole map, w0 ${SHAPE.w0}, sigma ${SHAPE.sigmaPx} px`,
    ...times,
    peerName: `SciPy ${bench.peerVersions.scipy ?? ''}`.trim(),
    budget: { of: 'speed', mustBe: 20 },
    note: difference === undefined ? undefined : `largest difference ${difference.toExponential(1)}`,
  })
  if (difference !== undefined && !(difference <= TOLERANCE))
    bench.complain(`the weight maps differ by ${difference}, more than ${TOLERANCE}`)
}

async function afterStroke(bench: Bench, labels: Uint32Array): Promise<void> {
  const term = borderTerm(labels, SIDE_PX, SIDE_PX, SHAPE)
  const painted = labels.slice()
  const ids = [LABEL.firstObject, LABEL.background]
  let strokes = 0
  const run = () => {
    const id = ids[strokes++ % ids.length]!
    for (let y = STROKE.y; y < STROKE.y + STROKE.h; y++)
      painted.fill(id, y * SIDE_PX + STROKE.x, y * SIDE_PX + STROKE.x + STROKE.w)
    return timed(() => updateBorderTerm(term, painted, SIDE_PX, SIDE_PX, SHAPE, STROKE))
  }
  for (let warmUp = 0; warmUp < 20; warmUp++) await run()
  const times = await takeTurns({ rounds: bench.rounds ?? 50, ours: run })
  const difference = largestDifference(term, borderTerm(painted, SIDE_PX, SIDE_PX, SHAPE))
  bench.report({
    what: `update after a stroke that changes ${STROKE.w} x ${STROKE.h} px`,
    ...times,
    peerName: '',
    budget: { of: 'seconds', goal: 0.008 },
    note: `largest difference to the whole map computed anew ${difference.toExponential(1)}`,
  })
  if (!(difference <= TOLERANCE)) bench.complain(`the update differs from the whole map by ${difference}`)
}

/** Discs of 8 to 22 px radius, later ones over earlier ones, so that some touch; each of the objects is there. */
function randomCells(): Uint32Array {
  const random = new Random(1)
  const labels = new Uint32Array(SIDE_PX * SIDE_PX).fill(LABEL.background)
  const grid = Math.ceil(Math.sqrt(OBJECTS))
  const pitchPx = SIDE_PX / grid
  for (let object = 0; object < OBJECTS; object++) {
    const centreX = ((object % grid) + random.uniform(0.2, 0.8)) * pitchPx
    const centreY = (Math.floor(object / grid) + random.uniform(0.2, 0.8)) * pitchPx
    const radiusPx = random.uniform(8, 22)
    for (let y = 0; y < SIDE_PX; y++) {
      for (let x = 0; x < SIDE_PX; x++) {
        if (Math.hypot(x - centreX, y - centreY) <= radiusPx) labels[y * SIDE_PX + x] = LABEL.firstObject + object
      }
    }
  }
  const present = new Set(labels).size - 1
  if (present !== OBJECTS) throw new Error(`the map has ${present} objects`)
  return labels
}
