// An engine that does as it is told: `params.folder` says what. Plain frames, written here once more on purpose.
import { existsSync, writeFileSync } from 'node:fs'

const send = (message) => {
  const body = Buffer.from(JSON.stringify(message))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  process.stdout.write(Buffer.concat([head, body]))
}
const held = []
let ending = false // answers nothing any more
const acts = {
  echo: ({ id, params }) =>
    send({ id, ok: true, value: { device: 'cpu', label: params.folder, seconds: process.pid, failed: [] } }),
  events: ({ id }) => {
    for (const done of [1, 2, 3]) send({ id, event: { item: 0, done, total: 3 } })
    send({ id, ok: true, value: 'done' })
  },
  hold: (frame) => held.push(frame),
  release: (frame) => {
    for (const { id } of [frame, ...held.splice(0).reverse()]) send({ id, ok: true, value: id })
  },
  refuse: ({ id }) =>
    send({
      id,
      ok: false,
      error: { code: 'file-missing', of: { path: 'a.tif' }, message: 'x', stack: 'Error: x\n    at engine' },
    }),
  bug: ({ id }) =>
    send({ id, ok: false, error: { code: 'bug', of: {}, message: 'x is undefined', stack: 'TypeError: x' } }),
  crash: () => {
    process.stderr.write('something terrible\n')
    process.exitCode = 3
    process.stderr.write('', () => process.exit(3))
  },
  abortSignal: () => process.abort(),
  garbage: () => process.stdout.write('Hello, this is a print\n'),
  deaf: () => {}, // answers nothing, not even an abort
  // As an engine whose device is in doubt: without other work it ends, and takes a while for that.
  damaged: ({ id, params }) => {
    send({ id, ok: false, error: { code: params.code, of: { what: 'x', remedy: 'y', reason: 'z' }, message: 'x' } })
    if (held.length > 0) return
    ending = true
    setTimeout(() => process.exit(1), 300)
  },
  environment: ({ id }) => send({ id, ok: true, value: { ...process.env } }),
  // Once for each marker file.
  restart: ({ id, params }) => {
    const isFirst = !existsSync(params.marker)
    writeFileSync(params.marker, '')
    send(
      isFirst
        ? { id, ok: false, error: { code: 'restart', of: {}, message: '' } }
        : { id, ok: true, value: process.pid },
    )
  },
}
const polite = new Set()
let buffer = Buffer.alloc(0)
process.stdin.on('data', (chunk) => {
  buffer = Buffer.concat([buffer, chunk])
  while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUInt32LE(0)) {
    const end = 4 + buffer.readUInt32LE(0)
    const frame = JSON.parse(buffer.subarray(4, end).toString())
    buffer = buffer.subarray(end)
    if (frame.abort) {
      if (polite.delete(frame.id)) send({ id: frame.id, ok: true, value: 'stopped' })
    } else if (ending) continue
    else if (frame.params.folder === 'untilAborted') polite.add(frame.id)
    else (acts[frame.params.folder] ?? acts.echo)(frame)
  }
})
process.stdin.on('end', () => process.exit(0))
process.on('SIGTERM', () => {})
send({ ready: true })
