/** All commands, in the order of `cellbrush --help`. */
import type { AddCommand } from '../shell.ts'
import { addAnnotate } from './annotate.ts'
import { addDemo } from './demo.ts'
import { addDoctor } from './doctor.ts'
import { addEvaluate } from './evaluate.ts'
import { addExport } from './export.ts'
import { addImport } from './import.ts'
import { addPredict } from './predict.ts'
import { addProject } from './project.ts'
import { addServe } from './serve.ts'
import { addStudy } from './study.ts'
import { addTrain } from './train.ts'

export const COMMANDS: readonly AddCommand[] = [
  addDoctor,
  addProject,
  addImport,
  addAnnotate,
  addTrain,
  addPredict,
  addEvaluate,
  addExport,
  addStudy,
  addServe,
  addDemo,
]
