/**
 * Names of TensorFlow's variables. TensorFlow knows a variable by its name alone, and keeps a compiled operation (about
 * 3 kB) for every pair of name and shape it has ever met: each validation loads all weights anew, which would cost a long
 * training a hundred megabytes and more. So the names of variables that are no more are used again.
 */

/** Names made so far by all kernels of this process. */
let made = 0
/** Names that no variable has any more, by shape. */
const free = new Map<string, string[]>()

/** A name that no living variable has. */
export const unusedName = (shape: readonly number[]): string =>
  free.get(shape.join())?.pop() ?? `cellbrush/${process.pid}/${made++}`

/** To be called once the variable of this name has been destroyed. */
export function giveNameBack(name: string, shape: readonly number[]): void {
  const names = free.get(shape.join())
  if (names) names.push(name)
  else free.set(shape.join(), [name])
}
