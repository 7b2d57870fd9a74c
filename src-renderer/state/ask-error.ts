/** A failed request as the window shows it: `message` is one sentence with a remedy. */
export class AskError extends Error {
  readonly code: string
  constructor(code: string, message: string) {
    super(message)
    this.name = 'AskError'
    this.code = code
  }
}

/** The line went before the answer came, and the request must not be sent twice. */
export const lostAnswer = () =>
  new AskError(
    'connection-lost',
    'The connection was lost before the answer came; look whether it happened, then try again.',
  )

/** What was sent could not be taken. */
export const rejection = () =>
  new AskError('connection-rejected', 'Cellbrush could not take what was sent; make it smaller and try again.')

/** This window is not let in. */
export const refusal = () =>
  new AskError(
    'connection-refused',
    'Cellbrush refused this window; open it again with the address it printed at the start.',
  )
