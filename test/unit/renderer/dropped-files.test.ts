/** What is taken of a folder that is chosen or dropped in a browser: what the host takes of one on its disk. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { listImages } from '../../../src-main/imaging/list-images.ts'
import { filesOfDrop, filesOfField, type Pile } from '../../../src-renderer/state/dropped-files.ts'

/** Data sets as people keep them, each by a name of its own. */
const FOLDERS: Record<string, string[]> = {
  'images beside masks': ['images/1.png', 'images/more/2.tif', 'masks/1.png', 'masks/1.json', 'over.png', 'notes.txt'],
  'masks below images': ['a.tif', 'masks/a.tif', 'day 2/b.TIF', 'day 2/cell_labels/b.tif', 'table.csv'],
  'nothing but folders': ['left/a.tif', 'labels/c.tif', '.git/x.tif', 'left/.hidden.tif', '.hidden.tif'],
  masks: ['a.png', 'b.jpeg'],
}

const fileOf = (relative: string): File =>
  Object.assign(new File([], path.basename(relative)), { webkitRelativePath: relative })

/** Files of folders as a drop has them. */
function entryOf(name: string, files: readonly string[], fullPath = `/${name}`): FileSystemEntry {
  if (files.length === 1 && files[0] === '') {
    const file = (give: (file: File) => void) => give(new File([], name))
    return { name, fullPath, isFile: true, file } as unknown as FileSystemEntry
  }
  const inside = Map.groupBy(files, (file) => file.split('/')[0]!)
  const entries = [...inside].map(([first, all]) =>
    entryOf(
      first,
      all.map((file) => file.slice(first.length + 1)),
      `${fullPath}/${first}`,
    ),
  )
  const portions = entries.map((entry) => [entry])
  const createReader = () => ({
    readEntries: (give: (some: FileSystemEntry[]) => void) => give(portions.shift() ?? []),
  })
  return { name, fullPath, isFile: false, createReader } as unknown as FileSystemEntry
}

const namesOf = (files: readonly string[]) => files.map((file) => path.basename(file)).sort()

/** Paths in a folder that is given for a pile, by how it is given. */
async function taken(folder: string, pile: Pile) {
  const files = FOLDERS[folder]!
  const chosen = filesOfField(
    files.map((file) => fileOf(`${folder}/${file}`)),
    pile,
  )
  const dropped = { items: [{ webkitGetAsEntry: () => entryOf(folder, files) }], files: [] }
  return {
    chosen: chosen.map(({ webkitRelativePath }) => webkitRelativePath.slice(folder.length + 1)).sort(),
    dropped: (await filesOfDrop(dropped as unknown as DataTransfer, false, pile)).map(({ name }) => name).sort(),
  }
}

function onDisk(folder: string): string[] {
  const root = mkdtempSync(path.join(tmpdir(), 'cellbrush-folder-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const file of FOLDERS[folder]!.map((name) => path.join(root, folder, name))) {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, '')
  }
  const base = path.join(root, folder)
  return listImages([base]).map((file) => path.relative(base, file).split(path.sep).join('/'))
}

const IMAGES: Record<string, string[]> = {
  'images beside masks': ['images/1.png', 'images/more/2.tif'],
  'masks below images': ['a.tif', 'day 2/b.TIF'],
  'nothing but folders': ['labels/c.tif', 'left/a.tif'],
  masks: ['a.png', 'b.jpeg'],
}
test.each(Object.entries(IMAGES))(
  'of the images of “%s” neither masks nor anything else are taken',
  async (folder, wanted) => {
    expect(await taken(folder, 'images')).toEqual({
      chosen: wanted,
      dropped: namesOf(wanted),
    })
    expect(onDisk(folder).sort()).toEqual(wanted)
  },
)

test('of masks every folder counts but that of the images beside them, with the tables beside them', async () => {
  const wanted = ['masks/1.json', 'masks/1.png', 'over.png']
  expect(await taken('images beside masks', 'masks')).toEqual({
    chosen: wanted,
    dropped: namesOf(wanted),
  })
})

test('files that are chosen one by one are all meant', () => {
  const files = ['scan.czi', 'a.tif'].map((name) => new File([], name))
  expect(filesOfField(files, 'images')).toEqual(files)
})
