/**
 * Everything a person can ask the window for, once: the toolbar, the keys, the sheet of keys, the command palette and
 * the native menu all come from this list.
 */
import type { MenuCommand } from '../../src-shared/desktop.ts'
import { TOOLS } from './tools.ts'
import type { Workstation } from './workstation.svelte.ts'

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

const hasPlane = ({ page }: Workstation) => page.isOpen
const canPaint = ({ page, project }: Workstation) => page.isOpen && !project.isReadOnly
/** In Results the list of mistakes is what one goes through. */
const listsMistakes = ({ moment, results }: Workstation) => moment === 'results' && results.mistakes.shown.length > 0
const canChange = ({ project }: Workstation) => !project.isReadOnly

const tools: Action[] = TOOLS.map(({ id, title, key }) => ({
  id: `tool.${id}`,
  title,
  group: 'Tools',
  keys: [key],
  run: ({ page }) => page.chooseTool(id),
  isPossible: canPaint,
}))

const painting: Action[] = [
  {
    id: 'edit.undo',
    title: 'Undo',
    group: 'Painting',
    keys: ['Mod+Z'],
    run: ({ page }) => page.undo(),
    isPossible: canPaint,
  },
  {
    id: 'edit.redo',
    title: 'Redo',
    group: 'Painting',
    keys: ['Mod+Shift+Z', 'Mod+Y'],
    run: ({ page }) => page.redo(),
    isPossible: canPaint,
  },
  {
    id: 'brush.smaller',
    title: 'Smaller brush',
    group: 'Painting',
    keys: ['['],
    run: ({ page }) => page.scaleBrush(1 / 1.2),
  },
  {
    id: 'brush.larger',
    title: 'Larger brush',
    group: 'Painting',
    keys: [']'],
    run: ({ page }) => page.scaleBrush(1.2),
  },
  {
    id: 'brush.newObject',
    title: 'New object per stroke',
    group: 'Painting',
    keys: ['O'],
    run: ({ page }) => page.setOptions({ newObjectPerStroke: !page.options.newObjectPerStroke }),
  },
  {
    id: 'brush.protect',
    title: 'Protect other objects',
    group: 'Painting',
    keys: ['R'],
    run: ({ page }) => page.setOptions({ protectOthers: !page.options.protectOthers }),
  },
  {
    id: 'brush.fillHoles',
    title: 'Fill what a stroke encloses',
    group: 'Painting',
    keys: ['Shift+F'],
    run: ({ page }) => page.setOptions({ fillHoles: !page.options.fillHoles }),
  },
  {
    id: 'eraser.oneObject',
    title: 'Erase only one object',
    group: 'Painting',
    keys: ['Shift+E'],
    run: ({ page }) => page.setOptions({ eraseOneObject: !page.options.eraseOneObject }),
  },
  {
    id: 'object.delete',
    title: 'Delete the chosen objects',
    group: 'Painting',
    keys: ['Delete'],
    run: ({ page }) => page.objectList.deleteSelected(),
    isPossible: (ws) => canPaint(ws) && ws.page.objectList.selected.size > 0,
  },
  {
    id: 'object.merge',
    title: 'Merge the chosen objects',
    group: 'Painting',
    keys: ['Mod+M'],
    run: ({ page }) => page.objectList.mergeSelected(),
    isPossible: (ws) => canPaint(ws) && ws.page.objectList.selected.size > 1,
  },
  {
    id: 'object.copyNext',
    title: 'Copy objects to the next plane',
    group: 'Painting',
    keys: ['Mod+.'],
    run: ({ page }) => page.objectList.copyToNext(),
    isPossible: (ws) => canPaint(ws) && ws.page.objectList.selected.size > 0 && ws.page.hasNextPlane,
  },
  {
    id: 'object.interpolate',
    title: 'Interpolate between planes',
    group: 'Painting',
    keys: ['I'],
    run: ({ page }) => page.objectList.interpolate(),
    isPossible: (ws) => canPaint(ws) && ws.page.objectList.selected.size === 1,
  },
  {
    id: 'plane.complete',
    title: 'Painted completely, or not',
    group: 'Painting',
    keys: ['Shift+C'],
    run: ({ page }) => page.setComplete(!page.isComplete),
    isPossible: canPaint,
  },
  {
    id: 'proposal.accept',
    title: 'Accept the chosen objects',
    group: 'Painting',
    keys: ['Enter'],
    run: ({ proposals }) => proposals.acceptChosen(),
    isPossible: (ws) => ws.moment === 'predict' && canPaint(ws) && ws.proposals.chosen.size > 0,
  },
  {
    id: 'proposal.acceptAll',
    title: 'Accept all proposed objects',
    group: 'Painting',
    keys: ['Shift+Enter'],
    run: ({ proposals }) => proposals.acceptAll(),
    isPossible: (ws) => ws.moment === 'predict' && canPaint(ws) && ws.proposals.canAcceptAll,
  },
  {
    id: 'proposal.reject',
    title: 'Reject the chosen objects',
    group: 'Painting',
    keys: ['Backspace'],
    run: ({ proposals }) => proposals.rejectChosen(),
    isPossible: (ws) => ws.moment === 'predict' && canPaint(ws) && ws.proposals.chosen.size > 0,
  },
]

const view: Action[] = [
  {
    id: 'view.fit',
    title: 'Fit the plane',
    group: 'View',
    keys: ['0'],
    run: ({ page }) => page.fit(),
    isPossible: hasPlane,
  },
  {
    id: 'view.actual',
    title: 'Actual size',
    group: 'View',
    keys: ['Mod+1'],
    run: ({ page }) => page.actualSize(),
    isPossible: hasPlane,
  },
  {
    id: 'view.in',
    title: 'Zoom in',
    group: 'View',
    keys: ['+', '='],
    run: ({ page }) => page.zoomBy(1.5),
    isPossible: hasPlane,
  },
  {
    id: 'view.out',
    title: 'Zoom out',
    group: 'View',
    keys: ['-'],
    run: ({ page }) => page.zoomBy(1 / 1.5),
    isPossible: hasPlane,
  },
  {
    id: 'view.hide',
    title: 'Hide labels while held',
    group: 'View',
    keys: ['H'],
    run: ({ page }) => page.holdLabels(true),
    release: ({ page }) => page.holdLabels(false),
    isPossible: hasPlane,
  },
  {
    id: 'view.weights',
    title: 'Show or hide the weight map',
    group: 'View',
    keys: ['Shift+W'],
    run: ({ page }) => {
      page.overlays.weights = !page.overlays.weights
    },
    isPossible: hasPlane,
  },
  {
    id: 'view.teaches',
    title: 'Show or hide what teaches',
    group: 'View',
    keys: ['Shift+T'],
    run: ({ page }) => {
      page.overlays.teaches = !page.overlays.teaches
    },
    isPossible: hasPlane,
  },
  {
    id: 'view.outlines',
    title: 'Outlines or filled labels',
    group: 'View',
    keys: ['Shift+O'],
    run: ({ page }) => {
      page.overlays.isFilled = !page.overlays.isFilled
    },
    isPossible: hasPlane,
  },
  {
    id: 'view.contrast',
    title: 'Contrast',
    group: 'View',
    keys: ['C'],
    run: (ws) => {
      ws.isContrastOpen = !ws.isContrastOpen
    },
    isPossible: hasPlane,
  },
  {
    id: 'view.autoContrast',
    title: 'Automatic contrast',
    group: 'View',
    keys: ['A'],
    run: ({ page }) => page.autoContrast(),
    isPossible: hasPlane,
  },
  {
    id: 'view.panels',
    title: 'Hide or show the panels',
    group: 'View',
    keys: ['Tab'],
    run: (ws) => {
      ws.arePanelsHidden = !ws.arePanelsHidden
    },
  },
  { id: 'view.theme', title: 'Dark or light theme', group: 'View', keys: [], run: (ws) => ws.switchTheme() },
]

const goTo: Action[] = [
  { id: 'moment.paint', title: 'Paint', group: 'Go to', keys: ['1'], run: (ws) => ws.goTo('paint') },
  { id: 'moment.learn', title: 'Learn', group: 'Go to', keys: ['2'], run: (ws) => ws.goTo('learn') },
  { id: 'moment.predict', title: 'Predict', group: 'Go to', keys: ['3'], run: (ws) => ws.goTo('predict') },
  { id: 'moment.results', title: 'Results', group: 'Go to', keys: ['4'], run: (ws) => ws.goTo('results') },
  { id: 'go.nextImage', title: 'Next image', group: 'Go to', keys: ['PageDown'], run: (ws) => ws.stepImage(1) },
  { id: 'go.previousImage', title: 'Previous image', group: 'Go to', keys: ['PageUp'], run: (ws) => ws.stepImage(-1) },
  { id: 'go.nextPlane', title: 'Next plane', group: 'Go to', keys: ['.'], run: ({ page }) => page.stepPlane(1) },
  {
    id: 'go.previousPlane',
    title: 'Previous plane',
    group: 'Go to',
    keys: [','],
    run: ({ page }) => page.stepPlane(-1),
  },
  {
    id: 'go.nextObject',
    title: 'Next object, or mistake',
    group: 'Go to',
    keys: ['N'],
    run: (ws) => (listsMistakes(ws) ? ws.results.mistakes.step(1) : ws.page.objectList.step(1)),
    isPossible: hasPlane,
  },
  {
    id: 'go.previousObject',
    title: 'Previous object, or mistake',
    group: 'Go to',
    keys: ['Shift+N'],
    run: (ws) => (listsMistakes(ws) ? ws.results.mistakes.step(-1) : ws.page.objectList.step(-1)),
    isPossible: hasPlane,
  },
  {
    id: 'go.compare',
    title: 'Compare side by side',
    group: 'Go to',
    keys: ['Y'],
    run: (ws) => {
      ws.goTo('results')
      ws.results.comparison.isOpen = !ws.results.comparison.isOpen
    },
    isPossible: hasPlane,
  },
  {
    id: 'go.uncertain',
    title: 'Next most uncertain place',
    group: 'Go to',
    keys: ['Q'],
    run: ({ proposals }) => proposals.nextDoubt(),
    isPossible: (ws) => ws.proposals.objects.length > 0,
  },
  {
    id: 'go.filter',
    title: 'Find an image',
    group: 'Go to',
    keys: ['Mod+F'],
    run: (ws) => ws.focusFilter(),
  },
]

const teach: Action[] = [
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

const project: Action[] = [
  {
    id: 'project.import',
    title: 'Import images …',
    group: 'Project',
    keys: ['Mod+O'],
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

export const ACTIONS: readonly Action[] = [...tools, ...painting, ...view, ...goTo, ...teach, ...project]

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
