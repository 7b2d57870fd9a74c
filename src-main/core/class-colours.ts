/** Colours of classes that are given none: Okabe and Ito's, told apart by colour-blind eyes too. */
const COLOURS = ['#e69f00', '#56b4e9', '#009e73', '#f0e442', '#0072b2', '#d55e00', '#cc79a7', '#999999']

/** The colour of the class at a position, from 0. */
export const classColour = (position: number): string => COLOURS[position % COLOURS.length]!
