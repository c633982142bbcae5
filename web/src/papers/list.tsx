/** All papers of the catalogue, found as one types. What is searched for is in the address. */
import { useDeferredValue, useMemo } from 'react'
import { catalogue, families, type Paper, searchPapers, statuses, statusOf } from 'seqlab/papers/catalogue'
import { addressOf, replaceAddress, useAddress } from '../common/address.js'
import { verdicts } from './stored.js'
import { Tag } from './tag.js'

const filters = {
  family: families,
  kind: ['mechanism', 'method', 'study', 'task', 'application'],
  status: statuses,
} as const
type Filter = keyof typeof filters
const names = Object.keys(filters) as Filter[]

export function List() {
  const { query } = useAddress()
  const words = query.get('q') ?? ''
  const change = (name: string, value: string) => {
    const next = { ...Object.fromEntries(query), [name]: value }
    replaceAddress(addressOf('papers', '', Object.fromEntries(Object.entries(next).filter(([, text]) => text))))
  }
  return (
    <>
      <h1>Papers</h1>
      <search className="row paper-filters">
        <label className="field grow">
          Search
          <input
            type="search"
            value={words}
            placeholder="delta rule, recall, Lightning …"
            onChange={({ target }) => change('q', target.value)}
          />
        </label>
        {names.map((name) => (
          <label className="field" key={name}>
            {name[0].toUpperCase() + name.slice(1)}
            <select value={query.get(name) ?? ''} onChange={({ target }) => change(name, target.value)}>
              <option value="">all</option>
              {filters[name].map((value) => (
                <option key={value}>{value}</option>
              ))}
            </select>
          </label>
        ))}
      </search>
      <Found search={useDeferredValue(query.toString())} />
    </>
  )
}

function Found({ search }: { readonly search: string }) {
  const found = useMemo(() => {
    const query = new URLSearchParams(search)
    const fields = (paper: Paper) => ({ ...paper, status: statusOf(paper, verdicts) })
    const words = (query.get('q') ?? '').split(/\s+/).filter(Boolean)
    const all = searchPapers(catalogue, words).filter((paper) =>
      names.every((name) => [null, '', fields(paper)[name]].includes(query.get(name))),
    )
    // Words rank what they find; without any, what can be seen here comes first.
    return words.length > 0 ? all : all.sort((a, b) => Number(verdicts.has(b.id)) - Number(verdicts.has(a.id)))
  }, [search])
  return (
    <>
      <p className="quiet" role="status">
        {found.length === 0
          ? 'No paper has all of that – take a word away, or set a filter to all.'
          : `${found.length} of ${catalogue.length} papers, ${found.filter(({ id }) => verdicts.has(id)).length} of them shown here`}
      </p>
      {families.map((family) => {
        const rows = found.filter((paper) => paper.family === family)
        return rows.length > 0 && <Family key={family} family={family} rows={rows} />
      })}
    </>
  )
}

function Family({ family, rows }: { readonly family: string; readonly rows: readonly Paper[] }) {
  return (
    <section aria-labelledby={`family-${family}`} className="paper-family">
      <h2 id={`family-${family}`}>
        {family} <span className="quiet number">{rows.length}</span>
      </h2>
      <ul className="paper-list">
        {rows.map((paper) => (
          <li key={paper.id}>
            <a href={addressOf('papers', paper.id)}>{paper.title}</a>
            <Tag paper={paper} />
            <p className="quiet">
              {[paper.system, paper.year, paper.kind].filter(Boolean).join(' · ')}
              <br />
              {paper.what}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}
