import type { Method } from '../../src-shared/api.ts'

/**
 * Whether a request that got no answer may be sent again on the next line. Strokes are told apart by their id; what
 * makes something new each time is not sent twice, the person is told instead.
 */
export const CAN_RESEND: Record<Method, boolean> = {
  'project.view': true,
  'project.rename': true,
  'class.add': false,
  'class.update': true,
  'image.update': true,
  'image.setPixelSize': true,
  'image.relink': true,
  'image.range': true,
  'plane.view': true,
  'plane.objects': true,
  'plane.painted': true,
  'plane.stroke': true,
  'object.reserve': true,
  'history.undo': false,
  'history.redo': false,
  'object.planes': true,
  'object.interpolate': false,
  'object.copyTo': false,
  'device.list': true,
  'training.readiness': true,
  'training.classWeights': true,
  'training.start': false,
  'training.resume': false,
  'training.control': true,
  'run.details': true,
  'run.previews': true,
  'run.rename': true,
  'run.discard': false,
  'prediction.start': false,
  'prediction.objects': true,
  'prediction.cancel': true,
  'prediction.accept': false,
  'prediction.reject': false,
  'import.start': false,
  'import.browse': true,
  'export.start': false,
}
