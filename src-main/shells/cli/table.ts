/** A plain table: columns as wide as their longest cell, two spaces between, numbers to the right. */
export function tableText(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [head, ...rows].map((row) => row.map(String))
  const widths = head.map((_, column) => Math.max(...lines.map((row) => [...(row[column] ?? '')].length)))
  const isNumeric = head.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  const padded = (cell: string, column: number) =>
    isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!)
  return lines.map((row) => row.map(padded).join('  ').trimEnd()).join('\n')
}

/** "1 image", "2 images". */
export const counted = (count: number, noun: string, plural = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : plural}`
