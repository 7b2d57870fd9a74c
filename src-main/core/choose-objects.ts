/** The way from probabilities to objects that suits an aim best, of a run: searched once, kept in the run's folder. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { SEARCH_VERSION } from '../../src-shared/objects-search.ts'
import { type ObjectsPlan, objectsSchema, type RunPlan } from '../../src-shared/run-plan.ts'
import type { ObjectsAim } from '../../src-shared/scores/aims.ts'
import { writeFileDurably } from '../files/durable.ts'
import type { Engine } from './engine.ts'
import { makeFolder } from './folders.ts'
import { checksumOf } from './model-file.ts'

const chosenSchema = v.object({ objects: objectsSchema, score: v.number() })

export interface ObjectsChoice {
  aim: ObjectsAim
  isAveraged: boolean
  device: RunPlan['device']
}

/**
 * Asks the engine on first use; a choice belongs to one model file and one way of searching, so a run that went on chooses
 * anew, and so does a newer program. Held-out parts of the run are all that is looked at. Errors: 'nothing-held-out',
 * those of the engine.
 */
export async function chosenObjects(
  run: { folder: string; model: string },
  { aim, isAveraged, device }: ObjectsChoice,
  engine: Engine,
  signal: AbortSignal,
): Promise<{ objects: ObjectsPlan; score: number }> {
  const model = path.resolve(run.model)
  const name = `${aim}${isAveraged ? '-averaged' : ''}-${checksumOf(model).slice(0, 16)}-${SEARCH_VERSION}.json`
  const file = path.join(run.folder, 'objects', name)
  const known = existsSync(file)
    ? v.safeParse(v.pipe(v.string(), v.parseJson(), chosenSchema), readFileSync(file, 'utf8'))
    : null
  if (known?.success) return known.output
  makeFolder(path.dirname(file))
  const folder = path.resolve(run.folder)
  const chosen = await engine.call('objects', { folder, model, aim, average: isAveraged, device }, { signal })
  writeFileDurably(file, `${JSON.stringify(chosen)}\n`)
  return chosen
}
