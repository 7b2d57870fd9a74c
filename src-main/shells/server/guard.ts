/**
 * Who may ask this server anything. It gives access to somebody's images, so each request must come from the machine
 * (when bound to it), name this server as its host (a foreign name is DNS rebinding), come from its own pages (a foreign
 * Origin is another site's script), and carry the token. Everything else gets a refusal and nothing more.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { hostname, networkInterfaces } from 'node:os'

export type Verdict =
  | { ok: true }
  /** With the token in the address: it is answered with a cookie and the address without it. */
  | { ok: true; hasKeyInAddress: true }
  | { ok: false; status: 401 | 403; sentence: string }

/** 256 bits, in characters that need no escaping in an address. */
export const newToken = (): string => randomBytes(32).toString('base64url')

export interface GuardOptions {
  token: string
  /** What the server was bound to: "127.0.0.1", "0.0.0.0", "lab.example.org". */
  host: string
  port: number
  /** Further names of this server, behind a proxy. */
  allowHosts?: readonly string[]
}

const refused = (status: 401 | 403, sentence: string): Verdict => ({ ok: false, status, sentence })

export class Guard {
  /** Ports do not part cookies, so the name does. */
  readonly cookieName: string
  readonly #token: string
  readonly #hosts: Set<string>
  readonly #isLoopback: boolean

  constructor({ token, host, port, allowHosts = [] }: GuardOptions) {
    this.#token = token
    this.cookieName = `cellbrush-${port}`
    this.#isLoopback = isLoopback(host) || host === 'localhost'
    const names = [...namesOf(host), ...allowHosts]
    this.#hosts = new Set(names.flatMap((name) => [`${name}:${port}`, name]).map((name) => name.toLowerCase()))
  }

  /** Judges a request, also one for a WebSocket. */
  judge(request: IncomingMessage): Verdict {
    const from = request.socket.remoteAddress ?? ''
    if (this.#isLoopback && !isLoopback(from)) return refused(403, 'This server answers its own machine only.')
    const { host, origin } = request.headers
    if (!this.#isOwn(host)) return refused(403, 'This server is not known by that name.')
    if (origin !== undefined && !this.#isOwnOrigin(origin, host!)) {
      return refused(403, 'This server does not answer pages of other sites.')
    }
    const inAddress = addressOf(request).searchParams.get('token')
    // Before the cookie: who comes again by the printed address is sent on to the one without the key, too.
    if (this.#isToken(inAddress)) return { ok: true, hasKeyInAddress: true }
    if (this.#isToken(bearerOf(request)) || this.#isToken(cookieOf(request, this.cookieName))) return { ok: true }
    return refused(401, 'Open Cellbrush with the address that "cellbrush serve" printed: it holds the key.')
  }

  /** The cookie that stands for the token from the first visit on: not for scripts, not for other sites. */
  get cookie(): string {
    return `${this.cookieName}=${this.#token}; HttpOnly; SameSite=Strict; Path=/`
  }

  #isOwn(host: string | undefined): boolean {
    return host !== undefined && this.#hosts.has(host.toLowerCase())
  }

  /** Same host and port, or the same name where a proxy speaks TLS for us. */
  #isOwnOrigin(origin: string, host: string): boolean {
    try {
      const { host: of, protocol } = new URL(origin)
      return (protocol === 'http:' || protocol === 'https:') && of.toLowerCase() === host.toLowerCase()
    } catch {
      return false // "null", from a sandboxed frame or a file
    }
  }

  /** In constant time: hashes have one length, whatever was sent. */
  #isToken(given: string | null | undefined): boolean {
    if (given === null || given === undefined) return false
    return timingSafeEqual(digest(given), digest(this.#token))
  }
}

/** The address asked for; what is none (`//host`, `http://host/`, broken) becomes one where nothing is. */
export function addressOf({ url = '/' }: IncomingMessage): URL {
  const isPlain = url.startsWith('/') && !url.startsWith('//') && URL.canParse(url, 'http://server')
  return new URL(isPlain ? url : '/malformed', 'http://server')
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

function bearerOf({ headers }: IncomingMessage): string | undefined {
  return /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1]
}

function cookieOf({ headers }: IncomingMessage, name: string): string | undefined {
  for (const pair of (headers.cookie ?? '').split(';')) {
    const cut = pair.indexOf('=')
    if (pair.slice(0, cut).trim() === name) return pair.slice(cut + 1).trim()
  }
  return undefined
}

/** Of an address as a socket tells it: 127.0.0.0/8, ::1, and the former in the latter's clothes. */
export function isLoopback(address: string): boolean {
  const plain = address.replace(/^::ffff:/i, '')
  return plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'))
}

/** Names by which a server bound to `host` is rightly called. */
function namesOf(host: string): string[] {
  const bracketed = isIP(host) === 6 ? `[${host}]` : host
  if (isLoopback(host) || host === 'localhost') return ['127.0.0.1', 'localhost', '[::1]', bracketed]
  const isAny = host === '0.0.0.0' || host === '::'
  if (!isAny) return [bracketed]
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? [])
  const names = addresses.map(({ address, family }) => (family === 'IPv6' ? `[${address}]` : address))
  return ['localhost', hostname(), `${hostname()}.local`, ...names]
}
