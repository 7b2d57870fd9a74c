/** What the first start opens: nuclei, some of them painted, so that Train can be pressed at once. */
import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { listImages } from '../../imaging/list-images.ts'
import { ProjectStore } from '../../store/index.ts'
import { makeFolder } from '../folders.ts'
import { importInto } from '../import.ts'
import { type Job, quietJob } from '../job.ts'
import { samplesFolder } from '../samples.ts'

/** So many of the sample images come with their masks; the others are for the person to paint or predict. */
const PAINTED = 5

/** Where this user's data of Cellbrush lies; CELLBRUSH_DATA says otherwise. */
export function dataFolder(environment: NodeJS.ProcessEnv = process.env): string {
  if (environment.CELLBRUSH_DATA) return path.resolve(environment.CELLBRUSH_DATA)
  const home = homedir()
  if (process.platform === 'darwin') return path.join(home, 'Library', 'Application Support', 'Cellbrush')
  if (process.platform === 'win32')
    return path.join(environment.APPDATA ?? path.join(home, 'AppData', 'Roaming'), 'Cellbrush')
  return path.join(environment.XDG_DATA_HOME ?? path.join(home, '.local', 'share'), 'cellbrush')
}

export const sampleProjectFolder = (): string => path.join(dataFolder(), 'Sample.cellbrush')

/** Makes the sample project where there is none (or only the start of one); answers its folder. Errors: 'not-writable', 'disk-full'. */
export async function ensureSampleProject(folder = sampleProjectFolder(), job: Job = quietJob()): Promise<string> {
  const isMade = existsSync(path.join(folder, 'project.db'))
  makeFolder(path.dirname(folder))
  const program = 'Cellbrush sample'
  if (isMade && (await hasImages(folder))) return folder
  const store = isMade
    ? await ProjectStore.open(folder, { program })
    : await ProjectStore.create(folder, { name: 'Sample: nuclei', classes: [{ name: 'nucleus', colour: '#e69f00' }] })
  try {
    const samples = samplesFolder('nuclei')
    const images = listImages([path.join(samples, 'images')])
    const masks = path.join(samples, 'masks')
    await importInto(store, { inputs: images.slice(0, PAINTED), masks, isComplete: true, role: 'train' }, job)
    await importInto(store, { inputs: images.slice(PAINTED), isComplete: false, role: 'train' }, job)
  } finally {
    store.close()
  }
  return folder
}

/** Everything but the emptiest is left as it is: it is the person's by now. */
async function hasImages(folder: string): Promise<boolean> {
  const store = await ProjectStore.open(folder, { readOnly: true })
  try {
    return store.images.list().length + store.images.list({ trashed: true }).length > 0
  } finally {
    store.close()
  }
}
