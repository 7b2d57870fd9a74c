/** The files of a drop, folders walked through; what is no image by its name is left out. */

const IMAGE = /\.(png|jpe?g|tiff?)$/i

/** `asDropped`: Electron walks folders itself and wants them as they were dropped. */
export async function filesOfDrop(dropped: DataTransfer, asDropped: boolean): Promise<File[]> {
  if (asDropped) return [...dropped.files]
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return [...dropped.files]
  const files: File[] = []
  for (const entry of entries) await walk(entry, files)
  return files
}

async function walk(entry: FileSystemEntry, files: File[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    if (IMAGE.test(file.name)) files.push(file)
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return // a reader gives a folder in portions
    for (const inner of some) await walk(inner, files)
  }
}
