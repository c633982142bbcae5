import { platform } from '../../../platform/index.js'
import { drawFigure, standAlone, standAloneWidth } from '../../report/drawFigure.js'
import { type DrawingOptions, openDrawing } from '../../report/drawing.js'
import type { StudyReport } from '../types.js'
import { entriesCsv, pairsCsv, runsCsv } from './csv.js'
import { overviewFigures, taskFigures } from './figures.js'
import { renderStudy } from './render.js'
import { allScores } from './scores.js'
import { withTitles } from './titles.js'

/** The figures of a study as SVG files of their own, by the names of their files. */
export async function studyFigures(study: StudyReport, options: DrawingOptions = {}): Promise<Map<string, string>> {
  const report = withTitles(study)
  const drawing = await openDrawing(report.entries, options)
  const figures = [...overviewFigures(report), ...report.tasks.flatMap((task) => taskFigures(report, task))]
  const drawn = figures.map(({ id, figure, width }): [string, string] => {
    const svg = drawFigure(figure, id, [...report.mechanisms], standAloneWidth(width), drawing)
    return [`${id}.svg`, standAlone(svg, drawing)]
  })
  return new Map(drawn)
}

/** The scores of the first tasks, small: what an index shows of a study. */
export async function studyThumbnail(
  report: StudyReport,
  options: DrawingOptions & { width: number },
): Promise<string> {
  const drawing = await openDrawing(report.entries, options)
  const { tasks, ...rest } = withTitles(report)
  const scores = allScores({ ...rest, tasks: tasks.slice(0, 4) })
  return standAlone(
    drawFigure(scores, 'scores', [...report.mechanisms], standAloneWidth(options.width), drawing),
    drawing,
  )
}

/**
 * Writes report.html, report.json, results.csv (a row a run), aggregated.csv (a row a mechanism, task and size), pairs.csv
 * and figures/*.svg into a directory, which is made if it is missing, each file whole or not at all. Figures of an
 * earlier report that this one has not are removed. In the JSON a number that is not finite is null.
 *
 * @returns where the page and the JSON are.
 */
export async function writeStudy(
  directory: string,
  report: StudyReport,
  options: DrawingOptions = {},
): Promise<{ html: string; json: string }> {
  const { files } = platform()
  const at = (...parts: string[]) => files.join(directory, ...parts)
  // Drawn first: a report that cannot be drawn leaves the files of an earlier one as they are.
  const page = await renderStudy(report, options)
  const figures = await studyFigures(report, options)
  await files.makeDirectory(at('figures'))
  await files.writeAtomic(at('report.json'), `${JSON.stringify(report, null, 2)}\n`)
  await files.writeAtomic(at('results.csv'), runsCsv(report))
  await files.writeAtomic(at('aggregated.csv'), entriesCsv(report))
  await files.writeAtomic(at('pairs.csv'), pairsCsv(report))
  for (const [name, svg] of figures) await files.writeAtomic(at('figures', name), svg)
  for (const name of await files.list(at('figures')))
    if (name.endsWith('.svg') && !figures.has(name)) await files.remove(at('figures', name))
  await files.writeAtomic(at('report.html'), page)
  return { html: at('report.html'), json: at('report.json') }
}
