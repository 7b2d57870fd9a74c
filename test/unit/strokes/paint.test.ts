import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type ObjectRoom, paint, parseStroke, type StrokeInput } from '../../../src-shared/strokes.ts'
import { TileMap } from '../../../src-shared/tile-map.ts'

/** A small plane drawn as text: one character a pixel, `.` unpainted, `b` boundary, `-` background, letters objects. */
class Sheet {
  readonly map: TileMap
  readonly created: number[] = []
  readonly parents: number[] = []
  #next = 100

  constructor(picture: string) {
    const rows = picture.trim().split(/\s+/)
    this.map = new TileMap(rows[0]!.length, rows.length, () => null)
    rows.forEach((row, y) => {
      for (const [x, character] of [...row].entries()) this.map.set(x, y, valueNamed(character))
    })
  }

  do(stroke: Record<string, unknown>): this {
    const room: ObjectRoom = {
      newObject: () => this.#next++,
      newPart: (parent) => {
        this.parents.push(parent)
        return this.#next++
      },
      boxOf: () => null,
    }
    const parsed = parseStroke({ id: 'stroke', ...stroke } as unknown as StrokeInput)
    this.created.push(...paint(this.map, parsed as never, room).created)
    return this
  }

  get picture(): string[] {
    const { data, width, height } = this.map.readRegion(this.map.rect)
    return Array.from({ length: height }, (_, y) => [...data.subarray(y * width, (y + 1) * width)].map(nameOf).join(''))
  }
}

const NAMES = new Map([
  [0, '.'],
  [1, '-'],
  [2, 'b'],
  [3, '?'],
  [16, 'A'],
  [17, 'B'],
  [100, 'x'],
  [101, 'y'],
])
const nameOf = (value: number): string => NAMES.get(value)!
const valueNamed = (name: string): number => [...NAMES].find(([, other]) => other === name)![0]

test('the boundary brush splits the object it crosses, and the largest part keeps the id', () => {
  const sheet = new Sheet('AAAAAAA AAAAAAA BBBBBBB').do({
    tool: 'boundary',
    path: [
      [2.5, 0],
      [2.5, 2],
    ],
    radiusPx: 0.5,
  })
  expect(sheet.picture).toEqual(['xxbAAAA', 'xxbAAAA', 'BBbBBBB'].map((row, y) => (y === 2 ? 'yybBBBB' : row)))
  expect(sheet.parents).toEqual([16, 17])
})

test('parts of an object that the boundary does not touch keep the id', () => {
  const sheet = new Sheet('AAAA.A ....A. AA....').do({ tool: 'boundary', path: [[1.5, 0.5]], radiusPx: 0.5 })
  expect(sheet.picture).toEqual(['xbAA.A', '....A.', 'AA....'])
})

test('objects that touch at a corner only are apart', () => {
  const sheet = new Sheet('AAAA. ..AA. AA...').do({ tool: 'boundary', path: [[1.5, 0.5]], radiusPx: 0.5 })
  expect(sheet.picture[0]).toBe('xbAA.')
})

test('a split keeps every pixel of the object', () => {
  fc.assert(
    fc.property(
      fc.double({ min: 1, max: 11, noNaN: true }),
      fc.double({ min: 1, max: 11, noNaN: true }),
      (from, to) => {
        const sheet = new Sheet(Array(10).fill('AAAAAAAAAAAA').join(' '))
        sheet.do({
          tool: 'split',
          objectId: 16,
          path: [
            [from, -2],
            [to, 12],
          ],
        })
        const all = sheet.picture.join('')
        expect(all).toMatch(/^[Axy]+$/)
        if (sheet.created.length > 0) {
          const count = (name: string) => [...all].filter((other) => other === name).length
          expect(count('A') + 20).toBeGreaterThanOrEqual(count('x')) // larger before the line was handed out
          for (let y = 0; y < 10; y++) expect(sheet.picture[y]).toMatch(/^(A+x+|x+A+|A+|x+)$/)
        }
      },
    ),
  )
})

test('a line that does not go through separates nothing and changes nothing', () => {
  const sheet = new Sheet('AAAAA AAAAA AAAAA AAAAA')
  sheet.do({
    tool: 'split',
    objectId: 16,
    path: [
      [2, 0],
      [2, 1.2],
    ],
  })
  expect(sheet.picture.join('')).toBe('A'.repeat(20))
  expect(sheet.created).toEqual([])
})

test('a fill takes the 4-connected region and stops at its rectangle', () => {
  const sheet = new Sheet('..A.. ..A.. AA.A. ...A.')
  expect(sheet.do({ tool: 'fill', at: [0.5, 0.5], label: 'background' }).picture[0]).toBe('--A..')
  expect(sheet.picture[2]).toBe('AA.A.')
  sheet.do({ tool: 'fill', at: [4.5, 0.5], label: 'ignore', within: { x: 3, y: 0, w: 2, h: 2 } })
  expect(sheet.picture).toEqual(['--A??', '--A??', 'AA.A.', '...A.'])
})

test('a fill outside the plane does nothing', () => {
  expect(new Sheet('.. ..').do({ tool: 'fill', at: [-0.5, 1], label: 'new' }).created).toEqual([])
})

test('a brush that protects others leaves their pixels and boundaries alone', () => {
  const sheet = new Sheet('.A.b.-')
  const stroke = {
    tool: 'brush',
    path: [
      [0.5, 0.5],
      [5.5, 0.5],
    ],
    radiusPx: 0.5,
    label: 'new',
    protectOthers: true,
  }
  expect(sheet.do(stroke).picture).toEqual(['xAxbxx'])
  expect(sheet.created).toEqual([100])
})

test('a new object that could paint nothing does not come into being', () => {
  const sheet = new Sheet('AA')
  sheet.do({ tool: 'brush', path: [[1, 0.5]], radiusPx: 3, label: 'new', protectOthers: true })
  expect(sheet.created).toEqual([])
})

test('the eraser writes unpainted, on one object alone when asked', () => {
  const stroke = {
    tool: 'eraser',
    path: [
      [0.5, 0.5],
      [3.5, 0.5],
    ],
    radiusPx: 0.5,
  }
  expect(new Sheet('AB-?').do({ ...stroke, only: 17 }).picture).toEqual(['A.-?'])
  expect(new Sheet('AB-?').do(stroke).picture).toEqual(['....'])
})

test('a brush can fill what its object encloses, and only what is unpainted', () => {
  const sheet = new Sheet('....... ....... ....... ...B... ....... ....... .......')
  const ring = [
    [1.5, 1.5],
    [5.5, 1.5],
    [5.5, 5.5],
    [1.5, 5.5],
    [1.5, 1.5],
  ]
  sheet.do({ tool: 'brush', label: 16, radiusPx: 0.5, path: ring, fillHoles: true })
  expect(sheet.picture.slice(1, 6)).toEqual(['.AAAAA.', '.AAAAA.', '.AABAA.', '.AAAAA.', '.AAAAA.'])
})

test('reserved labels, unknown options and unknown tools are refused at the door', () => {
  const path = [[1, 1]]
  expect(() => parseStroke({ id: 'a', tool: 'brush', label: 7, path, radiusPx: 2 })).toThrow('reserved')
  expect(() => parseStroke({ id: 'a', tool: 'brush', label: 1, path, radius: 2 })).toThrow()
  expect(() => parseStroke({ id: 'a', tool: 'airbrush', path })).toThrow()
  expect(() => parseStroke({ id: 'a', tool: 'brush', label: 1, path: [[Number.NaN, 1]], radiusPx: 2 })).toThrow()
})

test('a stroke across tiles is the same as on a plane that is one tile', () => {
  const big = new TileMap(700, 600, () => null)
  const stroke = parseStroke({
    id: 'a',
    tool: 'brush',
    label: 3,
    path: [
      [200, 200],
      [600, 550],
    ],
    radiusPx: 33,
  })
  paint(big, stroke as never, { newObject: () => 0, newPart: () => 0, boxOf: () => null })
  const { data } = big.readRegion(big.rect)
  const length = Math.hypot(400, 350)
  for (let y = 0; y < 600; y++) {
    for (let x = 0; x < 700; x++) {
      const [px, py] = [x + 0.5 - 200, y + 0.5 - 200]
      const s = Math.min(length, Math.max(0, (px * 400 + py * 350) / length))
      const distance = Math.hypot(px - (s * 400) / length, py - (s * 350) / length)
      if (Math.abs(distance - 33) > 1e-9 && data[y * 700 + x] !== (distance <= 33 ? 3 : 0)) {
        throw new Error(`pixel ${x},${y} at ${distance}`)
      }
    }
  }
  expect(big.changed).toEqual({ x: 167, y: 167, w: 466, h: 416 })
})
