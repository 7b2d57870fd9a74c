import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeFrame, FrameError, FrameReader, MAX_FRAME_BYTES, type RequestFrame } from '../../../src-shared/frames.ts'

/** What is said, cut at the given places. */
function cut(bytes: Uint8Array, places: number[]): Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.slice(index === 0 ? 0 : ends[index - 1], end))
}

const frameOf = (body: Uint8Array): Uint8Array => {
  const frame = new Uint8Array(4 + body.length)
  new DataView(frame.buffer).setUint32(0, body.length, true)
  frame.set(body, 4)
  return frame
}
const text = (body: string): Uint8Array => frameOf(Buffer.from(body))

test('a frame is a little-endian length and JSON', () => {
  const frame = encodeFrame({ id: 7, abort: true })
  expect([...frame.subarray(0, 4)]).toEqual([21, 0, 0, 0])
  expect(Buffer.from(frame.subarray(4)).toString()).toBe('{"id":7,"abort":true}')
})

test('messages survive any chunking of the stream', () => {
  const message = fc.record({ id: fc.nat(), method: fc.string({ unit: 'grapheme' }), params: fc.jsonValue() })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (messages, places) => {
      const sent = messages.map((one) => JSON.parse(JSON.stringify(one)) as RequestFrame)
      const reader = new FrameReader()
      const got = cut(Buffer.concat(sent.map(encodeFrame)), places).flatMap((chunk) => reader.push(chunk))
      expect(got).toEqual(sent)
      expect(reader.isAtBoundary).toBe(true)
    }),
    { numRuns: 200 },
  )
})

test('a large frame that arrives in small pieces is put together', () => {
  const sent = { id: 1, method: 'm', params: 'ü'.repeat(300_000) }
  const bytes = encodeFrame(sent)
  const reader = new FrameReader()
  const got: object[] = []
  for (let at = 0; at < bytes.length; at += 1013) got.push(...reader.push(bytes.subarray(at, at + 1013)))
  expect(got).toEqual([sent])
})

test('a stream that stops inside a frame is not at a boundary', () => {
  const reader = new FrameReader()
  expect(reader.push(encodeFrame({ ready: true }).subarray(0, 9))).toEqual([])
  expect(reader.isAtBoundary).toBe(false)
})

test.each([
  ['an empty body', new Uint8Array(4)],
  ['a length beyond the limit', new Uint8Array([1, 0, 0, 1 + (MAX_FRAME_BYTES >> 24)])],
  ['text that is not JSON', text('{"id":')],
  ['a JSON value that is no object', text('42')],
  ['a JSON list', text('[1]')],
  ['null', text('null')],
  ['bytes that are not UTF-8', frameOf(new Uint8Array([0x22, 0xff, 0xfe, 0x22]))],
])('%s breaks the stream for good', (_, bytes) => {
  const reader = new FrameReader()
  expect(() => reader.push(bytes)).toThrow(FrameError)
  expect(reader.push(encodeFrame({ ready: true }))).toEqual([])
})

test('a message too long for a frame is refused by the writer', () => {
  expect(() => encodeFrame({ id: 1, method: 'm', params: 'x'.repeat(MAX_FRAME_BYTES) })).toThrow(FrameError)
})
