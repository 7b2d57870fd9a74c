/**
 * Calls back whenever the window has another device pixel ratio: it was moved to another screen, which changes no size in
 * CSS pixels and so no observer hears of it. Answers how to stop.
 */
export function onPixelRatio(changed: () => void): () => void {
  const stop = new AbortController()
  const arm = () => {
    const isAsItWas = matchMedia(`(resolution: ${devicePixelRatio}dppx)`) // asks for one ratio only: made anew each time
    isAsItWas.addEventListener('change', heard, { once: true, signal: stop.signal })
  }
  const heard = () => {
    arm()
    changed()
  }
  arm()
  return () => stop.abort()
}
