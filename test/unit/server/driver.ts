/** A served session, and clients that speak plain HTTP and WebSocket to it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { newToken } from '../../../src-main/shells/server/guard.ts'
import { type RunningServer, type ServeOptions, serveSession } from '../../../src-main/shells/server/server.ts'
import type { ApiEvent, Method, Params, Result, ServerMessage } from '../../../src-shared/api.ts'
import { type Opened, openSession, type ProjectOptions, temporaryFolder } from '../../drivers/session.ts'

export interface Served extends Opened {
  server: RunningServer
  token: string
  bugs: string[]
}

export async function served(options: ProjectOptions & Partial<ServeOptions> = {}): Promise<Served> {
  const opened = await openSession(options)
  const token = newToken()
  const bugs: string[] = []
  const pages = options.pages ?? builtPages()
  const server = await serveSession(opened.session, { ...options, token, pages, log: (text) => bugs.push(text) })
  onTestFinished(() => server.close())
  return { ...opened, server, token, bugs }
}

/** Stands for dist/renderer. */
export function builtPages(): string {
  const folder = path.join(temporaryFolder(), 'renderer')
  mkdirSync(path.join(folder, 'assets'), { recursive: true })
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html><title>Cellbrush</title>')
  writeFileSync(path.join(folder, 'assets', 'main-B2x9Kq_1.js'), 'export {}')
  writeFileSync(path.join(folder, '..', 'secret.txt'), 'secret')
  return folder
}

export interface Answer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  text: string
}

export interface Asked {
  method?: string
  headers?: OutgoingHttpHeaders
  body?: Buffer | string
  /** Without the key. */
  isStranger?: boolean
}

/** One request, written as it is: no client tidies the path or the headers up. */
export function get({ server, token }: Served, address: string, asked: Asked = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, isStranger = false } = asked
  const key = isStranger ? {} : { authorization: `Bearer ${token}` }
  const options = { host: '127.0.0.1', port: server.port, path: address, method, headers: { ...key, ...headers } }
  return new Promise((resolve, reject) => {
    const sent = request(options, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('end', () => {
        const all = Buffer.concat(chunks)
        resolve({ status: response.statusCode!, headers: response.headers, body: all, text: all.toString() })
      })
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A window's line to the server. */
export class Line {
  readonly events: ApiEvent[] = []
  readonly socket: WebSocket
  readonly closed: Promise<number>
  readonly #waiting = new Map<number, (message: Exclude<ServerMessage, { event: ApiEvent }>) => void>()
  #last = 0

  private constructor(socket: WebSocket) {
    this.socket = socket
    this.closed = new Promise((resolve) => socket.on('close', resolve))
    socket.on('error', () => {})
    socket.on('message', (data) => {
      const message: ServerMessage = JSON.parse(String(data))
      if ('event' in message) this.events.push(message.event)
      else this.#waiting.get(message.id)?.(message)
    })
  }

  /** Resolves when the line is open; rejects with the status where it is refused. */
  static open({ server, token }: Served, { headers = {}, isStranger = false, address = '/api' } = {}): Promise<Line> {
    const key = isStranger ? {} : { authorization: `Bearer ${token}` }
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}${address}`, { headers: { ...key, ...headers } })
    const line = new Line(socket)
    onTestFinished(() => socket.terminate())
    return new Promise((resolve, reject) => {
      socket.on('open', () => resolve(line))
      socket.on('unexpected-response', (_, response) => reject(new Error(`refused ${response.statusCode}`)))
    })
  }

  async ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    const id = ++this.#last
    const message = await new Promise<Exclude<ServerMessage, { event: ApiEvent }>>((resolve) => {
      this.#waiting.set(id, resolve)
      this.socket.send(JSON.stringify({ id, method, params }))
    })
    if (message.ok) return message.value as Result<M>
    throw Object.assign(new Error(message.error.message), { code: message.error.code })
  }
}
