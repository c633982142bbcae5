import { describe, expect, it } from 'vitest'
import {
  catalogue,
  type DemonstrationResult,
  demonstrations,
  families,
  nearestPapers,
  paperById,
  relatedPapers,
  searchPapers,
  statusOf,
} from '#seqlab/papers/index.js'

const ids = (papers: readonly { readonly id: string }[]) => papers.map(({ id }) => id)
const paper = (id: string) => paperById(id)!

describe('the catalogue', () => {
  it('has 414 papers, each once', () => {
    expect(new Set(ids(catalogue)).size).toBe(414)
    expect(catalogue).toHaveLength(414)
  })

  it('has the 48 rows that are mechanisms of these families', () => {
    const core = (family: string) => catalogue.filter((row) => row.family === family && row.fit === 'core').length
    expect(['linear-attention', 'state-space', 'recurrent', 'convolution-mlp'].map(core)).toEqual([17, 6, 13, 12])
  })

  it.each(families)('has whole rows of the family %s', (family) => {
    const rows = catalogue.filter((row) => row.family === family)
    expect(rows.length).toBeGreaterThan(0)
    for (const { id, title, arxiv, year, what, fit, worksWhen, out } of rows) {
      expect(id).toMatch(/^[a-z0-9-]+$/)
      expect(title.length, id).toBeGreaterThan(5)
      expect(arxiv, id).toMatch(/^\d{4}\.\d{4,5}$/)
      // The number tells the month; a paper of New Year's Eve may have that of January.
      expect([0, 1], id).toContain(2000 + Number(arxiv!.slice(0, 2)) - year)
      expect(what.length, id).toBeGreaterThan(40)
      if (fit === 'out')
        expect({ id, out: out!.length > 30, worksWhen }).toEqual({ id, out: true, worksWhen: undefined })
      else expect({ id, worksWhen: worksWhen!.length > 30, out }).toEqual({ id, worksWhen: true, out: undefined })
    }
  })
})

describe('the status of a paper', () => {
  const stored = (id: string) => new Map([[id, {} as DemonstrationResult]])

  it('is out where there is a reason, and planned where nothing shows it', () => {
    expect(statusOf(paper('biobert'), stored('biobert'))).toBe('out')
    expect(statusOf(paper('alibi'), stored('gla'))).toBe('planned')
  })

  it('is works where a demonstration has a stored result', () => {
    const [{ id }] = demonstrations
    expect(statusOf(paper(id), stored(id))).toBe('works')
    expect(statusOf(paper(id), new Map())).toBe('planned')
  })
})

describe('finding papers', () => {
  it('takes every word, in any case and any field', () => {
    expect(ids(searchPapers(catalogue, ['DELTA', 'householder']))).toEqual(
      ids(catalogue.filter(({ what, title }) => /householder/i.test(title + what) && /delta/i.test(title + what))),
    )
    expect(ids(searchPapers(catalogue, ['fnetar']))).toContain('fnetar')
    expect(ids(searchPapers(catalogue, ['recurrent', 'relational']))).toContain('rmc')
    expect(searchPapers(catalogue, [])).toHaveLength(414)
    expect(searchPapers(catalogue, ['fnetar', 'zebra'])).toEqual([])
  })

  it.each([
    ['deltanett', 'deltanet'],
    ['HYENA2', 'hyena'],
    ['lightning', 'lightning-attention'],
    ['seq2seq', 'seq2seq-lstm'],
  ])('has for %s, %s among the nearest', (written, id) => {
    expect(ids(nearestPapers(catalogue, written))).toContain(id)
  })
})

describe('related papers', () => {
  const none = () => []

  it('are those of the same idea first, and never the paper itself', () => {
    expect(ids(relatedPapers(catalogue, paper('lightning-attention'), none))[0]).toBe('lightning-attention-2')
    for (const row of catalogue) expect(relatedPapers(catalogue, row, none)).not.toContain(row)
  })

  it('have those that stand in the same files before others', () => {
    const files = (id: string) => (id === 'gla' || id === 'biobert' ? ['a.ts', 'b.ts', 'c.ts', 'd.ts', 'e.ts'] : [])
    expect(ids(relatedPapers(catalogue, paper('gla'), files))).toContain('biobert')
    expect(ids(relatedPapers(catalogue, paper('gla'), none))).not.toContain('biobert')
  })
})
