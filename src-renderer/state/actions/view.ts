/** How the plane is seen. */
import { type Action, hasPlane } from './action.ts'

export const viewActions: Action[] = [
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
