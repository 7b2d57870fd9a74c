/** A report as a list of blocks, written as Markdown or as one HTML page that loads nothing. */
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

export type Block =
  | { kind: 'heading'; level: 1 | 2 | 3; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'table'; head: readonly string[]; rows: readonly (readonly string[])[] }
  | { kind: 'code'; lines: readonly string[] }
  /** A plot says its title itself: its caption is for those who cannot see it. */
  | { kind: 'picture'; file: string; caption: string }

export const heading = (level: 1 | 2 | 3, text: string): Block => ({ kind: 'heading', level, text })
export const text = (words: string): Block => ({ kind: 'text', text: words })

/** Markdown; pictures are links to their files. */
export const asMarkdown = (blocks: readonly Block[]): string => `${blocks.map(markdownOf).join('\n\n')}\n`

function markdownOf(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${block.text}`
    case 'text':
      return block.text
    case 'list':
      return block.items.map((item) => `- ${item}`).join('\n')
    case 'table':
      return [block.head, block.head.map(() => '---'), ...block.rows]
        .map((row) => `| ${row.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
        .join('\n')
    case 'code':
      return ['```', ...block.lines, '```'].join('\n')
    case 'picture':
      return isPlot(block.file)
        ? `![${block.caption}](${block.file})`
        : `![${block.caption}](${block.file})\n\n*${block.caption}*`
  }
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5b6475; --line: #d5dae3; --paper: #fff; --code: #f3f5f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9f0; --soft: #a3acbd; --line: #3a4252; --paper: #161a22; --code: #1f2530; }
}
body { font: 15px/1.6 system-ui, sans-serif; margin: 2.5rem auto; max-width: 64rem; padding: 0 1.25rem;
  color: var(--ink); background: var(--paper); }
h1, h2, h3 { line-height: 1.25; margin: 2.2em 0 .6em; } h1 { margin-top: 0; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; text-align: left; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--soft); font-weight: 500; }
pre { background: var(--code); padding: .8rem 1rem; overflow-x: auto; border-radius: 6px; font-size: .85rem; }
figure { margin: 1.2rem 0; } figcaption { color: var(--soft); font-size: .88rem; }
img, svg { max-width: 100%; height: auto; } img { image-rendering: pixelated; }`

/** One page with everything in it; pictures are read from `folder`. */
export function asHtml(title: string, blocks: readonly Block[], folder: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
${blocks.map((block) => htmlOf(block, folder)).join('\n')}
</html>
`
}

function htmlOf(block: Block, folder: string): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${inline(block.text)}</h${block.level}>`
    case 'text':
      return `<p>${inline(block.text)}</p>`
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${inline(item)}</li>`).join('')}</ul>`
    case 'table': {
      const row = (tag: string, cells: readonly string[]) =>
        `<tr>${cells.map((cell) => `<${tag}>${inline(cell)}</${tag}>`).join('')}</tr>`
      const rows = block.rows.map((cells) => row('td', cells)).join('\n')
      return `<div class="wide"><table>${row('th', block.head)}\n${rows}</table></div>`
    }
    case 'code':
      return `<pre>${block.lines.map(escaped).join('\n')}</pre>`
    case 'picture':
      return `<figure>${embedded(path.join(folder, block.file), block.caption)}${captionOf(block)}</figure>`
  }
}

const isPlot = (file: string): boolean => file.endsWith('.svg')

const captionOf = ({ file, caption }: { file: string; caption: string }): string =>
  isPlot(file) ? '' : `<figcaption>${inline(caption)}</figcaption>`

function embedded(file: string, caption: string): string {
  if (!existsSync(file)) return ''
  if (isPlot(file)) return readFileSync(file, 'utf8').replace(/^<\?xml[^>]*>\s*/, '')
  return `<img alt="${escaped(caption)}" src="data:image/png;base64,${readFileSync(file).toString('base64')}">`
}

/** Text with `code`, **strong** and *emphasis* of Markdown. */
const inline = (words: string): string =>
  escaped(words)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])/g, '<em>$1</em>')

export const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
