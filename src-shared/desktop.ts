/**
 * What the window has besides the contract when it runs under Electron: `window.cellbrush`, made by the preload. In a
 * browser there is none, and the server shell's uploads, downloads and address bar do the same.
 */

/** A file or folder the user chose or dropped. Its id stands in `ImportRequest.files` and `image.relink`, like an upload's. */
export interface OfferedFile {
  id: string
  /** Without its folder, to be shown. */
  name: string
}

export type ChoiceKind = 'images' | 'masks' | 'folder'

/** What the native menu asks the page to do; the page has the same actions under keys of its own. */
export type MenuCommand =
  | 'import'
  | 'export'
  | 'undo'
  | 'redo'
  | 'fit'
  | 'actual-size'
  | 'toggle-panels'
  | 'paint'
  | 'learn'
  | 'predict'
  | 'results'
  | 'palette'
  | 'shortcuts'

export interface DesktopBridge {
  /** Where binary tiles are, with a slash at the end; `data-urls.ts` has what follows. */
  dataRoot: string
  /**
   * Asks for a connection, now or again after a reload. Events name the changes that this page asked for with `client`,
   * a name of its own choice, as over the local server. The answer is a message of the window itself, with `data`
   * equal to PORT_MESSAGE and one MessagePort, over which ClientMessage and ServerMessage go as they are.
   */
  connect(client: string): void
  /** Empty where the user cancels. */
  chooseFiles(kind: ChoiceKind): Promise<OfferedFile[]>
  /** Files and folders as a drop event holds them. A dropped project is opened instead, and not answered. */
  offerDropped(files: readonly File[]): Promise<OfferedFile[]>
  /** Asks where to put what `export.start` made and copies it there; false where the user cancels. */
  saveDownload(download: string): Promise<boolean>
  /** Undo or redo of the text that has the focus: a key of the native menu never comes to a field by itself. */
  editText(how: 'undo' | 'redo'): void
  newProject(): Promise<void>
  openProject(): Promise<void>
  /** Answers how to stop listening. */
  onCommand(listener: (command: MenuCommand) => void): () => void
}

export const PORT_MESSAGE = 'cellbrush-port'
