import type { SymbolType } from '@observablehq/plot'

/** How one model looks in every figure and table: colour, dash and marker, each enough to tell it apart. */
export interface SeriesLook {
  color: string
  dash: string
  symbol: SymbolType
}

// Chosen for the distance between every two of a theme (OKLab 0.09 and more with normal, protan, deutan and tritan
// vision) and at least 3:1 against the paper; tests measure both.
export const palette = {
  light: ['#12468c', '#e05700', '#10a092', '#9e5de5', '#634900', '#69685d', '#850355', '#03769e'],
  dark: ['#7fb4ff', '#eb8c45', '#7dffe8', '#a05cec', '#fcd26a', '#b9b5aa', '#d54e66', '#2793a6'],
}

export const inks = {
  light: { paper: '#ffffff', raised: '#f5f6f8', ink: '#1a1e24', muted: '#565e69', grid: '#e2e5e9', edge: '#c3c9d1' },
  dark: { paper: '#15181d', raised: '#1e2229', ink: '#e7e9ec', muted: '#a9b1bc', grid: '#2c323a', edge: '#4a525d' },
}

// Eight colours, five dashes and seven markers have no common factor, so that looks repeat only after 280 models.
const dashes = ['none', '8 3', '2 3', '10 3 2 3', '5 2']
const symbols: SymbolType[] = ['circle', 'square', 'triangle', 'diamond', 'star', 'cross', 'wye']

export const seriesLook = (index: number): SeriesLook => ({
  color: `var(--series-${(index % palette.light.length) + 1})`,
  dash: dashes[index % dashes.length],
  symbol: symbols[index % symbols.length],
})

function variables(theme: 'light' | 'dark'): string {
  const named = Object.entries(inks[theme]).map(([name, color]) => `--${name}: ${color};`)
  return [...named, ...palette[theme].map((color, i) => `--series-${i + 1}: ${color};`)].join(' ')
}

/** Colours of both themes and the charts' own rules: the page and a standalone figure both carry it. */
export const themeStyle = `
:root { color-scheme: light dark; ${variables('light')} }
@media screen and (prefers-color-scheme: dark) { :root { ${variables('dark')} } }
.chart { background: var(--paper); color: var(--ink); display: block; max-width: 100%; height: auto;
  font: 13px/1.2 system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif; }
`
