import { type DrawingOptions, openDrawing } from './drawing.js'
import { html, trusted } from './html.js'
import { figuresSection, rankingSection, repeatSection, samplesSection, summarySection } from './sections.js'
import { pageStyle } from './style.js'
import { themeStyle } from './theme.js'
import type { ComparisonReport } from './types.js'

/**
 * The report as one HTML file that needs nothing else: no network, no script, no font. Equal reports give equal files.
 *
 * @throws when the report has no model.
 */
export async function renderReport(report: ComparisonReport, options: DrawingOptions = {}): Promise<string> {
  const drawing = await openDrawing(report, options)
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="seqlab ${report.version}">
<link rel="icon" href="data:,">
<title>${report.title}</title>
<style>${trusted(themeStyle + pageStyle)}</style>
</head>
<body>
<main>
${[
  summarySection(report),
  rankingSection(report, drawing),
  figuresSection(report, drawing),
  samplesSection(report),
  repeatSection(report),
]}
</main>
<footer><p>Written by seqlab ${report.version}. The same numbers, in full, are in report.json beside this file.</p></footer>
</body>
</html>
`
  return page.markup
}
