/** From moment to moment, image to image, object to object. */
import type { Workstation } from '../workstation.svelte.ts'
import { type Action, hasPlane } from './action.ts'

/** In Results the list of mistakes is what one goes through. */
const listsMistakes = ({ moment, results }: Workstation) => moment === 'results' && results.mistakes.shown.length > 0

export const goToActions: Action[] = [
  { id: 'moment.paint', title: 'Paint', group: 'Go to', keys: ['1'], run: (ws) => ws.goTo('paint') },
  { id: 'moment.learn', title: 'Learn', group: 'Go to', keys: ['2'], run: (ws) => ws.goTo('learn') },
  { id: 'moment.predict', title: 'Predict', group: 'Go to', keys: ['3'], run: (ws) => ws.goTo('predict') },
  { id: 'moment.results', title: 'Results', group: 'Go to', keys: ['4'], run: (ws) => ws.goTo('results') },
  { id: 'go.nextImage', title: 'Next image', group: 'Go to', keys: ['PageDown'], run: (ws) => ws.stepImage(1) },
  { id: 'go.previousImage', title: 'Previous image', group: 'Go to', keys: ['PageUp'], run: (ws) => ws.stepImage(-1) },
  { id: 'go.nextPlane', title: 'Next plane', group: 'Go to', keys: ['.'], run: ({ page }) => page.stepPlane(1) },
  {
    id: 'go.previousPlane',
    title: 'Previous plane',
    group: 'Go to',
    keys: [','],
    run: ({ page }) => page.stepPlane(-1),
  },
  {
    id: 'go.nextObject',
    title: 'Next object, or mistake',
    group: 'Go to',
    keys: ['N'],
    run: (ws) => (listsMistakes(ws) ? ws.results.mistakes.step(1) : ws.page.objectList.step(1)),
    isPossible: hasPlane,
  },
  {
    id: 'go.previousObject',
    title: 'Previous object, or mistake',
    group: 'Go to',
    keys: ['Shift+N'],
    run: (ws) => (listsMistakes(ws) ? ws.results.mistakes.step(-1) : ws.page.objectList.step(-1)),
    isPossible: hasPlane,
  },
  {
    id: 'go.compare',
    title: 'Compare side by side',
    group: 'Go to',
    keys: ['Y'],
    run: (ws) => {
      ws.goTo('results')
      const { comparison } = ws.results
      if (comparison.isOpen) comparison.close()
      else comparison.open()
    },
    isPossible: hasPlane,
  },
  {
    id: 'go.uncertain',
    title: 'Next most uncertain place',
    group: 'Go to',
    keys: ['Q'],
    run: ({ proposals }) => proposals.nextDoubt(),
    isPossible: (ws) => ws.proposals.objects.length > 0,
  },
  {
    id: 'go.filter',
    title: 'Find an image',
    group: 'Go to',
    keys: ['Mod+F'],
    run: (ws) => ws.focusFilter(),
  },
]
