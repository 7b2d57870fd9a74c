import type { PresetName } from '../../src-shared/presets.ts'
import { presetSettings, type Settings } from '../../src-shared/settings.ts'
import { borderHeight } from '../../src-shared/targets.ts'
import type { Connection } from './connection.ts'
import type { Page } from './page.svelte.ts'
import type { PreviewRequest } from './patch-preview.ts'
import type { Project } from './project.svelte.ts'
import { readRegionOf } from './regions.ts'
import type { Training } from './training.svelte.ts'

/** Longest side of the part of a plane that preview patches are drawn from. */
const PREVIEW_PX = 1024

/** The run that would be started now: what it will be taught is what the weight map and the patches show. */
export class NextRun {
  readonly #connection: Connection
  readonly #project: Project
  readonly #training: Training
  readonly #page: Page

  constructor(connection: Connection, parts: { project: Project; training: Training; page: Page }) {
    this.#connection = connection
    this.#project = parts.project
    this.#training = parts.training
    this.#page = parts.page
  }

  /** The preset's settings with what a person has changed of them. */
  settings(): Settings {
    const { preset, changes } = this.#training.form
    const settings = presetSettings(preset)
    for (const [key, value] of Object.entries(changes)) {
      const [group, name] = key.split('.') as [keyof Settings, string]
      Object.assign(settings[group], { [name]: value })
    }
    return settings
  }

  /** Shows the weight map of the settings as they are now. */
  show(): void {
    const { targets } = this.settings()
    const { sigmaPx, ringPx, carve } = targets
    this.#page.setTeaching({ w0: borderHeight(targets), sigmaPx, ringPx, carve })
  }

  /** Changes what it will be taught, and shows it. */
  teach(change: Partial<Pick<Settings['targets'], 'w0' | 'sigmaPx' | 'ringPx'>>): void {
    const preset = presetSettings(this.#training.form.preset).targets
    for (const [name, value] of Object.entries(change)) {
      const isPreset = preset[name as keyof typeof change] === value
      this.#training.change(`targets.${name}`, isPreset ? undefined : value)
    }
    // Who moves the border term wants it to count.
    if (change.w0 !== undefined)
      this.#training.change('targets.weights', preset.weights === 'full' ? undefined : 'full')
    this.show()
  }

  usePreset(preset: PresetName): void {
    this.#training.usePreset(preset)
    this.show()
  }

  /** What preview patches are drawn from: the open plane, or of a large one the part that is looked at. */
  async patchRequest(): Promise<Omit<PreviewRequest, 'seed' | 'count'> | null> {
    const { plane, image, isComplete, objects, visible, teaching } = this.#page
    if (!plane || !image) return null
    const settings = this.settings()
    const side = Math.max(PREVIEW_PX, settings.optimization.patchPx)
    const read = await readRegionOf(this.#connection, image, plane, visible, side, settings.input)
    const classIndex = new Map(this.#project.classes.map(({ id }, index) => [id, index + 1]))
    const { classWeights, ...shape } = teaching
    return {
      ...read,
      isComplete,
      objectClasses: Object.fromEntries(objects.map(({ id, classId }) => [id, classIndex.get(classId) ?? 1])),
      classes: this.#project.classes.length + 1,
      settings: { ...settings, targets: { ...settings.targets, ...shape, classWeights: [...classWeights] } },
    }
  }
}
