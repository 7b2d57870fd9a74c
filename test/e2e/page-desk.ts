/** What a test asks where there is no server to ask: it goes through the page, by the bridge that Electron's preload gives it. */
import type { Method, Params, Result } from '../../src-shared/api.ts'
import { PORT_MESSAGE } from '../../src-shared/desktop.ts'
import { Desk } from './desk.ts'

/** In the page: a port of its own, one request, its answer. Who asks meanwhile gets the next port. */
const ASK = `({ method, params }) => new Promise((resolve, reject) => {
  const take = (event) => {
    if (event.data !== '${PORT_MESSAGE}') return
    event.stopImmediatePropagation()
    window.removeEventListener('message', take)
    const [port] = event.ports
    port.onmessage = ({ data }) => {
      if (data.id !== 1) return
      port.close()
      if (data.ok) resolve(data.value)
      else reject(new Error(data.error.message))
    }
    port.postMessage({ id: 1, method, params })
  }
  window.addEventListener('message', take)
  window.cellbrush.connect()
})`

/** In the page: a tile as base64, which is how bytes can leave it. */
const FETCH = `async (address) => {
  const answer = await fetch(window.cellbrush.dataRoot + address)
  if (!answer.ok) throw new Error(address + ': ' + answer.status)
  const bytes = new Uint8Array(await answer.arrayBuffer())
  let text = ''
  for (let at = 0; at < bytes.length; at += 32768) text += String.fromCharCode(...bytes.subarray(at, at + 32768))
  return btoa(text)
}`

export abstract class PageDesk extends Desk {
  ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    return this.#inPage<Result<M>>(ASK, { method, params })
  }

  async data(address: string): Promise<Buffer> {
    return Buffer.from(await this.#inPage<string>(FETCH, address), 'base64')
  }

  /** As text: the tests know no DOM. */
  #inPage<T>(script: string, given: unknown): Promise<T> {
    return this.window.page.evaluate<T>(`(${script})(${JSON.stringify(given)})`)
  }
}
