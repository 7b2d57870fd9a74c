/** Images and masks from outside: uploaded, given by the desktop, or lying in a folder the operator named. */
import { basename } from 'node:path'
import type { Handlers, ImportOutcome } from '../../../src-shared/api.ts'
import { parseValueMap } from '../../imaging/mask-values.ts'
import { type ImportedFile, type ImportRequest, importInto } from '../import.ts'
import { bare, sayFailure } from './failures.ts'
import { PRIORITY } from './job-queue.ts'
import type { Session } from './session.ts'

export const importHandlers = (session: Session): Handlers<'import.start' | 'import.browse'> => {
  const { store, files, queue } = session
  return {
    'import.start': async (request, { signal }) => {
      const inputs: string[] = []
      const outcomes: ImportOutcome[] = []
      for (const id of request.files) {
        try {
          inputs.push(files.find(id).path)
        } catch (error) {
          outcomes.push({ file: id.split('/').at(-1)!, state: 'failed', message: sayFailure(error).message })
        }
      }
      const { maskKind, foreground, map, role, isComplete = false } = request
      const wanted: ImportRequest = {
        inputs,
        ...(request.masks === undefined ? {} : { masks: request.masks.map((id) => files.find(id).path) }),
        ...{ maskKind, foreground, role, isComplete },
        ...(map === undefined ? {} : { map: parseValueMap(map) }),
      }
      if (inputs.length === 0) return { outcomes }
      const title = inputs.length === 1 ? 'Importing a file' : `Importing ${inputs.length} files`
      const spec = { title, lane: 'import', priority: PRIORITY.plain } as const
      try {
        const { done } = queue.add({ ...spec, run: (job) => importInto(store, wanted, job) }, signal)
        return { outcomes: [...outcomes, ...(await done).files.map((file) => outcomeOf(file, wanted))] }
      } finally {
        session.projectChanged() // what came in before a failure is there
      }
    },

    'import.browse': ({ place }) => files.browse(place),
  }
}

function outcomeOf(file: ImportedFile, { masks = [] }: ImportRequest): ImportOutcome {
  const { name, status, imageId, objects, error } = file
  const paths = [file.path, ...[masks].flat()]
  const told = paths.reduce((text, path) => text.replaceAll(path, basename(path)), error?.message ?? '')
  return {
    file: name,
    state: status === 'existing' ? 'known' : status,
    ...(imageId === undefined ? {} : { imageId }),
    ...(objects === undefined ? {} : { objects }),
    ...(error === undefined ? {} : { message: bare(told) }),
  }
}
