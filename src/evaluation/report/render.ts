import { type DrawingOptions, openDrawing } from './drawing.js'
import { renderPage } from './page.js'
import { figuresSection, rankingSection, repeatSection, samplesSection, summarySection } from './sections.js'
import type { ComparisonReport } from './types.js'

/**
 * The report as one HTML file that needs nothing else: no network, no script, no font. Equal reports give equal files.
 *
 * @throws when the report has no model.
 */
export async function renderReport(report: ComparisonReport, options: DrawingOptions = {}): Promise<string> {
  const drawing = await openDrawing(report.models, options)
  return renderPage({
    title: report.title,
    version: report.version,
    main: [
      summarySection(report),
      rankingSection(report, drawing),
      figuresSection(report, drawing),
      samplesSection(report),
      repeatSection(report),
    ],
    footer: `Written by seqlab ${report.version}. The same numbers, in full, are in report.json beside this file.`,
  })
}
