/** A static site of reports: all drawn anew, so that they have one look, and an index of them. */
import { UserError } from '../../platform/errors.js'
import { platform } from '../../platform/index.js'
import { hasData } from '../report/chart.js'
import type { DrawingOptions } from '../report/drawing.js'
import { figureIds, placedFigure, renderFigure } from '../report/figures.js'
import { findings, standfirst } from '../report/summary.js'
import type { ComparisonReport } from '../report/types.js'
import { writeReport } from '../report/write.js'
import { isStudy, parseReport, type Report } from '../report-file.js'
import { extent, outcome } from './report/overview.js'
import { studyThumbnail, writeStudy } from './report/write.js'
import { type Card, renderIndex } from './site-index.js'
import type { StudyReport } from './types.js'

// Wide enough for two planes side by side.
const thumbnailWidth = 600

/** A folder with a report.json, and what its page is called: a path of words below the site's root. */
export interface Source {
  readonly name: string
  readonly folder: string
}

/**
 * Writes the pages, tables and figures of some reports of either kind, and index.html, into a directory. All links are
 * relative: the site works below any address, and from a folder.
 *
 * @returns the names of the reports, in the index's order
 * @throws UserError when there is none, or when a report.json is not one
 */
export async function writeSite(
  directory: string,
  sources: readonly Source[],
  { title = 'Reports', ...options }: DrawingOptions & { title?: string } = {},
): Promise<string[]> {
  if (sources.length === 0) throw new UserError('publish: expected folders with a report.json, found none')
  const { files } = platform()
  const ordered = [...sources].sort((a, b) => (a.name < b.name ? -1 : 1))
  // All are read before any is written: a broken one leaves the site as it is.
  const reports = await Promise.all(ordered.map(async (source) => ({ ...source, report: await readReport(source) })))
  const cards: Card[] = []
  for (const { name, report } of reports) {
    const folder = files.join(directory, ...name.split('/'))
    cards.push(
      isStudy(report)
        ? await publishStudy(folder, name, report, options)
        : await publishComparison(folder, name, report, options),
    )
  }
  const version = reports[0].report.version
  await files.writeAtomic(files.join(directory, 'index.html'), renderIndex({ title, version, cards }))
  return cards.map(({ name }) => name)
}

async function publishStudy(folder: string, name: string, report: StudyReport, options: DrawingOptions): Promise<Card> {
  await writeStudy(folder, report, options)
  return {
    name,
    title: report.title,
    question: report.question,
    summary: `${extent(report)} ${outcome(report)}`,
    thumbnail: await studyThumbnail(report, { ...options, width: thumbnailWidth }),
  }
}

async function publishComparison(
  folder: string,
  name: string,
  report: ComparisonReport,
  options: DrawingOptions,
): Promise<Card> {
  const { files } = platform()
  await writeReport(folder, report, options)
  await files.makeDirectory(files.join(folder, 'figures'))
  for (const id of figureIds.filter((id) => hasData(placedFigure(report, id).figure)))
    await files.writeAtomic(files.join(folder, 'figures', `${id}.svg`), await renderFigure(report, id, options))
  const [best] = findings(report)
  return {
    name,
    title: report.title,
    question: standfirst(report),
    summary: best ? `${best.question}: ${best.answer}, ${best.value}. ${best.detail}` : '',
    thumbnail: await renderFigure(report, 'loss-tokens', { ...options, width: thumbnailWidth }),
  }
}

async function readReport({ folder }: Source): Promise<Report> {
  const { files } = platform()
  const path = files.join(folder, 'report.json')
  return parseReport(await files.read(path), `publish: ${path}`)
}
