import { createContext } from 'svelte'
import type { Workstation } from './workstation.svelte.ts'

/** The window's state, given by App to everything inside it. */
export const [useWorkstation, provideWorkstation] = createContext<Workstation>()
