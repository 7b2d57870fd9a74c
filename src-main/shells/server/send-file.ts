import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'

/** Sends a file as the body of an answer whose head has been written, and closes it when the other end goes away. */
export function sendFile(file: string, response: ServerResponse): void {
  pipeline(createReadStream(file), response, () => {}) // a failure has ended both; nobody is left who could be told
}
