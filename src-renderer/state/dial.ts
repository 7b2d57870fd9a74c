/** The two lines to a host: the local server's WebSocket and Electron's MessagePort, and where each keeps its tiles. */
import type { ServerMessage } from '../../src-shared/api.ts'
import { type DesktopBridge, PORT_MESSAGE } from '../../src-shared/desktop.ts'
import { ANOTHER_PROJECT } from '../../src-shared/project-key.ts'
import { AskError } from './ask-error.ts'
import { Connection, type DataRoot, type Dial } from './connection.ts'

declare global {
  interface Window {
    /** There under Electron only. */
    cellbrush?: DesktopBridge
  }
}

/** The connection of this page: over Electron's port where the preload offers one, else to the server it came from. */
export async function connectHere(): Promise<Connection> {
  const bridge = window.cellbrush
  if (!bridge) return connectToServer(new URL('.', window.location.href))
  const port = portFromMessage()
  const client = crypto.randomUUID()
  bridge.connect(client)
  return new Connection(portDial(await port), desktopData(bridge), client)
}

/** The server knows this browser by the cookie of the first visit; nothing here handles the key. */
function connectToServer(base: URL): Connection {
  const client = crypto.randomUUID()
  const address = new URL(`api?client=${client}`, base)
  address.protocol = address.protocol.replace('http', 'ws')
  return new Connection(socketDial(address, isRefusedAt(base)), serverData(base, client), client)
}

/** Whether the server answers but will have nothing of this browser: a failed WebSocket does not tell why. */
const isRefusedAt = (base: URL) => async (): Promise<boolean> => {
  const answer = await fetch(base, { method: 'HEAD' }).catch(() => null)
  return answer?.status === 401 || answer?.status === 403
}

/** Close codes (RFC 6455, 7.4.1) with which a server says that it cannot take what was sent. */
const REJECTED = new Set([1003, 1007, 1008, 1009])

export const socketDial =
  (address: URL, isRefused: () => Promise<boolean>): Dial =>
  (events, project) => {
    const wanted = new URL(address)
    if (project !== undefined) wanted.searchParams.set('project', project)
    const socket = new WebSocket(wanted)
    let wasOpen = false
    socket.onopen = () => {
      wasOpen = true
      events.opened()
    }
    socket.onmessage = ({ data }) => events.received(JSON.parse(String(data)) as ServerMessage)
    socket.onclose = async ({ code }) => {
      if (code === ANOTHER_PROJECT) events.closed('elsewhere')
      else if (REJECTED.has(code)) events.closed('rejected')
      else events.closed(!wasOpen && (await isRefused()) ? 'refused' : 'lost')
    }
    return { send: (message) => socket.send(JSON.stringify(message)), close: () => socket.close() }
  }

export const portDial =
  (port: MessagePort): Dial =>
  (events) => {
    port.onmessage = ({ data }) => events.received(data as ServerMessage)
    port.start()
    queueMicrotask(() => events.opened())
    return { send: (message) => port.postMessage(message), close: () => port.close() }
  }

/** A port cannot pass through Electron's context bridge; the preload posts it to the page instead. */
const portFromMessage = (): Promise<MessagePort> =>
  new Promise((resolve) => {
    const take = (event: MessageEvent) => {
      if (event.source !== window || event.data !== PORT_MESSAGE || !event.ports[0]) return
      window.removeEventListener('message', take)
      resolve(event.ports[0])
    }
    window.addEventListener('message', take)
  })

async function get(address: string, init?: RequestInit): Promise<Response> {
  const answer = await fetch(address, init)
  if (!answer.ok) throw new AskError(`http-${answer.status}`, await sentenceIn(answer))
  return answer
}

async function sentenceIn(answer: Response): Promise<string> {
  const unknown = `The host answered ${answer.status}; try again.`
  try {
    return ((await answer.json()) as { message?: string }).message ?? unknown
  } catch {
    return unknown
  }
}

const desktopData = (bridge: DesktopBridge): DataRoot => ({
  get: (path, init) => get(bridge.dataRoot + path, init),
  desktop: bridge,
  upload: () => Promise.reject(new Error('under Electron files are chosen, not uploaded')),
  async save(download) {
    await bridge.saveDownload(download)
  },
})

const serverData = (base: URL, client: string): DataRoot => ({
  get: (path, init) => get(new URL(`data/${path}`, base).href, init),
  upload: (file, onProgress, signal, beside) => upload(base, file, { client, onProgress, signal, beside }),
  async save(download) {
    const link = document.createElement('a')
    link.href = new URL(download, base).href
    link.download = ''
    link.click()
  },
})

interface Sending {
  /** This window, as its line names it. */
  client: string
  onProgress: (share: number) => void
  signal?: AbortSignal
  beside?: string
}

/** Sends a file as the body of one request; `fetch` cannot tell how far it is, so this is an XMLHttpRequest. */
function upload(base: URL, file: File, { client, onProgress, signal, beside }: Sending): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    const address = new URL('upload', base)
    address.searchParams.set('name', file.name)
    address.searchParams.set('client', client)
    if (beside !== undefined) address.searchParams.set('beside', beside)
    request.open('POST', address)
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0)
    const lost = `${file.name} could not be handed over; look at the connection and try again.`
    request.onload = () => {
      const answer = JSON.parse(request.responseText || '{}') as { id?: string; code?: string; message?: string }
      if (request.status < 300 && answer.id) resolve(answer.id)
      else reject(new AskError(answer.code ?? `http-${request.status}`, answer.message ?? lost))
    }
    request.onerror = () => reject(new AskError('connection-lost', lost))
    request.onabort = () => reject(signal?.reason)
    signal?.addEventListener('abort', () => request.abort(), { once: true })
    request.send(file)
  })
}
