/** Training, predicting, files, and the sheets that list everything. */
import { type Action, canChange } from './action.ts'

export const teachActions: Action[] = [
  { id: 'learn.start', title: 'Train', group: 'Teach', keys: ['T'], run: (ws) => ws.train(), isPossible: canChange },
  {
    id: 'predict.start',
    title: 'Predict',
    group: 'Teach',
    keys: ['P'],
    run: (ws) => ws.predict(),
    isPossible: canChange,
  },
]

export const projectActions: Action[] = [
  {
    id: 'project.import',
    title: 'Import images …',
    group: 'Project',
    keys: ['Mod+I'],
    run: (ws) => {
      ws.dialog = 'import'
    },
    isPossible: canChange,
  },
  {
    id: 'project.export',
    title: 'Export …',
    group: 'Project',
    keys: ['Mod+E'],
    run: (ws) => {
      ws.dialog = 'export'
    },
  },
  {
    id: 'project.palette',
    title: 'All commands …',
    group: 'Project',
    keys: ['Mod+K'],
    run: (ws) => {
      ws.dialog = 'palette'
    },
  },
  {
    id: 'project.keys',
    title: 'All keys …',
    group: 'Project',
    keys: ['?'],
    run: (ws) => {
      ws.dialog = 'keys'
    },
  },
]
