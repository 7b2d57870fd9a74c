/** The engine process for the length of one command. */
import type { Engine } from '../../core/engine.ts'
import type { Shell } from './shell.ts'

/** Starts an engine, does the work, ends the engine. The engine's own prints are shown with --verbose only. */
export async function withEngine<T>(shell: Shell, work: (engine: Engine) => Promise<T>): Promise<T> {
  const { EngineClient } = await import('../../engine-client.ts') // commands without an engine start sooner
  const { console } = shell
  const engine = new EngineClient({ onLog: (text) => (console.isVerbose ? console.note(text.trimEnd()) : undefined) })
  try {
    return await work(engine)
  } finally {
    await engine.close()
  }
}
