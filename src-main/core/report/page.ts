/** One HTML file that shows a run: pictures, scores and the curve, nothing loaded from elsewhere. */
import { type Picture, pngAddress } from './picture.ts'

export interface ReportRow {
  name: string
  /** Pictures with what they show, left to right. */
  pictures: { caption: string; picture: Picture }[]
  scores: Record<string, number>
}

export interface Report {
  title: string
  /** Sentences under the title. */
  facts: readonly string[]
  /** Inline SVG. */
  curve: string
  rows: readonly ReportRow[]
}

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; color: #222; }
figure { display: inline-block; margin: 0 .6rem .6rem 0; }
figcaption { font-size: .85rem; color: #555; }
img { display: block; width: 17rem; image-rendering: pixelated; background: #000; }
td, th { padding: .1rem 1rem .1rem 0; text-align: left; font-weight: normal; }
th { color: #555; }`

/** The whole page as text. */
export function reportPage({ title, facts, curve, rows }: Report): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<h1>${escaped(title)}</h1>
${facts.map((fact) => `<p>${escaped(fact)}</p>`).join('\n')}
${curve}
${rows.map(rowHtml).join('\n')}
</html>
`
}

function rowHtml({ name, pictures, scores }: ReportRow): string {
  const figures = pictures.map(
    ({ caption, picture }) =>
      `<figure><img alt="${escaped(`${caption} of ${name}`)}" src="${pngAddress(picture)}"><figcaption>${escaped(caption)}</figcaption></figure>`,
  )
  const names = Object.keys(scores)
  const table =
    names.length === 0
      ? ''
      : `<table><tr>${names.map((score) => `<th>${escaped(score)}</th>`).join('')}</tr><tr>${names
          .map((score) => `<td>${scores[score]!.toFixed(3)}</td>`)
          .join('')}</tr></table>`
  return `<h2>${escaped(name)}</h2>\n${figures.join('\n')}\n${table}`
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
