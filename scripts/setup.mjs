import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cacheFolder } from './cache-folder.mjs'
import { withLock } from './lock.mjs'
import { provideNative, readStatus } from './native.mjs'
import { checkNode, findNode, providePackages } from './packages.mjs'
import { Progress } from './progress.mjs'
import { lookAtSetup, stampKey, writeStamp } from './stamp.mjs'

/** Which TensorFlow: asked for now, else as asked the last time, else by what the machine has. */
export const chosen = (wanted, cache) => wanted ?? readStatus(cache).wanted ?? 'auto'

/**
 * Sets up whatever this checkout lacks and returns the path of Node 24. Packages must succeed; native TensorFlow may
 * fail, which is said once and recorded.
 * @param {{ root: string, wanted?: 'auto'|'cpu'|'cuda', needsNative?: boolean, retriesNative?: boolean, progress?: Progress }} of
 *   `needsNative: false` leaves TensorFlow alone; `retriesNative: false` accepts that it failed the last time.
 * @throws {import('./problems.mjs').SetupProblem}
 */
export async function setUp({ root, wanted, needsNative = true, retriesNative = true, progress = new Progress() }) {
  checkNode()
  const cache = cacheFolder()
  const choice = chosen(wanted, cache)
  const isEnough = ({ packages, native }) =>
    packages && (!needsNative || native === 'ready' || (native === 'failed' && !retriesNative))
  if (isEnough(lookAtSetup({ root, cache, wanted: choice }))) return findNode(root)
  const path = join(tmpdir(), `cellbrush-${createHash('sha256').update(root).digest('hex').slice(0, 12)}.lock`)
  const onWait = (holder) => progress.say(`Another set-up of this folder (${holder}) is at work; waiting for it.`)
  return withLock({ path, onWait }, async () => {
    const look = lookAtSetup({ root, cache, wanted: choice }) // the one waited for may have done it
    if (isEnough(look)) return findNode(root)
    return complete({ root, cache, wanted: choice, needsNative, progress, before: look })
  })
}

async function complete({ root, cache, wanted, needsNative, progress, before }) {
  const node = before.packages ? findNode(root) : await providePackages({ root, progress })
  const isDone = !needsNative || process.env.CELLBRUSH_TF_ADDON
  const status = isDone ? undefined : await provideNative({ root, cache, wanted, node, progress })
  writeStamp(root, {
    key: stampKey({ root, cache, wanted }),
    hasNative: status !== undefined,
    isNativeReady: status?.isReady === true && !status.reason, // a reason: it works, but not on the card
    addon: status?.addon,
  })
  return node
}
