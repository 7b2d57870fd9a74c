/** The four moments of the work, in their order. */
export const MOMENTS = [
  { id: 'paint', name: 'Paint', says: 'Paint what is to be learned' },
  { id: 'learn', name: 'Learn', says: 'Train a network on it' },
  { id: 'predict', name: 'Predict', says: 'Let it find the rest, and correct it' },
  { id: 'results', name: 'Results', says: 'Compare runs and export' },
] as const
export type Moment = (typeof MOMENTS)[number]['id']
