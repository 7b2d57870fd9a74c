import { describe, expect, test } from 'vitest'
import { AskError } from '../../../src-renderer/state/ask-error.ts'
import { Project, progressOf } from '../../../src-renderer/state/project.svelte.ts'
import { anImage, aProject, FakeHost } from '../../drivers/fake-connection.ts'

async function opened(changes = {}) {
  const host = new FakeHost({
    'project.view': () => aProject(changes),
    'image.update': (change) => ({ ...anImage(change.id), ...change }),
  })
  const project = new Project(host.connection)
  await project.load()
  return { host, project }
}
const ids = (images: readonly { id: number }[]) => images.map(({ id }) => id)

describe('the list of images', () => {
  test('counts in names as people do', async () => {
    const { project } = await opened({
      images: [anImage(1, { name: 'cell 10' }), anImage(2, { name: 'cell 2' }), anImage(3, { name: 'Cell 1' })],
    })
    expect(ids(project.images)).toEqual([3, 2, 1])
  })

  test('is filtered by name or notes, role and progress together', async () => {
    const { project } = await opened({
      images: [
        anImage(1, { name: 'nuclei a', role: 'validation', painted: 1 }),
        anImage(2, { name: 'nuclei b', role: 'train', painted: 1 }),
        anImage(3, { name: 'membranes', notes: 'Nuclei too', role: 'train', painted: 1 }),
        anImage(4, { name: 'nuclei d', role: 'train' }),
      ],
    })
    project.filter.text = ' NUCLEI '
    expect(ids(project.listed)).toEqual([3, 1, 2, 4])
    project.filter.role = 'train'
    project.filter.progress = 'partly'
    expect(ids(project.listed)).toEqual([3, 2])
    project.clearFilter()
    expect(project.listed).toHaveLength(4)
  })

  test('has what is in the trash apart', async () => {
    const { project } = await opened({ images: [anImage(1), anImage(2, { isTrashed: true })] })
    expect(ids(project.listed)).toEqual([1])
    project.isTrashShown = true
    expect(ids(project.listed)).toEqual([2])
  })
})

test('an image is complete when all its planes are', () => {
  expect(progressOf(anImage(1))).toBe('none')
  expect(progressOf(anImage(1, { z: 3, t: 2, painted: 6, complete: 5 }))).toBe('partly')
  expect(progressOf(anImage(1, { z: 3, t: 2, painted: 6, complete: 6 }))).toBe('complete')
})

describe('changes', () => {
  test('are shown before the host answers', async () => {
    const { host, project } = await opened()
    host.isSilent = true
    void project.updateImage({ id: 2, role: 'test' })
    expect(project.image(2)?.role).toBe('test')
  })

  test('are taken back where the host refuses', async () => {
    const { host, project } = await opened()
    host.answers['image.update'] = () => {
      throw { code: 'not-writable', message: 'It cannot be written.' }
    }
    await expect(project.updateImage({ id: 2, name: 'other' })).rejects.toBeInstanceOf(AskError)
    expect(project.image(2)?.name).toBe('image 2')
  })

  test('that another window made arrive as an event', async () => {
    const { project } = await opened()
    project.hear({ type: 'project-changed', project: aProject({ name: 'Renamed' }) })
    expect(project.view?.name).toBe('Renamed')
  })

  test('a class that was announced before the answer came is not there twice', async () => {
    const { host, project } = await opened()
    const made = { id: 2, name: 'nucleus', colour: '#56b4e9' }
    host.answers['class.add'] = () => {
      project.hear({ type: 'project-changed', project: aProject({ classes: [...project.classes, made] }) })
      return made
    }
    await project.addClass('nucleus', '#56b4e9')
    expect(project.classes.map(({ id }) => id)).toEqual([1, 2])
  })
})

test('a project that cannot be opened says why', async () => {
  const host = new FakeHost({
    'project.view': () => {
      throw { code: 'project-damaged', message: 'It is damaged.' }
    },
  })
  const project = new Project(host.connection)
  await project.load()
  expect(project.error).toBe('It is damaged.')
})
