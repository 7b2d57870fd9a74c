/** Exports: written into a folder of the session's own, packed where there are several files, fetched as a download. */
import { rmSync } from 'node:fs'
import path from 'node:path'
import type { Handlers } from '../../../src-shared/api.ts'
import { exportFrom } from '../export.ts'
import { bare } from './failures.ts'
import { PRIORITY } from './job-queue.ts'
import type { Session } from './session.ts'
import { writeZip } from './zip.ts'

export const exportHandlers = (session: Session): Handlers<'export.start'> => {
  const { store, files, queue, engine } = session
  return {
    'export.start': async ({ isCompact = false, ...request }, { signal }) => {
      const out = files.makeFolder()
      const lane = request.source === 'prediction' ? ('device' as const) : ('export' as const)
      const priority = request.source === 'prediction' ? PRIORITY.prediction : PRIORITY.plain
      const { done } = queue.add(
        {
          ...{ title: 'Exporting', lane, priority },
          run: async (job) => {
            const report = await exportFrom(store, { ...request, isCompact, out }, job, engine)
            const written = report.files.flatMap(({ outputs }) => outputs)
            const failed = report.files.flatMap(({ image, error }) =>
              error ? [{ image, message: bare(error.message) }] : [],
            )
            const name = `${store.project.name}-${request.source}`.replaceAll(/[^\p{L}\p{N}._-]+/gu, '_')
            const file = written.length === 1 ? written[0]! : path.join(out, `${name}.zip`)
            if (written.length > 1) {
              await writeZip(file, written, job)
              for (const packed of written) rmSync(packed)
            }
            return {
              download: `download/${files.publish(file)}`,
              files: written.map((of) => path.basename(of)),
              failed,
            }
          },
        },
        signal,
      )
      try {
        return await done
      } catch (error) {
        files.removeFolder(out)
        throw error
      } finally {
        if (request.source === 'prediction' && !store.isReadOnly && store.predictions.adoptFolders().length > 0) {
          session.projectChanged()
        }
      }
    },
  }
}
