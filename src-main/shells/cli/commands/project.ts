/** `cellbrush project create|info|check`. */
import path from 'node:path'
import { bytesText } from '../../../../src-shared/progress.ts'
import {
  checkProject,
  createProject,
  mainLayer,
  type ProjectSummary,
  summarizeProject,
} from '../../../core/projects.ts'
import { classOf, collected } from '../arguments.ts'
import { type AddCommand, subcommand } from '../shell.ts'
import { counted, tableText } from '../table.ts'

interface CreateOptions {
  name?: string
  class?: { name: string; colour?: string }[]
}

export const addProject: AddCommand = (program, shell) => {
  const project = program.command('project').description('make a project, list what is in it, check its files')

  subcommand(project, 'create <DIR>', 'make an empty project', [
    'project create nuclei.cellbrush',
    'project create brain.cellbrush --class neuron:#e69f00 --class glia:blue',
  ])
    .option('--name <NAME>', 'what it is called (default: the folder’s name)')
    .option(
      '--class <NAME:COLOUR>',
      'a class of objects; may be repeated (default: one class "cell")',
      collected(classOf),
    )
    .action(async (folder: string, options: CreateOptions) => {
      const made = await createProject(folder, { name: options.name, classes: options.class })
      shell.console.result(made, `Made the project "${made.name}" at ${path.resolve(made.path)}.`)
    })

  subcommand(project, 'info <DIR>', 'list images, classes and runs', ['project info nuclei.cellbrush']).action(
    async (folder: string) => {
      const summary = await summarizeProject(folder)
      shell.console.result(summary, summaryText(summary))
    },
  )

  subcommand(project, 'check <DIR>', 'compare every file with what the project knows of it', [
    'project check nuclei.cellbrush',
  ]).action(async (folder: string) => {
    const report = await checkProject(folder, shell.console.job(shell.stop))
    const { originals, tiles } = report.checked
    const total = `${counted(originals, 'file')} and ${counted(tiles, 'label tile')} checked, ${counted(report.findings.length, 'problem')}.`
    const text = [...report.findings.map(({ message }) => message), total].join('\n')
    shell.console.result(report, text)
    if (report.findings.length > 0) shell.exitCode = 1
  })
}

function summaryText({ name, path, classes, images, runs, bytes }: ProjectSummary): string {
  const parts = [
    `${name} (${path}, ${bytesText(bytes)})`,
    `Classes: ${classes.map((each) => `${each.name} ${each.colour}`).join(', ')}`,
  ]
  const imageRows = images.map((image) => {
    const layer = mainLayer(image)
    const planes = image.z * image.t
    const painted = layer.paintedPlanes === 0 ? '' : `${layer.paintedPlanes} painted`
    const annotation = layer.completePlanes === planes ? 'complete' : painted
    const size = `${image.width} x ${image.height}`
    return [image.id, image.name, size, planes, image.channels, image.sampleType, image.role, layer.objects, annotation]
  })
  parts.push(
    images.length === 0
      ? 'No images yet; "cellbrush import" adds some.'
      : tableText(['id', 'image', 'size', 'planes', 'channels', 'type', 'role', 'objects', 'annotation'], imageRows),
  )
  const runRows = runs.map((run) => [
    run.id,
    run.name,
    run.state,
    run.step ?? 0,
    run.steps ?? '?',
    run.score === undefined ? '' : run.score.toFixed(3),
    run.createdAt,
  ])
  if (runs.length > 0) parts.push(tableText(['run', 'name', 'state', 'step', 'of', 'score', 'started'], runRows))
  return parts.join('\n\n')
}
