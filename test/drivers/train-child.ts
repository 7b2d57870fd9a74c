/**
 * Trains a run folder in a process of its own, for tests that kill it: `node train-child.ts FOLDER [resume]`. Each
 * event is a line of JSON on stdout; a line with the resident memory and the live tensors follows each step's event.
 */
import { train } from '../../src-main/engine/train.ts'
import { TrainControl } from '../../src-main/engine/train-control.ts'
import { nativeKernels } from './native.ts'

const [folder, how] = process.argv.slice(2)
const kernels = nativeKernels()
const print = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`)
await train(folder!, {
  kernels,
  control: new TrainControl(),
  resume: how === 'resume',
  onEvent: (event) => {
    print(event)
    if (event.type === 'step') {
      print({ type: 'memory', step: event.step, bytes: process.memoryUsage.rss(), tensors: kernels.liveTensors() })
    }
  },
})
