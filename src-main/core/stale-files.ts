/**
 * What an earlier export has left beside label images that are written anew: read together with them, it would tell of
 * other objects. Only files of this program are removed, whatever else is called like them.
 */
import { readFileSync, rmSync } from 'node:fs'
import { asFileError } from '../files/file-errors.ts'

/** Removes `BASE_labels.json`, which tells of labels that were painted. Errors: 'not-writable'. */
export const removeStaleSidecar = (base: string): void =>
  remove(`${base}_labels.json`, '{"format":"cellbrush-labels 1"')

/** Removes `BASE_objects.csv`, which tells of objects that were predicted. Errors: 'not-writable'. */
export const removeStaleTable = (base: string): void => remove(`${base}_objects.csv`, 'object,class,z,t,area_px,')

function remove(file: string, beginning: string): void {
  try {
    if (readFileSync(file, 'utf8').startsWith(beginning)) rmSync(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw asFileError(error, file)
  }
}
