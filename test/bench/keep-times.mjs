/** Runs in the page before its scripts: times what listens to pointer moves, what draws, and the weights worker. */
const kept = { pointer: [], frame: [], weights: [] }
globalThis.kept = kept

const timed = (into, act) =>
  function (...given) {
    const start = performance.now()
    try {
      return act.apply(this, given)
    } finally {
      kept[into].push(performance.now() - start)
    }
  }

const listen = HTMLElement.prototype.addEventListener
HTMLElement.prototype.addEventListener = function (name, listener, options) {
  const isTimed = name === 'pointermove' && typeof listener === 'function'
  listen.call(this, name, isTimed ? timed('pointer', listener) : listener, options)
}

const request = globalThis.requestAnimationFrame
globalThis.requestAnimationFrame = (draw) => request(timed('frame', draw))

const post = Worker.prototype.postMessage
Worker.prototype.postMessage = function (...given) {
  const start = performance.now()
  if (given[0]?.type === 'update')
    this.addEventListener('message', () => kept.weights.push(performance.now() - start), { once: true })
  post.apply(this, given)
}
