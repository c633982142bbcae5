/** Papers near a paper. */
import type { Paper } from './paper.js'

/** Words of four letters or more; shorter ones say little of what a text is about. */
const wordsOf = ({ title, system = '', what }: Paper) =>
  new Set(`${title} ${system} ${what}`.toLowerCase().match(/[\p{L}\d]{4,}/gu) ?? [])

/** What the files of a paper, and its family, count beside the words that it shares. */
const weights = { file: 6, family: 4 }

/**
 * Papers by what they share with one: files, the family, and words, each the heavier the rarer it is in the catalogue.
 *
 * @param filesOf the files that hold a paper's idea, where there are some
 */
export function relatedPapers(
  papers: readonly Paper[],
  paper: Paper,
  filesOf: (id: string) => readonly string[],
  count = 6,
): Paper[] {
  const words = new Map(papers.map((entry) => [entry, wordsOf(entry)]))
  const own = [...(words.get(paper) ?? wordsOf(paper))]
  const weight = new Map(
    own.map((word) => [word, Math.log(papers.length / papers.filter((entry) => words.get(entry)!.has(word)).length)]),
  )
  const files = filesOf(paper.id)
  const nearness = (other: Paper) =>
    weights.file * filesOf(other.id).filter((file) => files.includes(file)).length +
    (other.family === paper.family ? weights.family : 0) +
    own.reduce((sum, word) => sum + (words.get(other)!.has(word) ? weight.get(word)! : 0), 0)
  const near = new Map(papers.map((other) => [other, other === paper ? Number.NEGATIVE_INFINITY : nearness(other)]))
  return [...papers].sort((a, b) => near.get(b)! - near.get(a)!).slice(0, Math.min(count, papers.length - 1))
}
