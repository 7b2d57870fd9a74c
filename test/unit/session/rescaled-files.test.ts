/** A row says that a plane is there: its file must be, also where the power fails a moment later. */
import path from 'node:path'
import { expect, test, vi } from 'vitest'
import { PixelFile } from '../../../src-main/imaging/pixel-file.ts'
import { openSession, paintSome, until } from '../../drivers/session.ts'

const done: string[] = []

vi.mock(import('../../../src-main/files/durable.ts'), async (original) => {
  const { syncFolder, ...others } = await original()
  const noted = (folder: string) => {
    done.push(`folder ${path.basename(folder)} on the disk`)
    syncFolder(folder)
  }
  return { ...others, syncFolder: noted }
})

test('a rescaled plane is entered when its file, and the name it has in the folder, are on the disk', async () => {
  const { session, window, plane } = await openSession()
  await window.ask('image.setPixelSize', { ids: [1], pixelSizeUm: { x: 0.5, y: 0.5 } })
  await paintSome(window, plane)
  await window.ask('training.start', { preset: 'fast', steps: 3, settings: { 'network.depth': 2 } })
  await until(() => window.of('run').some(({ event }) => event.type === 'state' && event.state === 'finished'))
  await window.ask('image.setPixelSize', { ids: [1], pixelSizeUm: { x: 1, y: 1 } })
  const { sync } = PixelFile.prototype
  vi.spyOn(PixelFile.prototype, 'sync').mockImplementation(function (this: PixelFile) {
    done.push(`${this.header.width} x ${this.header.height} on the disk`)
    sync.call(this)
  })
  const { predictions } = session.store
  const addPlanes = predictions.addPlanes.bind(predictions)
  vi.spyOn(predictions, 'addPlanes').mockImplementation((...of) => {
    if (of[1].length > 0) done.push('entered')
    addPlanes(...of)
  })
  done.length = 0
  await window.ask('prediction.start', { imageIds: [1], rescale: true })
  await until(() => window.of('prediction').some(({ state }) => state === 'finished'))
  expect(done.slice(-3)).toEqual(['96 x 64 on the disk', 'folder prediction-1 on the disk', 'entered'])
})
