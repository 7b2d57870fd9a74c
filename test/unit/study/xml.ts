/** Reads an SVG strictly enough to notice what a browser would refuse: unclosed tags, bare ampersands, doubled attributes. */
export interface Element {
  name: string
  attributes: Record<string, string>
  text: string
}

export function parseXml(text: string): Element[] {
  const elements: Element[] = []
  const open: Element[] = []
  const token = /<(\/?)([a-zA-Z]+)((?:\s+[a-zA-Z:-]+="[^"<&]*(?:&(?:amp|lt|gt|quot);[^"<&]*)*")*)\s*(\/?)>|([^<]+)/y
  let roots = 0
  for (let at = 0; at < text.length; at = token.lastIndex) {
    token.lastIndex = at
    const found = token.exec(text)
    if (!found) throw new Error(`not XML at ${at}: ${text.slice(at, at + 60)}`)
    const [, closes, name, attributes, isEmpty, words] = found
    if (words !== undefined) {
      if (/&(?!amp;|lt;|gt;|quot;)/.test(words)) throw new Error(`a bare ampersand in ${words}`)
      if (open.length > 0) open.at(-1)!.text += words
      else if (words.trim() !== '') throw new Error(`text outside: ${words}`)
    } else if (closes) {
      if (open.pop()?.name !== name) throw new Error(`</${name}> closes nothing`)
    } else {
      if (open.length === 0 && ++roots > 1) throw new Error('two roots')
      const element = { name: name!, attributes: attributesOf(attributes!), text: '' }
      elements.push(element)
      if (!isEmpty) open.push(element)
    }
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)!.name}> is not closed`)
  return elements
}

function attributesOf(text: string): Record<string, string> {
  const pairs = [...text.matchAll(/([a-zA-Z:-]+)="([^"]*)"/g)].map(([, name, value]): [string, string] => [
    name!,
    value!,
  ])
  if (new Set(pairs.map(([name]) => name)).size !== pairs.length) throw new Error(`an attribute twice: ${text}`)
  return Object.fromEntries(pairs)
}
