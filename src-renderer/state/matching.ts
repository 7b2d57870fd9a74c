/**
 * How well what somebody typed fits a title: 0 not at all. Every word typed must occur, or all its letters in order;
 * beginnings of words count most, so that "exp" finds "Export" before "Next plane".
 */
export function matchScore(wanted: string, title: string): number {
  const text = title.toLowerCase()
  let score = 0
  for (const word of wanted.toLowerCase().split(/\s+/).filter(Boolean)) {
    const found = wordScore(word, text)
    if (found === 0) return 0
    score += found
  }
  return score / (1 + text.length / 200)
}

function wordScore(word: string, text: string): number {
  const at = text.indexOf(word)
  if (at === 0) return 10
  if (at > 0 && text[at - 1] === ' ') return 8
  if (at > 0) return 4
  return word.length > 1 && isInOrder(word, text) ? 1 : 0
}

function isInOrder(letters: string, text: string): boolean {
  let at = -1
  for (const letter of letters) {
    at = text.indexOf(letter, at + 1)
    if (at < 0) return false
  }
  return true
}
