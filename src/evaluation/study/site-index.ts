import { html, trusted } from '../report/html.js'
import { renderPage } from '../report/page.js'

/** What the index says of a report. */
export interface Card {
  /** Path of the report's folder below the index. */
  readonly name: string
  readonly title: string
  readonly question: string
  readonly summary: string
  /** An SVG file. */
  readonly thumbnail: string | undefined
}

const style = `
main, footer { max-width: 1040px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 3rem 2.5rem; margin-top: 2.5rem; }
.cards article { display: flex; flex-direction: column; gap: 0.6rem; border-top: 1px solid var(--edge); padding-top: 0.9rem; }
.cards h2 { margin: 0; padding: 0; border: 0; overflow-wrap: anywhere; }
.cards a { color: inherit; text-decoration-color: var(--edge); text-underline-offset: 0.15em; }
.cards a:hover { text-decoration-color: currentColor; }
.cards p { margin: 0; }
.cards .question { color: var(--muted); }
.cards .summary { font-size: 0.92rem; }
.cards img { width: 100%; height: auto; }
`

/** The index of a site: a card for each report. */
export function renderIndex({
  title,
  version,
  cards,
}: {
  title: string
  version: string
  cards: readonly Card[]
}): string {
  const articles = cards.map(({ name, title, question, summary, thumbnail }) => {
    const folder = name.split('/').map(encodeURIComponent).join('/')
    return html`<article>
<h2><a href="${folder}/report.html">${title}</a></h2>
<p class="question">${question}</p>
<p class="summary">${summary}</p>
${thumbnail ? html`<img alt="" src="data:image/svg+xml,${trusted(encodeURIComponent(thumbnail).replaceAll("'", '%27'))}">` : ''}
</article>\n`
  })
  return renderPage({
    title,
    version,
    style,
    main: [
      html`<header>
<h1>${title}</h1>
<p class="standfirst">${cards.length === 1 ? 'One report' : `${cards.length} reports`}, each with the figures, tables, configurations and the command that repeat it.</p>
</header>
<div class="cards">
${articles}</div>`,
    ],
    footer: `Written by seqlab ${version}.`,
  })
}
