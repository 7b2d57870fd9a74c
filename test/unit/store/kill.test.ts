import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ProjectStore } from '../../../src-main/store/index.ts'
import { DEFAULT_LAYER } from '../../../src-shared/planes.ts'
import { measured, paintedProject } from './project-folder.ts'

/** Paints in another process and kills it, without warning, some time after its first stroke; the numbers it told. */
function paintAndKill(folder: string, imageId: number, first: number, afterMs: number): Promise<number[]> {
  const program = join(import.meta.dirname, 'painter.ts')
  const child = spawn(process.execPath, [program, folder, String(imageId), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.on('data', (chunk) => {
    if (said.length < 6 && said.length + chunk.length >= 6) setTimeout(() => child.kill('SIGKILL'), afterMs)
    said += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    // What follows the last line end was cut off by the kill.
    child.on('close', () => resolve(said.split('\n').slice(1, -1).map(Number)))
  })
}

test('after SIGKILL at any moment every acknowledged stroke is there, and only whole strokes', async () => {
  const { store, folder, image, plane } = await paintedProject({ width: 600, height: 4000 })
  store.close()
  let next = 0
  for (let round = 0; round < 6; round++) {
    const acknowledged = await paintAndKill(folder, image.id, next, Math.random() * 150)
    const after = await ProjectStore.open(folder) // the lock of the killed process is gone
    try {
      const objects = measured(after, image)
      expect(objects.length).toBeGreaterThanOrEqual(next + acknowledged.length)
      expect(objects.length).toBeLessThanOrEqual(next + acknowledged.length + 1) // one may have lost its answer
      expect(objects.map(({ areaPx }) => areaPx)).toEqual(objects.map(() => 1200))
      expect(after.labels.history(image.id, DEFAULT_LAYER).undo).toBe(objects.length)
      expect((await after.check({ deep: true })).findings).toEqual([])
      next = objects.length
    } finally {
      after.close()
    }
  }
  expect(next).toBeGreaterThan(6)
  const last = await ProjectStore.open(folder)
  while (last.labels.undo(image.id, DEFAULT_LAYER));
  expect(last.labels.areas(plane).size).toBe(0)
  last.close()
})
