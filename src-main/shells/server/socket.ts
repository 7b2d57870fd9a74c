/** One window's WebSocket: JSON texts to the core and back. What is no message ends this connection and no other. */
import type { WebSocket } from 'ws'
import { clientName, NotAMessage, SessionConnection } from '../../core/session/dispatch.ts'
import type { Session } from '../../core/session/session.ts'

/** A stroke of 100,000 points is 3 MB. */
export const MOST_MESSAGE_BYTES = 16 * 2 ** 20
/** A window that does not read is let go before it fills our memory. */
const MOST_UNSENT_BYTES = 256 * 2 ** 20
/** A connection that died without a word (a laptop lid) is noticed after two of these. */
const PING_MS = 30_000

/** WebSocket close codes (RFC 6455, 7.4.1). */
const UNSUPPORTED = 1003
const MALFORMED = 1007
const POLICY = 1008

export function carryMessages(
  session: Session,
  socket: WebSocket,
  wantedId: string | null,
  log: (text: string) => void,
): void {
  const connection = new SessionConnection(session, {
    client: clientName(wantedId),
    send: (message) => {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > MOST_UNSENT_BYTES) socket.terminate()
      else socket.send(JSON.stringify(message))
    },
    onBug: (error, method) => log(`${method}: ${(error as Error)?.stack ?? error}`),
  })
  let isAlive = true
  const timer = setInterval(() => {
    if (!isAlive) socket.terminate()
    isAlive = false
    socket.ping()
  }, PING_MS)
  timer.unref()
  socket.on('pong', () => {
    isAlive = true
  })
  socket.on('message', (data, isBinary) => {
    isAlive = true
    if (isBinary) return socket.close(UNSUPPORTED, 'text messages only')
    try {
      connection.receive(JSON.parse(String(data)))
    } catch (error) {
      if (error instanceof SyntaxError) socket.close(MALFORMED, 'not JSON')
      else if (error instanceof NotAMessage) socket.close(POLICY, 'not a message')
      else throw error
    }
  })
  socket.on('error', () => {}) // too large, or not the protocol: `ws` has closed it with the right code
  socket.on('close', () => {
    clearInterval(timer)
    connection.close()
  })
}
