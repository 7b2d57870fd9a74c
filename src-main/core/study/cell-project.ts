/** The project a cell learns from: made and filled once, however often the cell is started. */
import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { writeFileDurably } from '../../store/index.ts'
import { importImages } from '../import.ts'
import { createProject } from '../projects.ts'
import type { CellContext } from './cell-context.ts'
import { classNamesOf, readingOf } from './study-data.ts'

/** The cell's project with all annotated images in it. A half-filled one of an interrupted start is made anew. */
export async function projectOf({ cell, images, masks, folder, job, commands }: CellContext): Promise<string> {
  const project = path.join(folder, 'project.cellbrush')
  const done = path.join(folder, 'imported.json')
  const classes = classNamesOf(images.data)
  commands.create(project, classes)
  commands.import(project, images, masks, cell.split)
  if (existsSync(done)) return project
  rmSync(project, { recursive: true, force: true })
  await createProject(project, { classes: classes.map((name) => ({ name })) })
  const isPartial = cell.split.annotation !== undefined
  const reading = isPartial ? {} : readingOf(images.data)
  const request = { ...reading, inputs: images.train, masks, isComplete: !isPartial, role: 'train' } as const
  const report = await importImages(project, request, job)
  const failed = report.files.find(({ error }) => error)?.error
  if (failed) throw new Error(`an annotated image could not be imported: ${failed.message}`)
  writeFileDurably(done, `${JSON.stringify(report.files.map(({ name, objects }) => ({ name, objects })))}\n`)
  return project
}
