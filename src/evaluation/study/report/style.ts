/** Layout of what a study's page has beyond a comparison's. */
export const studyStyle = `
.extent { color: var(--muted); margin: 0.6rem 0 0; }
nav { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin-top: 1.2rem; font: 0.84rem/1.6 system-ui, sans-serif; }
a { color: inherit; text-decoration-color: var(--edge); text-underline-offset: 0.2em; overflow-wrap: anywhere; }
a:hover { text-decoration-color: currentColor; }
.answers { grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); margin-bottom: 2rem; }
.answers dd + dd { margin-top: 0.8rem; }
.answers .size { font: 0.8rem/1.4 system-ui, sans-serif; color: var(--muted); }
.answers ul { margin: 0.3rem 0 0; padding-left: 1.1rem; }
.answers li { margin-bottom: 0.25rem; }
.part { margin: 1.8rem 0 0.6rem; }
.key { font-size: 0.8rem; color: var(--muted); overflow-wrap: anywhere; }
section > .scroll + .figures { margin-top: 2rem; }
th.text, td.text, .published th:first-child, .runs th:first-child { text-align: left; }
.published td.wrap { white-space: normal; min-width: 16rem; }
.published td.text, .published tbody th { white-space: normal; }
.warning { font-weight: 600; color: var(--ink); }
tr.first > * { border-top: 2px solid var(--edge); }
.group th { text-align: left; padding-top: 1.1rem; color: var(--muted); max-width: none; }
.group span { position: sticky; left: 0.6rem; }
main, footer { max-width: 1040px; }
.ranked thead th { white-space: nowrap; }
.ranked th, .ranked td { padding: 0.5rem 0.45rem; }
.ranked tbody th { min-width: 8.5rem; }
figure { display: flex; flex-direction: column; justify-content: space-between; }
.answers .open { color: var(--muted); }
details > p.unit { margin: 0.8rem 0 0; }
details .scroll { margin-top: 0.6rem; }
details caption { padding: 0; }
@media print {
  nav { display: none; }
  table { font-size: 7.2pt; }
  .ranked th, .ranked td { padding: 0.25rem 0.2rem; }
}
`
