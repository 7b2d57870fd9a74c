/** Lets a person choose one image file; answers the id that the host knows it by, undefined where none was chosen. */
import type { DataRoot } from './connection.ts'

export async function askForFile(data: DataRoot): Promise<string | undefined> {
  if (data.desktop) return (await data.desktop.chooseFiles('images'))[0]?.id
  const file = await new Promise<File | undefined>((resolve) => {
    const field = document.createElement('input')
    field.type = 'file'
    field.onchange = () => resolve(field.files?.[0])
    field.oncancel = () => resolve(undefined)
    field.click()
  })
  return file ? data.upload(file, () => {}) : undefined
}
