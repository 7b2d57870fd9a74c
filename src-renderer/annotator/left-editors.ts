/** Editors of planes that were left before everything painted there was saved; they go on until it is. */
import type { Editor } from './editor.ts'
import type { PlaneInfo } from './link.ts'
import { outboxKey } from './outbox.ts'

export class LeftEditors {
  readonly #editors = new Map<string, Editor>()

  /** Closes an editor, and keeps it while strokes are on their way. */
  leave(editor: Editor): void {
    editor.close()
    if (!editor.outbox.isIdle) this.#editors.set(outboxKey(editor.info.plane), editor)
  }

  /** Sends what an earlier window has painted on a plane and not saved, though nobody opens it. */
  resume(editor: Editor): void {
    this.leave(editor)
    editor.resume()
  }

  /** The editor that a plane was left with, if something is still unsaved there; it no longer listens. */
  takeBack(info: PlaneInfo): Editor | undefined {
    const editor = this.#editors.get(outboxKey(info.plane))
    editor?.detach()
    this.#editors.delete(outboxKey(info.plane))
    return editor
  }

  /** Something has been saved: forgets the editor if that was the last. */
  saved(editor: Editor): void {
    if (editor.outbox.isIdle) this.#editors.delete(outboxKey(editor.info.plane))
  }

  /** Strokes that the host has not answered. */
  get unsaved(): number {
    return [...this.#editors.values()].reduce((count, { outbox }) => count + outbox.unsaved.length, 0)
  }

  /** Whether all of them would outlive the window. */
  get areKept(): boolean {
    return [...this.#editors.values()].every(({ outbox }) => outbox.isKept)
  }

  dispose(): void {
    for (const editor of this.#editors.values()) editor.dispose()
  }
}
