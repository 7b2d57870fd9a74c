import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Job, quietJob, Stopped } from '../../../src-main/core/job.ts'
import { masksOfImages } from '../../../src-main/core/masks-of-images.ts'

/** Images of one name, and an export of each under its number; contents are what tells them apart. */
function twins(folders: readonly string[]) {
  const root = mkdtempSync(path.join(tmpdir(), 'cellbrush-masks-of-images-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const out = path.join(root, 'out')
  mkdirSync(out)
  const images = folders.map((folder, index) => {
    const image = path.join(root, folder, 'img.png')
    mkdirSync(path.dirname(image))
    writeFileSync(image, folder)
    const sha256 = createHash('sha256').update(readFileSync(image)).digest('hex')
    const about = { format: 'cellbrush-labels 1', image: 'img.png', sha256, layer: 'objects' }
    const sidecar = { ...about, width: 1, height: 1, z: 1, t: 1, objects: [], planes: [] }
    const stem = path.join(out, `${index + 1}_img_labels`)
    writeFileSync(`${stem}.json`, JSON.stringify(sidecar))
    writeFileSync(`${stem}.tif`, '')
    return image
  })
  return { root, out, images }
}

test('each image of a name is read once, however many masks there are, and it is told which', async () => {
  const { out, images } = twins(['left', 'middle', 'right'])
  const told: unknown[] = []
  const { matches } = await masksOfImages(images, out, { ...quietJob(), progress: (progress) => told.push(progress) })
  expect(matches).toEqual(
    images.map((image, index) => ({ image, masks: [path.join(out, `${index + 1}_img_labels.tif`)] })),
  )
  const progress = { label: 'Finding the images of the masks', total: 3, unit: 'files', detail: 'img.png' }
  expect(told).toEqual([0, 1, 2].map((done) => ({ ...progress, done })))
})

test('a copy of an image under its name is nobody’s mask, what has another name or other pixels is one', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'cellbrush-masks-of-images-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  const write = (name: string, bytes: Buffer) => {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), bytes)
    return path.join(root, name)
  }
  const pixels = Buffer.alloc(10_000, 7)
  const images = [write('set/images/a.tif', pixels), write('set/images/b.tif', Buffer.alloc(10_000, 8))]
  const other = Buffer.from(pixels)
  other[9_999] = 1
  const masks = [
    write('upload 1/a.tif', pixels),
    write('upload 2/b_mask.tif', Buffer.alloc(10_000, 8)),
    write('upload 3/a.png', other),
  ]
  const { matches, unmatched } = await masksOfImages(images, masks, quietJob())
  expect(matches).toEqual([
    { image: images[0], masks: [masks[2]] },
    { image: images[1], masks: [masks[1]] },
  ])
  expect(unmatched).toEqual([])
})

test('a stop is heard between the images, and while the last one is read', async () => {
  const { out, images } = twins(['left', 'right'])
  for (const last of [0, 1]) {
    const stop = new AbortController()
    const read: number[] = []
    const progress: Job['progress'] = ({ done }) => {
      read.push(done)
      if (done === last) stop.abort()
    }
    await expect(masksOfImages(images, out, { ...quietJob(stop.signal), progress })).rejects.toThrow(Stopped)
    expect(read).toEqual([0, 1].slice(0, last + 1))
  }
})
