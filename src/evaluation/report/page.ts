import { html, type Markup, trusted } from './html.js'
import { pageStyle } from './style.js'
import { themeStyle } from './theme.js'

/** A whole HTML file that needs nothing else: no network, no script, no font. */
export interface Page {
  title: string
  version: string
  /** Rules beyond those that all pages share. */
  style?: string
  main: Markup[]
  footer: string
}

export const renderPage = ({ title, version, style = '', main, footer }: Page): string =>
  html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="seqlab ${version}">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${trusted(themeStyle + pageStyle + style)}</style>
</head>
<body>
<main>
${main}
</main>
<footer><p>${footer}</p></footer>
</body>
</html>
`.markup
