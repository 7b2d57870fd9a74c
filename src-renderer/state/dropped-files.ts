/** The files of a drop or a file field, folders walked through; what nothing is imported of by its name is left out. */
import { isHidden, meantForImages, meantForMasks } from '../../src-shared/image-folders.ts'

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

/** A file by where it lies in a folder: the names on the way to it, its own last. */
interface Inside<T> {
  path: readonly string[]
  file: T
}

/** Of what lies in a folder that was given for a pile, the files that are meant: as folders on the host's disk are read. */
function meantOf<T>(inside: readonly Inside<T>[], pile: Pile): T[] {
  const seen = inside.filter(({ path }) => !isHidden(path[0]!))
  const own = seen.filter(({ path }) => path.length === 1 && isAccepted(path[0]!, pile))
  const below = Map.groupBy(
    seen.filter(({ path }) => path.length > 1),
    ({ path }) => path[0]!,
  )
  const folders = [...below.keys()]
  const meant = pile === 'images' ? meantForImages(folders, own.length > 0) : meantForMasks(folders)
  const inFolder = (name: string) => below.get(name)!.map(({ path, file }) => ({ path: path.slice(1), file }))
  return [
    ...(meant.isOwn ? own.map(({ file }) => file) : []),
    ...meant.folders.flatMap((name) => meantOf(inFolder(name), pile)),
  ]
}

/** The files that a file field means: those chosen one by one, of a folder what of it is meant. */
export function filesOfField(files: readonly File[], pile: Pile): File[] {
  const isInFolder = (file: File) => (file.webkitRelativePath ?? '') !== ''
  const inside = files.filter(isInFolder).map((file) => ({ path: file.webkitRelativePath.split('/').slice(1), file }))
  return [...files.filter((file) => !isInFolder(file)), ...meantOf(inside, pile)]
}

/** `asDropped`: Electron walks folders itself and wants them as they were dropped. */
export async function filesOfDrop(dropped: DataTransfer, asDropped: boolean, pile: Pile = 'images'): Promise<File[]> {
  if (asDropped) return [...dropped.files]
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  if (entries.length === 0) return [...dropped.files]
  const files: File[] = []
  for (const entry of entries) {
    const meant = entry.isFile
      ? [entry as FileSystemFileEntry].filter(({ name }) => isAccepted(name, pile))
      : meantOf(await filesBelow(entry as FileSystemDirectoryEntry), pile)
    for (const file of meant) files.push(await opened(file))
  }
  return files
}

async function opened(entry: FileSystemFileEntry): Promise<File> {
  const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject))
  droppedFolders.set(file, entry.fullPath.slice(0, -file.name.length))
  return file
}

async function filesBelow(folder: FileSystemDirectoryEntry): Promise<Inside<FileSystemFileEntry>[]> {
  const found: Inside<FileSystemFileEntry>[] = []
  const reader = folder.createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (some.length === 0) return found // a reader gives a folder in portions
    for (const entry of some.filter(({ name }) => !isHidden(name))) {
      const below = entry.isFile
        ? [{ path: [], file: entry as FileSystemFileEntry }]
        : await filesBelow(entry as FileSystemDirectoryEntry)
      for (const { path, file } of below) found.push({ path: [entry.name, ...path], file })
    }
  }
}
