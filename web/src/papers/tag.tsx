/** How far a paper is, in a word: what its demonstration found, planned, or out. */
import { type Paper, statusOf } from 'seqlab/papers/catalogue'
import { verdicts } from './stored.js'

const looks: Readonly<Record<string, string>> = { holds: 'good', partly: 'half', 'does not hold': 'bad' }

export function Tag({ paper }: { readonly paper: Paper }) {
  const verdict = verdicts.get(paper.id)
  const text = verdict ?? statusOf(paper, verdicts)
  return <span className={`tag ${looks[text] ?? 'open'}`}>{text}</span>
}
