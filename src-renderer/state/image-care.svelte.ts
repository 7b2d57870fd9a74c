import type { ImageView } from '../../src-shared/api.ts'
import { askForFile } from './ask-for-file.ts'
import type { Workstation } from './workstation.svelte.ts'

/** What a person may write of an image. */
export type ImageField = 'notes' | 'pixelSize'

/** What is done with an image of the list beside opening it: notes, pixel size, the trash, finding its file again. */
export class ImageCare {
  /** Image whose notes and pixel size are being written, and which of the two was asked for. */
  described = $state.raw<{ imageId: number; field: ImageField } | null>(null)
  readonly #of: Pick<Workstation, 'ask' | 'data' | 'project' | 'page' | 'toasts' | 'try'>

  constructor(of: Pick<Workstation, 'ask' | 'data' | 'project' | 'page' | 'toasts' | 'try'>) {
    this.#of = of
  }

  describe(imageId: number, field: ImageField): void {
    this.described = { imageId, field }
  }

  /**
   * To the trash or back; can be undone there and then. The open image gives way to its neighbour, or to nothing: nobody
   * paints in the trash unawares.
   */
  async trash(image: ImageView, isTrashed: boolean): Promise<void> {
    const { project, page, toasts } = this.#of
    const neighbour = project.neighbourOf(image.id) // it leaves the list with the update
    await this.#of.try(async () => {
      await project.updateImage({ id: image.id, isTrashed })
      if (!isTrashed) {
        if (page.status === 'empty') await page.open(image)
        return
      }
      project.choose([...project.chosen].filter((id) => id !== image.id))
      if (page.image?.id === image.id) await (neighbour ? page.open(neighbour) : page.close())
      const undo = { label: 'Undo', run: () => void this.trash(image, false) }
      toasts.note(`“${image.name}” is in the trash.`, undo)
    })
  }

  /** Asks for the file of a missing image, and gives it to the host, which compares its content. */
  async relink(imageId: number): Promise<void> {
    const { ask, data, project, page, toasts } = this.#of
    const file = await askForFile(data)
    if (!file) return
    await this.#of.try(async () => {
      await ask.ask('image.relink', { id: imageId, file })
      await project.load()
      toasts.done('The file is found again.')
      if (page.image?.id === imageId) await page.reopen()
    })
  }
}
