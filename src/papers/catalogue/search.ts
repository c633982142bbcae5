/** Finding papers. */
import type { Paper } from './paper.js'

/** The papers that have every word somewhere in their id, title, system, idea or family, whatever its case. */
export function searchPapers(papers: readonly Paper[], words: readonly string[]): Paper[] {
  const wanted = words.map((word) => word.toLowerCase())
  return papers.filter(({ id, title, system = '', what, family }) => {
    const text = [id, title, system, what, family].join('\n').toLowerCase()
    return wanted.every((word) => text.includes(word))
  })
}

/** The papers whose ids are the most like what was written. */
export function nearestPapers(papers: readonly Paper[], written: string, count = 3): Paper[] {
  const text = written.toLowerCase()
  const distance = new Map(papers.map((paper) => [paper, idDistance(text, paper.id)]))
  return [...papers].sort((a, b) => distance.get(a)! - distance.get(b)!).slice(0, count)
}

/** Letters to insert, delete or replace; an id that holds the text, or begins it, is as near as can be. */
function idDistance(text: string, id: string): number {
  if (text.length > 2 && (id.includes(text) || text.includes(id))) return 0.5
  let row = Array.from({ length: id.length + 1 }, (_, at) => at)
  for (let i = 0; i < text.length; i++) {
    const next = [i + 1]
    for (let j = 0; j < id.length; j++)
      next.push(Math.min(row[j] + Number(text[i] !== id[j]), row[j + 1] + 1, next[j] + 1))
    row = next
  }
  return row[id.length]
}
