import { join } from 'node:path'

/** With CELLBRUSH_TEST_REPORTS, a folder, the results also go there as NAME.json, for the last lines of `.ci/run`. */
export function reporters(name: string) {
  const folder = process.env.CELLBRUSH_TEST_REPORTS
  if (!folder) return {}
  return { reporters: ['default', 'json'], outputFile: { json: join(folder, `${name}.json`) } }
}
