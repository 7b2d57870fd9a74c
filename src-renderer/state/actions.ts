/**
 * Everything a person can ask the window for, once: the toolbar, the keys, the sheet of keys, the command palette and
 * the native menu all come from this list.
 */
import type { MenuCommand } from '../../src-shared/desktop.ts'
import type { Action } from './actions/action.ts'
import { goToActions } from './actions/go-to.ts'
import { paintingActions, toolActions } from './actions/painting.ts'
import { projectActions, teachActions } from './actions/project.ts'
import { viewActions } from './actions/view.ts'

export type { Action } from './actions/action.ts'

export const ACTIONS: readonly Action[] = [
  ...toolActions,
  ...paintingActions,
  ...viewActions,
  ...goToActions,
  ...teachActions,
  ...projectActions,
]

const BY_ID = new Map(ACTIONS.map((action) => [action.id, action]))
export const actionOf = (id: string): Action => {
  const found = BY_ID.get(id)
  if (!found) throw new Error(`There is no action "${id}"`)
  return found
}

/** The keys of an action, as the person has them. */
export const keysOf = (id: string, own: Readonly<Record<string, readonly string[]>>): readonly string[] =>
  own[id] ?? actionOf(id).keys

/** Action by key. Where two have one key, what a person has chosen comes before what was there. */
export function keyMap(own: Readonly<Record<string, readonly string[]>>): ReadonlyMap<string, Action> {
  const map = new Map<string, Action>()
  for (const action of ACTIONS) if (!own[action.id]) for (const key of action.keys) map.set(key, action)
  for (const action of ACTIONS) for (const key of own[action.id] ?? []) map.set(key, action)
  return map
}

/** What the native menu's entries mean here. */
export const MENU_ACTIONS: Record<MenuCommand, string> = {
  import: 'project.import',
  export: 'project.export',
  undo: 'edit.undo',
  redo: 'edit.redo',
  fit: 'view.fit',
  'actual-size': 'view.actual',
  'toggle-panels': 'view.panels',
  paint: 'moment.paint',
  learn: 'moment.learn',
  predict: 'moment.predict',
  results: 'moment.results',
  palette: 'project.palette',
  shortcuts: 'project.keys',
}
