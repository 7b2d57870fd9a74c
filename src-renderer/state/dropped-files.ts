/** The files of a drop, folders walked through; what nothing is imported of by its name is left out. */

/** What files are given for. */
export type Pile = 'images' | 'masks'

const IMAGES = ['png', 'jpg', 'jpeg', 'tif', 'tiff']
/** Exported masks have files beside them that tell what a label image cannot. */
const ENDINGS: Record<Pile, string[]> = { images: IMAGES, masks: [...IMAGES, 'json', 'csv'] }

/** The files of a pile as a file field wants to be told. */
export const acceptedFiles = (pile: Pile): string => ENDINGS[pile].map((ending) => `.${ending}`).join(',')

const isAccepted = (name: string, pile: Pile): boolean =>
  ENDINGS[pile].some((ending) => name.toLowerCase().endsWith(`.${ending}`))

const droppedFolders = new WeakMap<File, string>()

/** The folder that a file lay in, as far as the browser tells. */
export const folderOf = (file: File): string =>
  droppedFolders.get(file) ?? (file.webkitRelativePath ?? '').slice(0, -file.name.length)

/** `asDropped`: Electron walks folders itself and wants them as they were dropped. */
export async function filesOfDrop(dropped: DataTransfer, asDropped: boolean, pile: Pile = 'images'): Promise<File[]> {
  if (asDropped) return [...dropped.files]
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return [...dropped.files]
  const files: File[] = []
  for (const entry of entries) await walk(entry, pile, files)
  return files
}

async function walk(entry: FileSystemEntry, pile: Pile, files: File[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    if (!isAccepted(file.name, pile)) return
    droppedFolders.set(file, entry.fullPath.slice(0, -file.name.length))
    files.push(file)
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return // a reader gives a folder in portions
    for (const inner of some) await walk(inner, pile, files)
  }
}
