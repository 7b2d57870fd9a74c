/** Strokes become changes of tiles and object rows; the pixels are drawn by src-shared/strokes. */
import { AppError } from '../../src-shared/errors.ts'
import { isObjectId, LABEL } from '../../src-shared/labels.ts'
import type { PlaneKey, Rect } from '../../src-shared/planes.ts'
import { type DrawnStroke, type ObjectStroke, paint, type Stroke } from '../../src-shared/strokes.ts'
import { TILE_PX } from '../../src-shared/tile-map.ts'
import { changeOf, NO_PIXELS, type PlaneChange } from './label-change.ts'
import { LabelEdit, type LabelRooms } from './label-edit.ts'
import type { ObjectAttributes } from './objects.ts'

/** What the sender of a stroke is told. */
export interface StrokeAnswer {
  /** Of the plane the stroke was drawn on, after it. */
  revision: number
  /** Every pixel of that plane that the stroke changed lies inside; w = 0 when it changed none. */
  changed: Rect
  /** The object that was painted: the new one where the label was 'new'. */
  objectId?: number
  /** Objects that came into being. */
  created: number[]
  /** All planes that changed: whole objects can span several. */
  planes: PlaneChange[]
}

const isDrawn = (stroke: Stroke): stroke is DrawnStroke =>
  ['brush', 'eraser', 'boundary', 'polygon', 'fill', 'split'].includes(stroke.tool)

/** Applies a stroke, or finds the answer that its id got before; inside a write. */
export function applyStroke(rooms: LabelRooms, plane: PlaneKey, stroke: Stroke): StrokeAnswer {
  const known = rooms.journal.answerOf(stroke.id)
  if (known !== undefined) return known as StrokeAnswer
  const { id: planeId, layerId } = rooms.planes.ensure(plane)
  const edit = new LabelEdit(rooms, layerId, stroke.id, stroke.tool)
  const classId = classOf(rooms, stroke)
  const action = new StrokeAction(rooms, edit, plane, { classId, origin: 'hand', state: 'accepted' })
  const painted = isDrawn(stroke) ? action.draw(stroke) : action.act(stroke)
  const planes = edit.finish().map((id) => changeOf(rooms, id, action.changed.get(id) ?? NO_PIXELS))
  const changed = changeOf(rooms, planeId, action.changed.get(planeId) ?? NO_PIXELS)
  const answer = { revision: changed.revision, changed: changed.changed, ...painted, planes }
  rooms.journal.setAnswer(edit.journalId, answer)
  return answer
}

function classOf(rooms: LabelRooms, stroke: Stroke): number {
  const asked = 'classId' in stroke ? stroke.classId : undefined
  if (asked === undefined) return rooms.firstClassId()
  const row = rooms.database.one('SELECT 1 FROM class WHERE id = ?', asked)
  if (!row) throw new AppError('class-unknown', { class: asked })
  return asked
}

type Painted = Pick<StrokeAnswer, 'objectId' | 'created'>

class StrokeAction {
  /** Changed rectangle by plane id. */
  readonly changed = new Map<number, Rect>()
  readonly #rooms: LabelRooms
  readonly #edit: LabelEdit
  readonly #plane: PlaneKey
  readonly #byHand: ObjectAttributes

  constructor(rooms: LabelRooms, edit: LabelEdit, plane: PlaneKey, byHand: ObjectAttributes) {
    this.#rooms = rooms
    this.#edit = edit
    this.#plane = plane
    this.#byHand = byHand
  }

  draw(stroke: DrawnStroke): Painted {
    if (stroke.tool === 'split') this.#require([stroke.objectId])
    const { row, map } = this.#edit.plane(this.#plane)
    const painted = paint(map, stroke, {
      newObject: () => this.#edit.newObject(this.#byHand),
      newPart: (parent) => this.#edit.newObject(this.#edit.attributesOf(parent) ?? this.#byHand),
      boxOf: (id) => this.#rooms.objects.box(row.id, id),
    })
    this.#flush()
    return painted
  }

  act(stroke: ObjectStroke): Painted {
    switch (stroke.tool) {
      case 'complete':
        this.#edit.setComplete(this.#plane, stroke.isComplete)
        return { created: [] }
      case 'setClass':
        for (const [id, of] of this.#require(stroke.objectIds)) this.#put(id, { ...of, classId: stroke.classId })
        return { created: [] }
      case 'setState':
        return this.#setState(stroke.objectIds, stroke.state)
      case 'delete':
        return this.#replace(stroke.objectIds, LABEL.unpainted)
      case 'merge':
        this.#require(stroke.objectIds)
        return { objectId: stroke.objectIds[0]!, ...this.#replace(stroke.objectIds.slice(1), stroke.objectIds[0]!) }
      case 'relabel':
        return this.#replace(stroke.objectIds, stroke.label === 'new' ? this.#successor(stroke) : stroke.label)
    }
  }

  /** A proposal that is rejected becomes background; other states need pixels, so a rejected object keeps its state. */
  #setState(ids: number[], state: ObjectAttributes['state']): Painted {
    for (const [id, of] of this.#require(ids)) {
      if (state === 'rejected' || this.#rooms.objects.hasPixels(this.#edit.layerId, id)) this.#put(id, { ...of, state })
    }
    if (state === 'rejected') this.#recolour(ids, LABEL.background)
    return { created: [] }
  }

  /** The new object that takes the place of others, with the class of the first. */
  #successor({ objectIds }: { objectIds: number[] }): number {
    const of = this.#require(objectIds).get(objectIds[0]!)!
    return this.#edit.newObject({ ...this.#byHand, classId: of.classId })
  }

  /** Gives all pixels of objects another label and removes their rows. */
  #replace(ids: number[], label: number): Painted {
    this.#require(ids)
    this.#recolour(
      ids.filter((id) => id !== label),
      label,
    )
    for (const id of ids) if (id !== label) this.#put(id, null)
    const isNew = isObjectId(label) && this.#edit.isNew(label)
    return isNew ? { objectId: label, created: [label] } : { created: [] }
  }

  /** In all planes of the layer, plane by plane, so that only one is in memory. */
  #recolour(ids: number[], label: number): void {
    const values = new Set(ids)
    for (const [planeId, tiles] of this.#tilesWith(ids)) {
      const { map } = this.#edit.plane(this.#rooms.planes.keyOf(planeId))
      for (const { tx, ty } of tiles) {
        const [right, bottom] = [Math.min((tx + 1) * TILE_PX, map.width), Math.min((ty + 1) * TILE_PX, map.height)]
        for (let y = ty * TILE_PX; y < bottom; y++) {
          map.paintSpan(y, tx * TILE_PX, right, label, (old) => values.has(old))
        }
      }
      this.#flush()
    }
  }

  #tilesWith(ids: number[]): Map<number, { tx: number; ty: number }[]> {
    const found = new Map<number, { tx: number; ty: number }[]>()
    const rows = this.#rooms.database.all<{ planeId: number; tx: number; ty: number }>(
      `SELECT DISTINCT plane_id AS planeId, tx, ty FROM tile_value JOIN plane_tile USING (tile_id)
       JOIN plane ON plane.id = plane_id WHERE layer_id = ? AND value IN (SELECT value FROM json_each(?))`,
      ...([this.#edit.layerId, JSON.stringify(ids)] as const),
    )
    for (const { planeId, ...tile } of rows) found.set(planeId, [...(found.get(planeId) ?? []), tile])
    return found
  }

  #require(ids: number[]): Map<number, ObjectAttributes> {
    const found = ids.map((id): [number, ObjectAttributes] => {
      const of = this.#rooms.objects.find(this.#edit.layerId, id)
      if (!of) throw new AppError('object-missing', { object: id })
      return [id, of]
    })
    return new Map(found)
  }

  #put(id: number, of: ObjectAttributes | null): void {
    this.#edit.setObject(id, of)
  }

  #flush(): void {
    for (const [planeId, rect] of this.#edit.flush(() => this.#byHand)) this.changed.set(planeId, rect)
  }
}
