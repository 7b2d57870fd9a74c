// An engine process that begins to train, says its first step, and then works for ever. Plain frames, no other code.
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'

const send = (message) => {
  const body = Buffer.from(JSON.stringify(message))
  const head = Buffer.alloc(4)
  head.writeUInt32LE(body.length)
  process.stdout.write(Buffer.concat([head, body]))
}
let buffer = Buffer.alloc(0)
process.stdin.on('data', (chunk) => {
  buffer = Buffer.concat([buffer, chunk])
  while (buffer.length >= 4 && buffer.length >= 4 + buffer.readUInt32LE(0)) {
    const end = 4 + buffer.readUInt32LE(0)
    const { id, method, params } = JSON.parse(buffer.subarray(4, end).toString())
    buffer = buffer.subarray(end)
    if (method !== 'train') continue
    const planned = { type: 'planned', steps: 9, secondsPerStep: 1, device: 'cpu', label: 'hanging', memoryBytes: 1 }
    const step = { type: 'step', step: 1, energy: 0.5, learningRate: 0.1, seconds: 1 }
    for (const event of [planned, step]) {
      appendFileSync(join(params.folder, 'log.jsonl'), `${JSON.stringify(event)}\n`)
      send({ id, event })
    }
  }
})
process.stdin.on('end', () => process.exit(0))
send({ ready: true })
