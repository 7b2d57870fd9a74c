/** The project as a whole, and its classes. */
import type { Handlers } from '../../../src-shared/api.ts'
import { AppError } from '../../../src-shared/errors.ts'
import type { Session } from './session.ts'

export const projectHandlers = (
  session: Session,
): Handlers<'project.view' | 'project.rename' | 'class.add' | 'class.update'> => {
  const { store } = session
  return {
    'project.view': () => session.projectView(),

    'project.rename': ({ name }) => {
      store.rename(name)
      session.projectChanged()
      return null
    },

    'class.add': ({ name, colour }) => {
      const added = store.classes.add(name, colour)
      session.projectChanged()
      return added
    },

    'class.update': ({ id, ...change }) => {
      const all = store.classes.list()
      if (!all.some((known) => known.id === id)) throw new AppError('class-unknown', { class: id })
      const namesake = change.name !== undefined && store.classes.find(change.name)
      if (namesake && namesake.id !== id) throw new AppError('class-exists', { class: namesake.name })
      store.classes.update(id, change)
      session.projectChanged()
      return null
    },
  }
}
