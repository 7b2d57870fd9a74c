/** The project's list of runs follows what the run folders say; whoever holds the project brings it up to date. */
import { AppError } from '../../src-shared/errors.ts'
import { ProjectStore } from '../store/index.ts'
import type { Job } from './job.ts'

/** Brings the list up to date; where another program holds the project, that program does it at its next look. */
export async function recordRun(project: string, run: string, job: Job): Promise<void> {
  try {
    const store = await ProjectStore.open(project, { program: 'cellbrush train' })
    try {
      store.runs.adoptFolders()
      store.runs.refresh(run)
    } finally {
      store.close()
    }
  } catch (error) {
    if (error instanceof AppError && error.code === 'project-busy') return
    job.note(`The run ${run} is saved, but could not be listed in the project: ${(error as Error).message}`)
  }
}
