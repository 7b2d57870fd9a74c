/** The native menu. What the page does is sent to it as a command; the rest is done by the shell. */
import { Menu, type MenuItemConstructorOptions } from 'electron'
import type { MenuCommand } from '../../../src-shared/desktop.ts'
import { projectName } from './recent.ts'

export interface MenuActions {
  newProject(): void
  openProject(): void
  openSample(): void
  open(folder: string): void
  clearRecent(): void
  showLog(): void
  send(command: MenuCommand): void
}

type Item = MenuItemConstructorOptions
const separator: Item = { type: 'separator' }

export function setMenu(recent: readonly string[], actions: MenuActions, platform = process.platform): void {
  Menu.setApplicationMenu(Menu.buildFromTemplate(menuTemplate(recent, actions, platform)))
}

export function menuTemplate(recent: readonly string[], actions: MenuActions, platform: NodeJS.Platform): Item[] {
  const isMac = platform === 'darwin'
  const command = (label: string, name: MenuCommand, accelerator?: string): Item => ({
    label,
    accelerator,
    // The page has these keys itself and can rebind them: the menu only shows them.
    registerAccelerator: false,
    click: () => actions.send(name),
  })
  return [
    ...(isMac ? [{ role: 'appMenu' } satisfies Item] : []),
    {
      label: '&File',
      submenu: [
        { label: 'New project …', accelerator: 'CmdOrCtrl+N', click: actions.newProject },
        { label: 'Open project …', accelerator: 'CmdOrCtrl+O', click: actions.openProject },
        { label: 'Open recent', submenu: recentItems(recent, actions) },
        { label: 'Open the sample project', click: actions.openSample },
        separator,
        { ...command('Import images …', 'import', 'CmdOrCtrl+I'), registerAccelerator: true },
        { ...command('Export …', 'export', 'CmdOrCtrl+E'), registerAccelerator: true },
        separator,
        isMac ? { role: 'close' } : { role: 'quit' },
      ],
    },
    {
      label: '&Edit',
      submenu: [
        command('Undo', 'undo', 'CmdOrCtrl+Z'),
        command('Redo', 'redo', 'CmdOrCtrl+Shift+Z'),
        separator,
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        command('Paint', 'paint'),
        command('Learn', 'learn'),
        command('Predict', 'predict'),
        command('Results', 'results'),
        separator,
        command('Fit the image', 'fit'),
        command('Actual size', 'actual-size', 'CmdOrCtrl+1'),
        command('Show or hide the panels', 'toggle-panels'),
        separator,
        { role: 'togglefullscreen' },
        { role: 'toggleDevTools' },
      ],
    },
    { role: 'windowMenu' },
    {
      label: '&Help',
      role: 'help',
      submenu: [
        command('All actions …', 'palette', 'CmdOrCtrl+K'),
        command('Keys …', 'shortcuts'),
        separator,
        { label: 'Show the log', click: actions.showLog },
        ...(isMac ? [] : [{ role: 'about' } satisfies Item]),
      ],
    },
  ]
}

function recentItems(recent: readonly string[], { open, clearRecent }: MenuActions): Item[] {
  if (recent.length === 0) return [{ label: 'None yet', enabled: false }]
  const items = recent.map(
    (folder): Item => ({ label: projectName(folder), toolTip: folder, click: () => open(folder) }),
  )
  return [...items, separator, { label: 'Clear this list', click: clearRecent }]
}
