/**
 * The scheme `app://`: `app://cellbrush/` is the folder of the built page, `app://data/PROJECT/` the binary tiles of
 * an open project. There is no other host, and no way from either to a file elsewhere.
 */
import { readFile, realpath } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'
import { protocol, type Session } from 'electron'
import { CONTENT_SECURITY_POLICY, DATA_ORIGIN, PAGE_ORIGIN, pageOrigin, SCHEME } from './security.ts'

/** To be called before Electron is ready. */
export function registerScheme(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true, corsEnabled: true, stream: true }
  protocol.registerSchemesAsPrivileged([{ scheme: SCHEME, privileges }])
}

export interface Sources {
  /** Folder of the built page. */
  pageFolder: string
  /** Answers a request for data of a project; `path` is still percent-encoded, without a slash in front. */
  data(project: string, path: string): Promise<Response> | Response
}

export function serveScheme(session: Session, sources: Sources): void {
  session.protocol.handle(SCHEME, (request) => respond(request, sources))
}

/** One request. Never throws: what cannot be answered is 404, what is not asked properly 400 or 405. */
export async function respond({ url, method }: Pick<Request, 'url' | 'method'>, sources: Sources): Promise<Response> {
  if (method !== 'GET' && method !== 'HEAD') return refused(405)
  const [origin, path] = splitAddress(url)
  try {
    if (origin === PAGE_ORIGIN) return await pageFile(path, sources.pageFolder)
    if (origin === DATA_ORIGIN) return await dataOf(path, sources)
    return refused(404)
  } catch (error) {
    console.error(`${url}:`, error)
    return refused(500)
  }
}

/** Of the address as it is written: URL would resolve dots, and what is out of the ordinary is to be seen here. */
function splitAddress(address: string): [origin: string, path: string] {
  const [, origin = '', path = ''] = /^([a-z]+:\/\/[^/?#]*)\/?([^?#]*)/.exec(address) ?? []
  return [origin, path]
}

async function pageFile(path: string, folder: string): Promise<Response> {
  const name = plainPath(path === '' ? 'index.html' : path)
  if (!name) return refused(400)
  const type = TYPES[extname(name)]
  if (!type) return refused(404)
  try {
    const [root, file] = await Promise.all([realpath(folder), realpath(join(folder, name))])
    if (!file.startsWith(root + sep)) return refused(404) // a link that leads out
    return new Response(await readFile(file), { headers: { ...PAGE_HEADERS, 'content-type': type } })
  } catch {
    return refused(404)
  }
}

/** Decoded, or undefined for anything but plain names between slashes. */
function plainPath(path: string): string | undefined {
  try {
    const names = path.split('/').map(decodeURIComponent)
    const isPlain = names.every((name) => /^[\w@$+ -][\w.@$+ -]*$/.test(name))
    return isPlain ? names.join('/') : undefined
  } catch {
    return undefined // not percent-encoded properly
  }
}

async function dataOf(path: string, sources: Sources): Promise<Response> {
  const [project = '', ...rest] = path.split('/')
  const response = await sources.data(project, rest.join('/'))
  const headers = new Headers(response.headers)
  headers.set('access-control-allow-origin', pageOrigin())
  headers.set('access-control-expose-headers', '*')
  headers.set('x-content-type-options', 'nosniff')
  return new Response(response.body, { status: response.status, headers })
}

const PAGE_HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
}

/** What a built page consists of. */
const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

const refused = (status: number): Response => new Response(null, { status })
