/**
 * How often each object of the truth meets each object of a prediction: the one table from which the Rand, information
 * and object scores are computed. Plain instance maps: 0 is background, every other value an object.
 */
export interface Contingency {
  /** Number of known pixels. */
  knownPx: number
  /** Known pixels of each object by dense index; index 0 is background. */
  truthAreas: Float64Array
  predictionAreas: Float64Array
  /** Pixels of each predicted object wherever they lie, unknown ones too. */
  predictionWholeAreas: Float64Array
  /** Id in the map of each dense index. */
  truthIds: Uint32Array
  predictionIds: Uint32Array
  /** Dense indices and known pixels of each pair that occurs, background included. */
  pairs: { truth: Uint32Array; prediction: Uint32Array; px: Float64Array }
}

/** Which pixels take part; absent: all of them. */
export interface KnownPixels {
  /** 0 where the truth is unknown; same length as the maps. */
  mask?: Uint8Array | undefined
}

/** Pairs are counted in one flat array up to this many cells, in a Map beyond. */
const FLAT_CELLS = 1 << 21

/**
 * The table of `truth` against `prediction`, both row-major with one value per pixel.
 * @throws Error when lengths differ: a bug of the caller, sizes are checked at the door
 */
export function contingency(truth: Uint32Array, prediction: Uint32Array, { mask }: KnownPixels = {}): Contingency {
  if (truth.length !== prediction.length || (mask && mask.length !== truth.length)) {
    throw new Error(`maps differ in size: ${truth.length}, ${prediction.length}, mask ${mask?.length}`)
  }
  const rows = denseIndices(truth)
  const columns = denseIndices(prediction)
  const counted = countPairs(rows, columns, mask)
  const truthAreas = new Float64Array(rows.ids.length)
  const predictionAreas = new Float64Array(columns.ids.length)
  let knownPx = 0
  counted.px.forEach((px, pair) => {
    truthAreas[counted.truth[pair]!]! += px
    predictionAreas[counted.prediction[pair]!]! += px
    knownPx += px
  })
  return {
    knownPx,
    truthAreas,
    predictionAreas,
    predictionWholeAreas: mask ? wholeAreas(columns) : predictionAreas,
    truthIds: rows.ids,
    predictionIds: columns.ids,
    pairs: counted,
  }
}

interface Dense {
  index: Uint32Array
  ids: Uint32Array
}

/** Renumbers the values of a map to 0, 1, 2 ... with background first. */
function denseIndices(map: Uint32Array): Dense {
  const index = new Uint32Array(map.length)
  const known = new Map<number, number>([[0, 0]])
  let lastId = 0
  let lastIndex = 0
  for (let i = 0; i < map.length; i++) {
    const id = map[i]!
    if (id !== lastId) {
      lastId = id
      const found = known.get(id)
      lastIndex = found ?? known.size
      if (found === undefined) known.set(id, lastIndex)
    }
    index[i] = lastIndex
  }
  return { index, ids: Uint32Array.from(known.keys()) }
}

function countPairs(rows: Dense, columns: Dense, mask: Uint8Array | undefined): Contingency['pairs'] {
  const stride = columns.ids.length
  const cells = rows.ids.length * stride
  const counts = cells <= FLAT_CELLS ? flatCounts(rows, columns, mask, cells) : mapCounts(rows, columns, mask)
  const truth = new Uint32Array(counts.length)
  const prediction = new Uint32Array(counts.length)
  const px = new Float64Array(counts.length)
  counts.forEach(([key, count], pair) => {
    truth[pair] = Math.floor(key / stride)
    prediction[pair] = key % stride
    px[pair] = count
  })
  return { truth, prediction, px }
}

function flatCounts(rows: Dense, columns: Dense, mask: Uint8Array | undefined, cells: number): [number, number][] {
  const table = new Uint32Array(cells)
  const stride = columns.ids.length
  for (let i = 0; i < rows.index.length; i++) {
    if (mask && mask[i] === 0) continue
    table[rows.index[i]! * stride + columns.index[i]!]!++
  }
  const found: [number, number][] = []
  for (let key = 0; key < cells; key++) if (table[key]! > 0) found.push([key, table[key]!])
  return found
}

/** As above for maps with very many objects; runs of equal pairs are added at once. */
function mapCounts(rows: Dense, columns: Dense, mask: Uint8Array | undefined): [number, number][] {
  const table = new Map<number, number>()
  const stride = columns.ids.length
  const add = (key: number, run: number) => run > 0 && table.set(key, (table.get(key) ?? 0) + run)
  let lastKey = 0
  let run = 0
  for (let i = 0; i < rows.index.length; i++) {
    if (mask && mask[i] === 0) continue
    const key = rows.index[i]! * stride + columns.index[i]!
    if (key !== lastKey) {
      add(lastKey, run)
      lastKey = key
      run = 0
    }
    run++
  }
  add(lastKey, run)
  return [...table]
}

function wholeAreas(dense: Dense): Float64Array {
  const areas = new Float64Array(dense.ids.length)
  for (let i = 0; i < dense.index.length; i++) areas[dense.index[i]!]!++
  return areas
}
