/** What a page asks of the shell itself; everything else goes over its port, to the application core. */
import { MessageChannelMain } from 'electron'
import * as v from 'valibot'
import { clientName } from '../../core/session/dispatch.ts'
import { chooseFiles, saveDownload } from './dialogs.ts'
import { projectsAmong } from './project.ts'
import { answer, hear } from './security.ts'
import type { Windows } from './windows.ts'

const Kind = v.picklist(['images', 'masks', 'folder'])
const Paths = v.array(v.pipe(v.string(), v.nonEmpty()))
const TextEdit = v.picklist(['undo', 'redo'])
const Address = v.pipe(v.string(), v.maxLength(1000))

export interface PageActions {
  newProject(): Promise<void>
  openProject(): Promise<void>
}

export function answerPages(windows: Windows, { newProject, openProject }: PageActions): void {
  hear('connect', ({ sender, senderFrame }, client) => {
    const { port1, port2 } = new MessageChannelMain()
    windows.of(sender.id).project.connect(port1, clientName(client))
    senderFrame?.postMessage('port', null, [port2])
  })
  hear('text.edit', ({ sender }, how) => {
    if (v.is(TextEdit, how)) windows.of(sender.id).window.webContents[how]()
  })
  answer('files.choose', async ({ sender }, kind) => {
    const { window, project } = windows.of(sender.id)
    const paths = await chooseFiles(window, v.parse(Kind, kind))
    return paths.map((path) => project.offer(path))
  })
  answer('files.dropped', ({ sender }, given) => {
    const { project } = windows.of(sender.id)
    const isProject = (path: string): boolean => projectsAmong([path], '/').length > 0
    const { yes = [], no = [] } = Object.groupBy(v.parse(Paths, given), (path) => (isProject(path) ? 'yes' : 'no'))
    for (const folder of projectsAmong(yes, '/')) void windows.open(folder)
    return no.map((path) => project.offer(path))
  })
  answer('download.save', ({ sender }, address) => {
    const { window, project } = windows.of(sender.id)
    return saveDownload(window, project.download(v.parse(Address, address)))
  })
  answer('project.new', newProject)
  answer('project.open', openProject)
}
