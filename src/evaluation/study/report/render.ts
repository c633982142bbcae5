import { type DrawingOptions, openDrawing } from '../../report/drawing.js'
import { renderPage } from '../../report/page.js'
import type { StudyReport } from '../types.js'
import { configurationsSection } from './configurations.js'
import { headSection, numbered, repeatSection, summarySection, taskSection, tuningSection } from './sections.js'
import { studyStyle } from './style.js'
import { withTitles } from './titles.js'

/**
 * A study as one HTML file that needs nothing else: no network, no script, no font. Equal reports give equal files.
 *
 * @throws when the study has no entry.
 */
export async function renderStudy(study: StudyReport, options: DrawingOptions = {}): Promise<string> {
  const report = withTitles(study)
  const drawing = await openDrawing(report.entries, options)
  const draw = numbered(report.mechanisms, drawing)
  return renderPage({
    title: report.title,
    version: report.version,
    style: studyStyle,
    main: [
      headSection(report),
      summarySection(report, draw),
      ...report.tasks.map((task) => taskSection(report, task, drawing, draw)),
      tuningSection(report),
      repeatSection(report),
      configurationsSection(report),
    ],
    footer: `Written by seqlab ${report.version}. Beside this file: report.json with all numbers in full; results.csv, aggregated.csv and pairs.csv; each figure as SVG.`,
  })
}
