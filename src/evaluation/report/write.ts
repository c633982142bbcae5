import { platform } from '../../platform/index.js'
import type { DrawingOptions } from './drawing.js'
import { renderReport } from './render.js'
import type { ComparisonReport } from './types.js'

/**
 * Writes report.html and report.json into a directory, which is made if it is missing, each whole or not at all. In the
 * JSON a number that is not finite is null.
 *
 * @returns where the two files are.
 */
export async function writeReport(
  directory: string,
  report: ComparisonReport,
  options: DrawingOptions = {},
): Promise<{ html: string; json: string }> {
  const { files } = platform()
  // Drawn first: a report that cannot be drawn leaves the files of an earlier one as they are.
  const page = await renderReport(report, options)
  const written = { html: files.join(directory, 'report.html'), json: files.join(directory, 'report.json') }
  await files.makeDirectory(directory)
  await files.writeAtomic(written.json, `${JSON.stringify(report, null, 2)}\n`)
  await files.writeAtomic(written.html, page)
  return written
}
