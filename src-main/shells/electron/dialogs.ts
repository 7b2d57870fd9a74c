/** File dialogs of the operating system. Their answers are paths, which stay in this process. */
import { copyFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { app, type BrowserWindow, dialog, type OpenDialogOptions } from 'electron'
import type { ChoiceKind } from '../../../src-shared/desktop.ts'
import { temporaryIn } from '../../store/index.ts'

const IMAGES = { name: 'Images', extensions: ['tif', 'tiff', 'png', 'jpg', 'jpeg'] }
const EVERYTHING = { name: 'All files', extensions: ['*'] }
const CHOICES: Record<ChoiceKind, OpenDialogOptions> = {
  images: {
    title: 'Import images',
    buttonLabel: 'Import',
    properties: ['openFile', 'multiSelections'],
    filters: [IMAGES, EVERYTHING],
  },
  masks: {
    title: 'Masks of these images',
    properties: ['openFile', 'multiSelections'],
    filters: [IMAGES, EVERYTHING],
  },
  folder: { title: 'Import a folder of images', buttonLabel: 'Import', properties: ['openDirectory'] },
}

/** Paths of what the user chose, none where they cancelled. */
export async function chooseFiles(window: BrowserWindow, kind: ChoiceKind): Promise<string[]> {
  const { canceled, filePaths } = await dialog.showOpenDialog(window, CHOICES[kind])
  return canceled ? [] : filePaths
}

/** Folder of a project to open. On macOS a project looks like one file. */
export async function chooseProject(window: BrowserWindow | null): Promise<string | undefined> {
  const properties: OpenDialogOptions['properties'] =
    process.platform === 'darwin' ? ['openFile', 'openDirectory'] : ['openDirectory']
  const options = { title: 'Open a project: a folder NAME.cellbrush', buttonLabel: 'Open', properties }
  const { canceled, filePaths } = await (window
    ? dialog.showOpenDialog(window, options)
    : dialog.showOpenDialog(options))
  return canceled ? undefined : filePaths[0]
}

/** Folder of a project to make, with the extension that projects have. */
export async function chooseNewProject(window: BrowserWindow | null): Promise<string | undefined> {
  const options = {
    title: 'New project',
    buttonLabel: 'Make',
    defaultPath: join(app.getPath('documents'), 'My cells.cellbrush'),
    filters: [{ name: 'Cellbrush project', extensions: ['cellbrush'] }],
  }
  const { canceled, filePath } = await (window
    ? dialog.showSaveDialog(window, options)
    : dialog.showSaveDialog(options))
  if (canceled || !filePath) return undefined
  return extname(filePath).toLowerCase() === '.cellbrush' ? filePath : `${filePath}.cellbrush`
}

/** Asks where to put a finished export and copies it there, whole or not at all. False where the user cancels. */
export async function saveDownload(window: BrowserWindow, file: { path: string; name: string }): Promise<boolean> {
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Save the export',
    defaultPath: join(app.getPath('downloads'), basename(file.name)),
  })
  if (canceled || !filePath) return false
  const temporary = temporaryIn(dirname(filePath))
  try {
    await copyFile(file.path, temporary)
    await rename(temporary, filePath)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  return true
}

/** One sentence with its remedy, as everywhere. */
export async function tell(window: BrowserWindow | null, message: string): Promise<void> {
  const options = { type: 'error' as const, message, buttons: ['OK'] }
  await (window ? dialog.showMessageBox(window, options) : dialog.showMessageBox(options))
}
