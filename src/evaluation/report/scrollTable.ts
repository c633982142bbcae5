import { html, type Markup } from './html.js'

/** A table that scrolls sideways in its own region where the page is narrow. */
export interface ScrollTable {
  /** Of the region, for those who hear it. */
  label: string
  class: string
  caption: Markup | string
  /** The cells of the head. */
  head: Markup[]
  rows: Markup[]
}

export const scrollTable = ({ label, class: name, caption, head, rows }: ScrollTable): Markup =>
  html`<div class="scroll" role="region" aria-label="${label}" tabindex="0">
<table class="${name}">
<caption><span>${caption} <span class="sideways">Scroll sideways for all columns.</span></span></caption>
<thead><tr>${head}</tr></thead>
<tbody>
${rows}</tbody>
</table>
</div>`
