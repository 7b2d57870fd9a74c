/** A workstation in front of a person: its window, and a client of our own beside it. What shell it runs in is elsewhere. */
import type { Method, Params, Result } from '../../src-shared/api.ts'
import { labelTileUrl } from '../../src-shared/data-urls.ts'
import type { PlaneKey } from '../../src-shared/planes.ts'
import { enginesOf } from '../drivers/processes.ts'
import type { WorkWindow } from './workstation.ts'

const TILE_PX = 256

/** The contract as a test asks it, beside the window. */
export interface Client {
  /** One request over a connection of its own; rejects with the sentence of a failure. */
  ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
  /** A binary tile by its address of data-urls.ts. */
  data(address: string): Promise<Buffer>
}

export interface LabelMap {
  width: number
  height: number
  labels: Uint32Array
}

/** The stored label map of a plane, put together from its tiles. */
export async function labelMapOf(client: Client, plane: PlaneKey): Promise<LabelMap> {
  const { images } = await client.ask('project.view', {})
  const { width, height } = images.find(({ id }) => id === plane.imageId)!
  const { revision } = await client.ask('plane.view', { plane })
  const labels = new Uint32Array(width * height)
  for (let ty = 0; ty * TILE_PX < height; ty++) {
    for (let tx = 0; tx * TILE_PX < width; tx++) {
      const bytes = await client.data(labelTileUrl(plane, revision, { level: 0, tx, ty }))
      for (let y = 0; y < TILE_PX && ty * TILE_PX + y < height; y++) {
        for (let x = 0; x < TILE_PX && tx * TILE_PX + x < width; x++) {
          labels[(ty * TILE_PX + y) * width + tx * TILE_PX + x] = bytes.readUInt32LE((y * TILE_PX + x) * 4)
        }
      }
    }
  }
  return { width, height, labels }
}

/** One project opened in one window of a shell. */
export abstract class Desk implements Client {
  abstract readonly window: WorkWindow
  /** Of the process that holds the project. */
  abstract readonly hostPid: number

  abstract ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>
  abstract data(address: string): Promise<Buffer>
  /** Ends window and host, and opens the project again in new ones. */
  abstract restart(): Promise<WorkWindow>
  /** Answers the dialog that `open` brings up with files of this machine. */
  abstract chooseFiles(files: readonly string[], open: () => Promise<unknown>): Promise<void>
  /** The file that is saved when `save` is done. */
  abstract saved(save: () => Promise<unknown>): Promise<Buffer>
  abstract close(): Promise<void>

  labels(plane: PlaneKey): Promise<LabelMap> {
    return labelMapOf(this, plane)
  }

  /** Pids of the engines, once something has computed. Linux only. */
  get engines(): number[] {
    return enginesOf(this.hostPid)
  }
}

/** A way to open the workstation. */
export interface Shell {
  /** As it ends the name of a test, with the reason where it is skipped. */
  title: string
  /** Cannot run here. */
  isAbsent: boolean
  open(project: string): Promise<Desk>
}
