/** `cellbrush doctor`. */
import type { DeviceName } from '../../../../src-shared/engine-api.ts'
import { type DoctorReport, examine } from '../../../core/doctor.ts'
import { oneOf } from '../arguments.ts'
import { DEVICE_NAMES } from '../devices.ts'
import { withEngine } from '../engine.ts'
import { type AddCommand, subcommand } from '../shell.ts'

interface Options {
  device?: DeviceName
  measure: boolean
}

export const addDoctor: AddCommand = (program, shell) => {
  subcommand(program, 'doctor', 'show what this machine can compute with, and how fast', [
    'doctor',
    'doctor --device tensorflow --json',
  ])
    .option('--device <DEVICE>', `only one of ${DEVICE_NAMES.join(', ')}`, oneOf(DEVICE_NAMES))
    .option('--no-measure', 'do not measure the training step of each device')
    .action(async ({ device, measure }: Options) => {
      const report = await withEngine(shell, (engine) =>
        examine(engine, { device, isMeasured: measure }, shell.console.job(shell.stop)),
      )
      shell.console.result(report, reportText(report))
      if (report.chosen === undefined) shell.exitCode = 4
    })
}

function reportText({ cellbrush, node, platform, cores, memoryBytes, devices, chosen }: DoctorReport): string {
  const lines = [
    `Cellbrush ${cellbrush} on Node ${node}, ${platform}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB memory`,
  ]
  for (const { device, isUsable, label, reason, secondsPerStep } of devices) {
    const speed = secondsPerStep === undefined ? '' : `, ${secondsPerStep.toPrecision(3)} s per training step`
    lines.push(`${isUsable ? '✓' : '✗'} ${device}: ${label}${isUsable ? speed : ''}`)
    if (reason) lines.push(`    ${reason}`)
  }
  lines.push(chosen === undefined ? 'No device can be used.' : `Used by --device auto: ${chosen}.`)
  return lines.join('\n')
}
