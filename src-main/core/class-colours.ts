/** Colours of classes that are given none: Okabe and Ito's, told apart by colour-blind eyes too. */
const COLOURS = [
  { hex: '#e69f00', name: 'orange' },
  { hex: '#56b4e9', name: 'light blue' },
  { hex: '#009e73', name: 'green' },
  { hex: '#f0e442', name: 'yellow' },
  { hex: '#0072b2', name: 'blue' },
  { hex: '#d55e00', name: 'red' },
  { hex: '#cc79a7', name: 'pink' },
  { hex: '#999999', name: 'grey' },
] as const

const colourAt = (position: number) => COLOURS[position % COLOURS.length]!

/** The colour of the class at a position, from 0. */
export const classColour = (position: number): string => colourAt(position).hex

/** The same in a word, for a legend. */
export const classColourName = (position: number): string => colourAt(position).name
