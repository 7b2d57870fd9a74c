/** Random sessions against a model that holds whole label maps in memory and knows no tiles, rows or hashes. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DEFAULT_LAYER } from '../../../src-shared/planes.ts'
import { labelsOf, type Painted, paintedProject, stroke } from './project-folder.ts'

const [WIDTH, HEIGHT] = [300, 280]

type Action =
  | { kind: 'disc'; x: number; y: number; r: number; label: number }
  | { kind: 'erase'; x: number; y: number; r: number }
  | { kind: 'merge' }
  | { kind: 'undo' | 'redo' | 'reopen' }

class Model {
  now: Uint32Array = new Uint32Array(WIDTH * HEIGHT)
  readonly past: Uint32Array[] = []
  readonly future: Uint32Array[] = []

  change(edit: (labels: Uint32Array) => void): void {
    const next = this.now.slice()
    edit(next)
    if (next.every((value, index) => value === this.now[index])) return
    this.past.push(this.now)
    this.future.length = 0
    this.now = next
  }

  disc(x: number, y: number, r: number, label: number): void {
    this.change((labels) => {
      for (let py = 0; py < HEIGHT; py++) {
        for (let px = 0; px < WIDTH; px++) {
          if ((px + 0.5 - x) ** 2 + (py + 0.5 - y) ** 2 <= r * r) labels[py * WIDTH + px] = label
        }
      }
    })
  }

  go(from: Uint32Array[], to: Uint32Array[]): void {
    const other = from.pop()
    if (!other) return
    to.push(this.now)
    this.now = other
  }

  get objects(): number[] {
    return [...new Set(this.now)].filter((value) => value >= 16).sort((a, b) => a - b)
  }
}

async function perform(action: Action, painted: Painted, model: Model): Promise<void> {
  const { plane, image } = painted
  const { labels } = painted.store
  switch (action.kind) {
    case 'disc': {
      const { x, y, r, label } = action
      labels.apply(plane, stroke({ tool: 'brush', label, path: [[x, y]], radiusPx: r }))
      return model.disc(x, y, r, label)
    }
    case 'erase':
      labels.apply(plane, stroke({ tool: 'eraser', path: [[action.x, action.y]], radiusPx: action.r }))
      return model.disc(action.x, action.y, action.r, 0)
    case 'merge': {
      const [first, ...others] = model.objects
      if (others.length === 0) return
      labels.apply(plane, stroke({ tool: 'merge', objectIds: [first, ...others] }))
      return model.change((map) => map.set(map.map((value) => (value >= 16 ? first! : value))))
    }
    case 'undo':
      labels.undo(image.id, DEFAULT_LAYER)
      return model.go(model.past, model.future)
    case 'redo':
      labels.redo(image.id, DEFAULT_LAYER)
      return model.go(model.future, model.past)
    case 'reopen':
      await painted.reopen()
  }
}

const at = { x: fc.integer({ min: -20, max: WIDTH + 20 }), y: fc.integer({ min: -20, max: HEIGHT + 20 }) }
const r = fc.integer({ min: 1, max: 60 })
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('disc' as const), ...at, r, label: fc.constantFrom(1, 3, 16, 17, 18) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('erase' as const), ...at, r }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'merge' as const }) },
  { weight: 4, arbitrary: fc.constant({ kind: 'undo' as const }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'redo' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
)

test('any session of strokes, undo, redo and restarts leaves what a plain model says, and a sound project', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 30 }), async (actions) => {
      const painted = await paintedProject({ width: WIDTH, height: HEIGHT })
      const model = new Model()
      for (const of of actions) {
        await perform(of, painted, model)
        expect(labelsOf(painted)).toEqual(model.now)
        expect(painted.store.objects.list(painted.image.id, DEFAULT_LAYER).map(({ id }) => id)).toEqual(model.objects)
        const depth = { undo: model.past.length, redo: model.future.length }
        expect(painted.store.labels.history(painted.image.id, DEFAULT_LAYER)).toEqual(depth)
      }
      expect((await painted.store.check({ deep: true })).findings).toEqual([])
      painted.store.close()
    }),
    { numRuns: 10 },
  )
})
