/** The built window: files of dist/renderer and nothing else. */
import { realpathSync, statSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import path from 'node:path'
import { sendFile } from './send-file.ts'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
}

const NOT_BUILT =
  'The window of Cellbrush has not been built in this checkout; run "npm run build" once and load this page again.\n'

/** Answers with a file of the folder, or a sentence. `pathname` is that of the address, still encoded. */
export function servePage(folder: string, pathname: string, response: ServerResponse): void {
  const file = fileAt(folder, pathname === '/' ? '/index.html' : pathname)
  if (file === undefined) {
    const isBuilt = fileAt(folder, '/index.html') !== undefined
    response.writeHead(isBuilt ? 404 : 503, { 'content-type': 'text/plain; charset=utf-8' })
    response.end(isBuilt ? 'There is nothing at this address.\n' : NOT_BUILT)
    return
  }
  // Vite names these files by their content, so they never change.
  const isHashed = /[-.][A-Za-z0-9_-]{8,}\.\w+$/.test(file) && path.basename(path.dirname(file)) === 'assets'
  response.writeHead(200, {
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    'cache-control': isHashed ? 'private, max-age=31536000, immutable' : 'no-cache',
  })
  sendFile(file, response)
}

/** A file inside the folder, whatever links and dots say; undefined for anything else. */
function fileAt(folder: string, pathname: string): string | undefined {
  try {
    const root = realpathSync(folder)
    const file = realpathSync(path.join(root, decodeURIComponent(pathname)))
    return file.startsWith(root + path.sep) && statSync(file).isFile() ? file : undefined
  } catch {
    return undefined
  }
}
