/** Images and masks from outside: uploaded, given by the desktop, or lying in a folder the operator named. */
import { basename, dirname, normalize } from 'node:path'
import type { Handlers, ImportOutcome } from '../../../src-shared/api.ts'
import { compareNaturally } from '../../imaging/list-images.ts'
import { parseValueMap } from '../../imaging/mask-values.ts'
import { type ImportedFile, type ImportRequest, importInto, type StoppedImport } from '../import.ts'
import type { Job } from '../job.ts'
import { bare, sayFailure } from './failures.ts'
import type { FileDesk } from './file-desk.ts'
import { PRIORITY } from './job-queue.ts'
import type { Session } from './session.ts'

export const importHandlers = (session: Session): Handlers<'import.start' | 'import.forget' | 'import.browse'> => {
  const { store, files, queue } = session
  return {
    'import.start': async (request, { signal }) => {
      const { given, outcomes } = found(files, request.files)
      if (given.length === 0) return { outcomes, unmatchedMasks: [] }
      const masks = request.masks?.map((id) => ({ id, path: files.find(id).path }))
      const { maskKind, foreground, map, role, isComplete = false } = request
      const wanted: ImportRequest = {
        inputs: given.map((of) => of.path),
        ...(masks === undefined ? {} : { masks: masks.map((of) => of.path) }),
        ...{ maskKind, foreground, role, isComplete },
        ...(map === undefined ? {} : { map: parseValueMap(map) }),
      }
      const title = given.length === 1 ? 'Importing a file' : `Importing ${given.length} files`
      const spec = { title, lane: 'import', priority: PRIORITY.plain } as const
      let stopped: StoppedImport | undefined
      const run = (job: Job) => importInto(store, wanted, job, (how) => (stopped = how))
      try {
        const report = await queue.add({ ...spec, run }, signal).done.catch((error) => {
          if (stopped) return stopped.report
          throw error
        })
        outcomes.push(
          ...report.files.map((file) => outcomeOf(file, wanted)),
          ...(stopped?.left.files ?? []).map(leftOut),
        )
        // A window that has gone will ask for all of them once more.
        if (!signal.aborted) files.letGo([...request.files, ...(request.masks ?? [])])
        return {
          outcomes: outcomes.sort((a, b) => compareNaturally(a.file, b.file)),
          unmatchedMasks: report.unmatchedMasks.map((mask) => basename(mask)),
          ...(stopped ? { left: leftIds(stopped.left, given, masks ?? []) } : {}),
        }
      } finally {
        session.projectChanged() // what came in before a failure is there
      }
    },

    'import.forget': ({ files: ids }) => {
      files.letGo(ids)
      return null
    },

    'import.browse': ({ place }) => files.browse(place),
  }
}

/** A file or a folder, and the id that the window knows it by. */
interface Given {
  id: string
  path: string
}

function found(files: FileDesk, ids: readonly string[]): { given: Given[]; outcomes: ImportOutcome[] } {
  const given: Given[] = []
  const outcomes: ImportOutcome[] = []
  for (const id of ids) {
    try {
      given.push({ id, path: files.find(id).path })
    } catch (error) {
      outcomes.push({ file: id.split('/').at(-1)!, state: 'failed', message: sayFailure(error).message })
    }
  }
  return { given, outcomes }
}

const leftOut = (file: string): ImportOutcome => ({ file: basename(file), state: 'left' })

/** What is left by the ids it was given under; of a folder there may be some in already, which are recognised. */
function leftIds(left: StoppedImport['left'], files: readonly Given[], masks: readonly Given[]) {
  const idsOf = (given: readonly Given[], paths: readonly string[]) => {
    const wanted = withFolders(paths)
    return given.filter((of) => wanted.has(normalize(of.path))).map(({ id }) => id)
  }
  return { files: idsOf(files, left.files), masks: idsOf(masks, left.masks) }
}

/** The files, and every folder that they lie in. */
function withFolders(files: readonly string[]): ReadonlySet<string> {
  const all = new Set<string>()
  for (const file of files) for (let at = file; !all.has(at); at = dirname(at)) all.add(at)
  return all
}

function outcomeOf(file: ImportedFile, { masks = [] }: ImportRequest): ImportOutcome {
  const { name, status, isPutBack, imageId, objects, mask, error } = file
  const paths = [file.path, ...[masks].flat()]
  const told = paths.reduce((text, path) => text.replaceAll(path, basename(path)), error?.message ?? '')
  return {
    file: name,
    state: status === 'existing' ? 'known' : status,
    ...(isPutBack ? { isPutBack } : {}),
    ...(imageId === undefined ? {} : { imageId }),
    ...(objects === undefined ? {} : { objects }),
    ...(mask === undefined ? {} : { hasMask: mask !== 'none' }),
    ...(error === undefined ? {} : { message: bare(told) }),
  }
}
