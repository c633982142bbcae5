/** What docs/papers.md takes from the catalogue and from the stored results. */
import { join } from 'node:path'
import {
  catalogue,
  type DemonstrationResult,
  demonstrationOf,
  families,
  type Paper,
  type Results,
  readResults,
  statusOf,
  type Verdict,
} from '#seqlab/papers/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { linked, markdownTable, plain } from './markdown.js'

setPlatform(nodePlatform)

const resultsIn = (root: string) => readResults(join(root, 'src/papers/results'))

/** How many papers there are of each status and verdict. */
export async function paperCounts(root: string): Promise<string> {
  const results = await resultsIn(root)
  const having = (status: string) => catalogue.filter((paper) => statusOf(paper, results) === status)
  const works = having('works')
  const found = (verdict: Verdict) => works.filter(({ id }) => results.get(id)?.verdict === verdict).length
  return [
    `${catalogue.length} papers: ${works.length} work, ${having('planned').length} are planned, ${having('out').length} are left out.`,
    `Of those that work, ${found('holds')} hold, ${found('partly')} hold partly, and ${found('does not hold')} do not hold.`,
  ].join(' ')
}

/** A table for each family. */
export async function paperTables(root: string): Promise<string> {
  const results = await resultsIn(root)
  const tables = families.map((family) => {
    const rows = catalogue.filter((paper) => paper.family === family).map((paper) => rowOf(paper, results))
    return `### ${family}\n\n${markdownTable([['Id', 'Paper', 'What', 'Status'], ['---', '---', '---', '---'], ...rows])}`
  })
  return tables.join('\n\n')
}

function rowOf(paper: Paper, results: Results): string[] {
  const { id, title, year, arxiv, what } = paper
  return [`\`${id}\``, `${linked(plain(title), arxiv)}, ${year}`, plain(what), standing(paper, results)]
}

function standing(paper: Paper, results: Results): string {
  const { id, out } = paper
  if (out !== undefined) return `out: ${plain(out)}`
  const result = results.get(id)
  return result && statusOf(paper, results) === 'works' ? found(result) : 'planned'
}

function found({ id, verdict, sentence }: DemonstrationResult): string {
  const files = demonstrationOf(id)?.files.map((file) => `[${plain(file)}](../src/${file})`) ?? []
  return `**${verdict}**: ${plain(sentence)} ${files.join(', ')}`
}
