/** The page of a paper: what it says, the files that hold it, what was found, and doing it again here. */
import { use } from 'react'
import { demonstrationOf, mechanismsIn, nearestPapers } from 'seqlab/papers'
import { catalogue, type Paper, paperById, relatedPapers } from 'seqlab/papers/catalogue'
import { addressOf } from '../common/address.js'
import { Conformance } from './conformance.js'
import { Demonstration } from './demonstration.js'
import { Source } from './source.js'
import { storedResult } from './stored.js'
import { Tag } from './tag.js'

export default function PaperPage({ id }: { readonly id: string }) {
  const paper = paperById(id)
  return (
    <article className="paper">
      <p>
        <a href={addressOf('papers')}>← All papers</a>
      </p>
      {paper ? <Body paper={paper} /> : <Unknown id={id} />}
    </article>
  )
}

function Unknown({ id }: { readonly id: string }) {
  return (
    <>
      <h1>No paper is called {id}</h1>
      <Links title="The nearest names" papers={nearestPapers(catalogue, id)} />
    </>
  )
}

const results = new Map<string, ReturnType<typeof storedResult>>()
/** The same promise each time it is asked for: a component that waits for one is drawn anew until it is there. */
function resultOf(id: string) {
  const known = results.get(id) ?? storedResult(id)
  results.set(id, known)
  return known
}

const filesOf = (id: string) => demonstrationOf(id)?.files ?? []

function Body({ paper }: { readonly paper: Paper }) {
  const stored = use(resultOf(paper.id))
  const files = filesOf(paper.id)
  const mechanisms = mechanismsIn(files).map(({ id }) => id)
  return (
    <>
      <Head paper={paper} />
      {stored && <Demonstration stored={stored} />}
      {files.length > 0 && <Source files={files} />}
      {mechanisms.length > 0 && <Conformance mechanisms={mechanisms} files={files} />}
      <Links title="Related" papers={relatedPapers(catalogue, paper, filesOf)} />
    </>
  )
}

function Head({ paper }: { readonly paper: Paper }) {
  const { title, system, family, kind, year, arxiv, what, headline, worksWhen, out } = paper
  const facts = { 'What it is': what, 'Known for': headline, 'Works when': worksWhen, 'Left out': out }
  return (
    <header className="card">
      <h1>{title}</h1>
      <p className="row quiet">
        <Tag paper={paper} />
        <span>{[system, year, family, kind].filter(Boolean).join(' · ')}</span>
        {arxiv && (
          <a href={`https://arxiv.org/abs/${arxiv}`} rel="noreferrer">
            arXiv:{arxiv}
          </a>
        )}
      </p>
      <dl className="paper-facts">
        {Object.entries(facts).map(
          ([name, text]) =>
            text && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{text}</dd>
              </div>
            ),
        )}
      </dl>
    </header>
  )
}

function Links({ title, papers }: { readonly title: string; readonly papers: readonly Paper[] }) {
  return (
    <section className="card">
      <h2>{title}</h2>
      <ul className="paper-list">
        {papers.map((paper) => (
          <li key={paper.id}>
            <a href={addressOf('papers', paper.id)}>{paper.title}</a>
            <Tag paper={paper} />
            <p className="quiet">{[paper.system, paper.year, paper.family].filter(Boolean).join(' · ')}</p>
          </li>
        ))}
      </ul>
    </section>
  )
}
