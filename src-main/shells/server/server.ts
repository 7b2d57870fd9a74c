/**
 * The local server: one session over HTTP and WebSocket, for a browser on this machine (or behind the lab's own door).
 *
 *   GET  /...               the built window
 *   GET  /data/...          tiles and thumbnails (src-shared/data-urls.ts)
 *   POST /upload?name=N     a file in, answered { id, name }
 *   GET  /download/ID       a file out
 *   WS   /api?client=ID     the contract (src-shared/api.ts), one JSON text a message; with &project=KEY for a window that
 *                           shows a project already, which gets no line to another one
 */
import { statSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import { AppError } from '../../../src-shared/errors.ts'
import { ANOTHER_PROJECT } from '../../../src-shared/project-key.ts'
import { sayFailure } from '../../core/session/failures.ts'
import type { Session } from '../../core/session/session.ts'
import { addressOf, Guard } from './guard.ts'
import { servePage } from './pages.ts'
import { SECURITY_HEADERS } from './security-headers.ts'
import { sendFile } from './send-file.ts'
import { carryMessages, MOST_MESSAGE_BYTES } from './socket.ts'
import { takeUpload } from './uploads.ts'

export interface ServeOptions {
  token: string
  /** 0: any free one. */
  port?: number
  host?: string
  allowHosts?: readonly string[]
  /** dist/renderer. */
  pages: string
  /** Of one file. */
  uploadLimitBytes?: number
  /** Bugs, with their stacks. */
  log?: (text: string) => void
}

export interface RunningServer {
  /** With the token: for the first visit. */
  url: string
  /** Without it. */
  origin: string
  port: number
  close: () => Promise<void>
}

const UPLOAD_LIMIT_BYTES = 64 * 2 ** 30

/**
 * An upload may take hours; Node would end every request after five minutes. Without that limit Node has none for the
 * headers either, so that one is named. Who vanishes without a word in an upload is noticed by the system's probes.
 */
const PATIENCE = { requestTimeout: 0, headersTimeout: 60_000, keepAlive: true, keepAliveInitialDelay: 60_000 }

/** Starts to listen. Errors: 'address-taken', 'address-unavailable'. */
export async function serveSession(session: Session, options: ServeOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1'
  const server = createServer(PATIENCE)
  await listen(server, options.port ?? 0, host)
  const { port } = server.address() as AddressInfo
  const guard = new Guard({ token: options.token, host, port, allowHosts: options.allowHosts })
  const log = options.log ?? (() => {})
  server.on('request', (request, response) => {
    answer({ session, options, guard, log }, request, response).catch((error) => {
      log(String((error as Error)?.stack ?? error))
      if (!response.headersSent) fail(response, 500, sayFailure(error).message)
      else response.destroy()
    })
  })
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE_BYTES, clientTracking: true })
  server.on('upgrade', (request, socket, head) => {
    // Node has taken its own listener away; without one a reset ends the process
    socket.on('error', () => socket.destroy())
    const verdict = guard.judge(request)
    const { pathname, searchParams } = addressOf(request)
    if (!verdict.ok) return refuseUpgrade(socket, verdict.status, verdict.sentence)
    if (pathname !== '/api') return refuseUpgrade(socket, 404, 'There is nothing at this address.')
    sockets.handleUpgrade(request, socket, head, (connection) => {
      const wanted = searchParams.get('project')
      if (wanted !== null && wanted !== session.projectKey) return refuseWindow(connection)
      carryMessages(session, connection, searchParams.get('client'), log)
    })
  })
  const shown = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host
  const origin = `http://${shown}:${port}`
  const close = async () => {
    for (const connection of sockets.clients) connection.close(1001, 'Cellbrush is closing')
    const closed = new Promise((resolve) => server.close(resolve))
    setTimeout(() => {
      for (const connection of sockets.clients) connection.terminate()
      server.closeAllConnections()
    }, 500).unref()
    server.closeIdleConnections()
    await closed
  }
  return { url: `${origin}/?token=${options.token}`, origin, port, close }
}

interface Answering {
  session: Session
  options: ServeOptions
  guard: Guard
  log: (text: string) => void
}

async function answer(of: Answering, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  const verdict = of.guard.judge(request)
  if (!verdict.ok) return fail(response, verdict.status, verdict.sentence)
  const url = addressOf(request)
  if ('hasKeyInAddress' in verdict && request.method === 'GET' && url.pathname === '/') {
    // The address without the key: it must not stay in the history or be copied from the address bar.
    response.writeHead(303, { location: '/', 'set-cookie': of.guard.cookie, 'cache-control': 'no-store' })
    response.end()
    return
  }
  const isRead = request.method === 'GET' || request.method === 'HEAD'
  if (request.method === 'POST' && url.pathname === '/upload') return receive(of, request, response, url)
  if (!isRead) return fail(response, 405, 'This address can only be read.')
  if (url.pathname.startsWith('/data/')) return sendTile(of.session, url.pathname.slice(6), request, response)
  if (url.pathname.startsWith('/download/')) return sendDownload(of.session, url.pathname.slice(10), response)
  servePage(of.options.pages, url.pathname, response)
}

async function sendTile(
  session: Session,
  address: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const tile = await session.tiles.read(address)
    if (!tile) return fail(response, 404, 'There is no such tile.')
    const etag = `"${Buffer.from(tile.tag).toString('base64url')}"`
    // Another project may be served at the same address tomorrow: the browser asks each time, and is told "the same".
    response.setHeader('cache-control', 'private, no-cache')
    response.setHeader('etag', etag)
    if (tile.revision !== undefined) response.setHeader('x-revision', String(tile.revision))
    if (request.headers['if-none-match'] === etag) {
      response.writeHead(304).end()
      return
    }
    response.writeHead(200, { 'content-type': tile.contentType, 'content-length': tile.bytes.byteLength })
    response.end(request.method === 'HEAD' ? undefined : tile.bytes)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    fail(response, 404, sayFailure(error).message, error.code)
  }
}

function sendDownload(session: Session, id: string, response: ServerResponse): void {
  const file = session.files.download(id)
  if (!file) {
    fail(response, 404, 'This download is not there any more; export once more.')
    return
  }
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    'content-length': statSync(file.path).size,
    'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'cache-control': 'no-store',
  })
  sendFile(file.path, response)
}

async function receive(
  { session, options }: Answering,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  try {
    if (session.store.isReadOnly) throw new AppError('not-writable', { path: session.store.project.name })
    const limitBytes = options.uploadLimitBytes ?? UPLOAD_LIMIT_BYTES
    const beside = url.searchParams.get('beside') ?? undefined
    const client = url.searchParams.get('client') ?? undefined
    const name = url.searchParams.get('name') ?? 'file'
    const taken = await takeUpload(session, request, name, { limitBytes, beside, client })
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    response.end(JSON.stringify(taken))
  } catch (error) {
    if (request.destroyed && !request.complete && !(error instanceof AppError)) return // the window has gone
    if (!(error instanceof AppError)) throw error
    response.setHeader('connection', 'close')
    fail(response, error.code === 'upload-too-large' ? 413 : 400, sayFailure(error).message, error.code)
  }
}

/** A refusal: a sentence in the form of `ApiError`, and nothing about what is behind. */
function fail(response: ServerResponse, status: number, message: string, code = 'refused'): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(JSON.stringify({ code, message }))
}

function refuseUpgrade(socket: Duplex, status: number, sentence: string): void {
  const body = JSON.stringify({ code: 'refused', message: sentence })
  const head = `HTTP/1.1 ${status} Refused\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`
  // Else it stays half open for as long as the other end likes.
  socket.end(`${head}\r\n\r\n${body}`, () => socket.destroy())
}

/** What was painted in another project must not come into this one: nothing that the window sends is heard. */
function refuseWindow(connection: WebSocket): void {
  connection.on('error', () => {}) // it has gone already
  connection.close(ANOTHER_PROJECT, 'another project is served here now')
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const code = error.code === 'EADDRINUSE' ? 'address-taken' : 'address-unavailable'
      reject(new AppError(code, { host, port, reason: error.message }, { cause: error }))
    })
    server.listen(port, host, resolve)
  })
}
