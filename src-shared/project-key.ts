import type { ProjectView } from './api.ts'

/** Tells projects apart: a copy was made at the same moment as its original, and another may lie in the folder of one. */
export const projectKey = ({ createdAt, folderId }: Pick<ProjectView, 'createdAt' | 'folderId'>): string =>
  `${createdAt}/${folderId}`

/** The close code of a line for a window that shows another project than the one served here now. */
export const ANOTHER_PROJECT = 4001
