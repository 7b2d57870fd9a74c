/**
 * Runs in the page before its scripts: times what listens to pointer moves and what draws, and of each drawing what
 * uploading took and how long before its end the pointer had moved. With `kept.isWaiting` it waits in each drawing until
 * the picture is there.
 */
const kept = { pointer: [], frame: [], upload: [], shown: [], isWaiting: false }
globalThis.kept = kept

/** When the pointer moved first since the last drawing. */
let movedAt = null
let drawing = null

const listen = HTMLElement.prototype.addEventListener
HTMLElement.prototype.addEventListener = function (name, listener, options) {
  const isTimed = name === 'pointermove' && typeof listener === 'function'
  listen.call(this, name, isTimed ? timed(listener) : listener, options)
}

const timed = (listener) =>
  function (event) {
    const start = performance.now()
    movedAt ??= start
    listener.call(this, event)
    kept.pointer.push(performance.now() - start)
  }

const request = globalThis.requestAnimationFrame
globalThis.requestAnimationFrame = (draw) =>
  request((at) => {
    const start = performance.now()
    drawing = { uploadMs: 0, gl: null }
    draw(at)
    const { gl, uploadMs } = drawing
    drawing = null
    if (!gl) return // something else that waits for frames
    if (kept.isWaiting) gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4))
    const end = performance.now()
    kept.frame.push(end - start)
    kept.upload.push(uploadMs)
    if (movedAt !== null) kept.shown.push(end - movedAt)
    movedAt = null
  })

const gl = WebGL2RenderingContext.prototype
const { drawArrays, texSubImage2D } = gl
gl.drawArrays = function (...given) {
  if (drawing) drawing.gl = this
  drawArrays.apply(this, given)
}
gl.texSubImage2D = function (...given) {
  const start = performance.now()
  texSubImage2D.apply(this, given)
  if (drawing) drawing.uploadMs += performance.now() - start
}
