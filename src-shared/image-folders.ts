/** Which of the folders in a folder of images hold images: data sets keep masks beside them. */

const MASKS = /^((.*[-_ ])?(masks?|labels?|annotations?|segmentations?)|ground[-_ ]?truth)$/i
const IMAGES = /^images?$/i

/** Files that the system hides, and folders of them, are nobody's images. */
export const isHidden = (name: string): boolean => name.startsWith('.')

/** What of a folder is meant when its images, or its masks, are asked for. */
export interface MeantFolder {
  /** Its own files are. */
  isOwn: boolean
  /** Names of those of its folders that are. */
  folders: string[]
}

/** Of the folders in one that is given for masks: all but `images` beside a folder of masks. */
export function meantForMasks(folders: readonly string[]): MeantFolder {
  const hasMasks = folders.some((name) => MASKS.test(name))
  return { isOwn: true, folders: folders.filter((name) => !hasMasks || !IMAGES.test(name)) }
}

/**
 * Where a folder holds `images` beside a folder of masks, only `images`; of one that has images of its own, all but folders
 * of masks; else everything. `folders` are the names of the folders in it.
 */
export function meantForImages(folders: readonly string[], hasImages: boolean): MeantFolder {
  const isMasks = (name: string) => MASKS.test(name)
  const images = folders.find((name) => IMAGES.test(name))
  if (images !== undefined && folders.some(isMasks)) return { isOwn: false, folders: [images] }
  return { isOwn: true, folders: folders.filter((name) => !hasImages || !isMasks(name)) }
}
