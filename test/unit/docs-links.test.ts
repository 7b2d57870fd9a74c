import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'

const PAGES = globSync(['*.md', 'docs/**/*.md', 'resources/**/*.md'])

/** Links and pictures of a page that lead to files of this repository. */
const linksOf = (page: string): string[] =>
  [...readFileSync(page, 'utf8').matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!.split('#')[0]!)
    .filter((link) => link !== '' && !/^[a-z]+:/.test(link))

test('every link of the pages leads to a file that is there', () => {
  expect(PAGES.length).toBeGreaterThan(20)
  const broken = PAGES.flatMap((page) =>
    linksOf(page)
      .filter((link) => !existsSync(path.join(path.dirname(page), decodeURI(link))))
      .map((link) => `${page}: ${link}`),
  )
  expect(broken).toEqual([])
})
