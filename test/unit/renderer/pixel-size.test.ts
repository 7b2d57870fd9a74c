import { expect, test } from 'vitest'
import { PixelSizeForm, readSize } from '../../../src-renderer/state/pixel-size-form.svelte.ts'
import { Project } from '../../../src-renderer/state/project.svelte.ts'
import { anImage, aProject, FakeHost } from '../../drivers/fake-connection.ts'

const written = (x: string, y = '', z = '') => readSize({ x, y, z })

test('sizes are read as people write them: a comma, y as x, empty for unknown', () => {
  expect(written('0,325')).toEqual({ size: { x: 0.325, y: 0.325 } })
  expect(written(' 0.5 ', '0.25', '1')).toEqual({ size: { x: 0.5, y: 0.25, z: 1 } })
  expect(written('', ' ')).toEqual({ size: 'unknown' })
})

test.each([
  ['0', '', '', 'x'],
  ['-1', '', '', 'x'],
  ['0.3 um', '', '', 'x'],
  ['1e9', '', '', 'x'],
  ['0.3', 'wide', '', 'y'],
  ['0.3', '', '0', 'z'],
])('x %j, y %j, z %j is no size', (x, y, z, side) => {
  expect(written(x, y, z)).toMatchObject({
    problem: expect.stringMatching(`^${side} is not a size in micrometres; write`),
  })
})

test('y without x is asked about', () => expect(written('', '1').problem).toMatch(/^Write x, too/))

/** Three images, the second a stack, of which the first tells its size; the first and the third are ticked. */
async function opened(id: number) {
  const images = [anImage(1, { pixelSizeUm: { x: 0.5, y: 0.5 } }), anImage(2, { z: 4 }), anImage(3)]
  const host = new FakeHost({ 'project.view': () => aProject({ images }), 'image.setPixelSize': () => null })
  const project = new Project(host.connection)
  await project.load()
  project.choose([1, 3])
  const form = new PixelSizeForm(host.connection, project, project.image(id)!)
  const asked = () => host.asked.filter(({ method }) => method === 'image.setPixelSize').map(({ params }) => params)
  return { form, asked, host, images }
}

test('the size of the image stands in the fields; as it is, there is nothing to set', async () => {
  const { form } = await opened(1)
  expect([form.x, form.y, form.z, form.sentence, form.canSet]).toEqual(['0.5', '0.5', '', 'It is 0.5 × 0.5 µm.', false])
})

test('a size is set for one image, the ticked ones or all, and it is said for which, and what it replaces', async () => {
  const { form, asked } = await opened(3)
  form.x = '0.25'
  expect([form.action, form.canSet, form.hasPlanes]).toEqual(['Set for this image', true, false])
  expect(await form.set()).toBe('The pixel size of this image is 0.25 × 0.25 µm now.')
  form.scope = 'chosen'
  expect(form.action).toBe('Set for 2 chosen images')
  expect(form.sentence).toBe(
    'A pixel is then 0.0625 µm² for the scale bar, measurements and rescaling. No pixel is changed. 1 other size will be replaced.',
  )
  await form.set()
  form.scope = 'all'
  form.z = '2'
  expect([form.action, form.hasPlanes]).toEqual(['Set for 3 images', true])
  await form.set()
  expect(asked()).toEqual([
    { ids: [3], pixelSizeUm: { x: 0.25, y: 0.25 } },
    { ids: [1, 3], pixelSizeUm: { x: 0.25, y: 0.25 } },
    { ids: [1, 2, 3], pixelSizeUm: { x: 0.25, y: 0.25, z: 2 } },
  ])
})

test('empty fields make it unknown; what is no size is said and not sent', async () => {
  const { form, asked } = await opened(1)
  form.x = 'wide'
  expect([form.canSet, form.sentence]).toEqual([false, 'x is not a size in micrometres; write a number such as 0.325.'])
  form.x = form.y = ''
  expect([form.canSet, form.sentence]).toEqual([
    true,
    'The size is then not known: areas are in pixels, and there is no scale bar.',
  ])
  expect(await form.set()).toBe('The pixel size of this image is not known now.')
  expect(asked()).toEqual([{ ids: [1], pixelSizeUm: 'unknown' }])
})
