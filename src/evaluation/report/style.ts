/** Layout of the page; its colours and the charts' rules are the theme's. */
export const pageStyle = `
* { box-sizing: border-box; }
html { font: 17px/1.55 Charter, 'Bitstream Charter', 'Iowan Old Style', 'Source Serif 4', Cambria, Georgia, serif;
  background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%; }
body { margin: 0; overflow-wrap: break-word; }
main, footer { max-width: 980px; margin: 0 auto; padding: 0 20px; }
header { padding: 3.5rem 0 0.5rem; }
h1 { font-size: clamp(1.6rem, 1.1rem + 2.4vw, 2.4rem); line-height: 1.15; margin: 0; overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; line-height: 1.25; margin: 2.8rem 0 1rem; padding-top: 0.7rem; border-top: 1px solid var(--edge); }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
p, ul { max-width: 44rem; }
.standfirst { font-size: 1.15rem; line-height: 1.45; color: var(--muted); margin: 0.8rem 0 0; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.unit { font: 0.8rem/1.3 system-ui, sans-serif; color: var(--muted); }

.findings { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 0 2rem; margin: 0; }
.findings > div { padding: 0.9rem 0; border-bottom: 1px solid var(--grid); }
.findings dt { font: 600 0.8rem/1.4 system-ui, sans-serif; color: var(--muted); }
.findings dd { margin: 0; display: grid; gap: 0.1rem; overflow-wrap: anywhere; }
.findings strong { font-size: 1.3rem; line-height: 1.3; }
.findings .detail { font-size: 0.92rem; color: var(--muted); }
.note { font-size: 0.92rem; line-height: 1.5; border-left: 3px solid var(--edge); padding-left: 1rem; margin: 1.5rem 0 0; }

.scroll { overflow-x: auto; position: relative; }
table { border-collapse: collapse; width: 100%; font: 0.84rem/1.35 system-ui, sans-serif; font-variant-numeric: tabular-nums; }
caption { caption-side: bottom; text-align: left; color: var(--muted); padding-top: 0.7rem; }
caption > span { display: block; position: sticky; left: 0; width: fit-content; max-width: min(44rem, 100vw - 24px); }
.sideways { display: none; }
th, td { text-align: right; padding: 0.5rem 0.6rem; vertical-align: middle; border-bottom: 1px solid var(--grid); white-space: nowrap; }
thead th { vertical-align: bottom; border-bottom: 2px solid var(--edge); white-space: normal; }
thead .unit { display: block; font-weight: 400; }
.ranked th:nth-child(2) { text-align: left; position: sticky; left: 0; background: var(--paper); }
.ranked tbody th { white-space: normal; overflow-wrap: anywhere; min-width: 11.5rem; max-width: 16rem; }
.model { display: inline-flex; vertical-align: middle; align-items: center; gap: 0.5rem; }
.model svg { flex: none; }
td.best strong, caption .best { color: var(--ink); background: var(--raised); box-shadow: 0 0 0 0.3em var(--raised); border-radius: 1px; }

.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 2rem 20px; }
figure { margin: 0; break-inside: avoid; }
figure.whole { grid-column: 1 / -1; }
figcaption { font-size: 0.92rem; line-height: 1.45; margin-bottom: 0.8rem; max-width: 44rem; }
.narrow { display: none; }
.figures ~ p, .figures ~ ul { font-size: 0.92rem; }
.figures ~ p { margin-top: 1.5rem; }
.figures ~ ul { padding-left: 1.2rem; }

pre { font: 0.8rem/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace; margin: 0; }
.samples { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.6rem 20px; }
.sample { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; unicode-bidi: isolate; }
.sample, .command, details pre { background: var(--raised); border-radius: 4px; padding: 0.9rem 1rem; margin-top: 0.5rem; }
.command { white-space: pre-wrap; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 15rem), 1fr)); gap: 0 20px; font: 0.84rem/1.4 system-ui, sans-serif; }
.facts > div { display: flex; justify-content: space-between; gap: 1rem; padding: 0.35rem 0; border-bottom: 1px solid var(--grid); }
.facts dt { color: var(--muted); }
.facts dd { margin: 0; text-align: right; overflow-wrap: anywhere; }
details { border-bottom: 1px solid var(--grid); padding: 0.6rem 0; }
summary { cursor: pointer; }
summary h3 { display: inline; }
details pre { overflow-x: auto; }
footer { color: var(--muted); font-size: 0.85rem; padding-top: 2rem; padding-bottom: 3rem; }
:focus-visible { outline: 2px solid var(--series-1); outline-offset: 2px; }

@media (max-width: 960px) { .sideways { display: inline; } }
@media (max-width: 640px) {
  html { font-size: 16px; }
  main, footer { padding: 0 12px; }
  header { padding-top: 1.8rem; }
  .figures { grid-template-columns: minmax(0, 1fr); }
  .wide { display: none; }
  .narrow { display: block; }
  th, td { padding: 0.5rem 0.4rem; }
  .ranked tbody th { min-width: 9.5rem; }
}
@media print {
  @page { margin: 15mm; }
  html { font-size: 10pt; }
  main, footer { padding: 0; }
  header { padding-top: 0; }
  h2, h3, figcaption, dt { break-after: avoid; }
  tr, .findings > div, .note, article, details { break-inside: avoid; }
  .wide { display: block; }
  .narrow { display: none; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .scroll { overflow: visible; }
  .sideways { display: none; }
  th, td { padding: 0.3rem 0.35rem; }
  .sample, .command, details pre { border: 1px solid var(--edge); }
  details pre { white-space: pre-wrap; columns: 3; }
  details::details-content { content-visibility: visible; display: block; }
}
`
