/** What an action is, and what several of them ask before they can be done. */
import type { Workstation } from '../workstation.svelte.ts'

export interface Action {
  id: string
  title: string
  group: 'Tools' | 'Painting' | 'View' | 'Go to' | 'Teach' | 'Project'
  /** Keys it has unless a person gives it others. */
  keys: readonly string[]
  run(workstation: Workstation): unknown
  /** For keys that act while they are held. */
  release?(workstation: Workstation): void
  /** False: greyed out, its key does nothing. */
  isPossible?(workstation: Workstation): boolean
}

export const hasPlane = ({ page }: Workstation) => page.isOpen
/** Tools can be chosen; while the plane changes, what they paint waits for the next. */
export const hasTools = ({ page, project }: Workstation) => page.isOpen && !project.isReadOnly
export const canPaint = ({ page, project }: Workstation) => page.status === 'ready' && !project.isReadOnly
export const canChange = ({ project }: Workstation) => !project.isReadOnly
