/** The project a cell learns from: made and filled once, however often the cell is started. */
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { writeFileDurably } from '../../store/index.ts'
import { importImages } from '../import.ts'
import { createProject } from '../projects.ts'
import type { CellContext } from './cell-context.ts'

/** The cell's project with all annotated images in it. A half-filled one of an interrupted start is made anew. */
export async function projectOf({ cell, images, masks, folder, job, commands }: CellContext): Promise<string> {
  const project = path.join(folder, 'project.cellbrush')
  const done = path.join(folder, 'imported.json')
  commands.create(project)
  commands.import(project, images, masks, cell.split)
  if (existsSync(done)) return project
  rmSync(project, { recursive: true, force: true })
  await createProject(project, { classes: [{ name: 'cell' }] })
  const isPartial = cell.split.annotation !== undefined
  const reading = isPartial ? {} : { maskKind: images.data.maskKind, foreground: images.data.foreground }
  const request = { ...reading, inputs: images.train, masks, isComplete: !isPartial, role: 'train' } as const
  const report = await importImages(project, request, job)
  const failed = report.files.find(({ error }) => error)?.error
  if (failed) throw new Error(`an annotated image could not be imported: ${failed.message}`)
  writeFileDurably(done, `${JSON.stringify(report.files.map(({ name, objects }) => ({ name, objects })))}\n`)
  return project
}
