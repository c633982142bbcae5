import { type Chart, figureOf } from './chart.js'
import { generationTime, stateSize } from './decodeCharts.js'
import { drawFigure, standAlone, standAloneWidth } from './drawFigure.js'
import { type DrawingOptions, openDrawing } from './drawing.js'
import { halfWidth, type PlacedFigure, wholeWidth } from './figureMarkup.js'
import { lossByFlops, lossBySteps, lossByTime, lossByTokens } from './lossCharts.js'
import type { ComparisonReport } from './types.js'

/** Where the table and the words take the cost of generation from. */
const reference = { x: 1000, label: 'position 1,000' }

/** The figures of a report, in its order, with the width that each is drawn at where there is room. */
const figures = {
  'loss-steps': { chart: lossBySteps, width: wholeWidth },
  'loss-tokens': { chart: lossByTokens, width: wholeWidth },
  'loss-time': { chart: lossByTime, width: wholeWidth },
  'loss-flops': { chart: lossByFlops, width: wholeWidth },
  'generation-time': { chart: ({ models }) => ({ ...generationTime(models), reference }), width: halfWidth },
  'state-bytes': { chart: ({ models }) => ({ ...stateSize(models), reference }), width: halfWidth },
} satisfies Record<string, { chart: (report: ComparisonReport) => Chart; width: number }>

export type FigureId = keyof typeof figures

export const figureIds = Object.keys(figures) as FigureId[]

export const placedFigure = (report: ComparisonReport, id: FigureId): PlacedFigure => ({
  id,
  figure: figureOf(figures[id].chart(report)),
  width: figures[id].width,
})

/**
 * One figure of a report as an SVG file of its own, for a README or a paper: light or dark as its reader's system.
 * `width` is in pixels.
 *
 * @throws when there is no such figure, or no model.
 */
export async function renderFigure(
  report: ComparisonReport,
  figureId: FigureId,
  options: DrawingOptions & { width?: number } = {},
): Promise<string> {
  if (!(figureId in figures)) {
    throw new Error(`report: figure must be one of ${figureIds.join(', ')}, got ${figureId}`)
  }
  const drawing = await openDrawing(report.models, options)
  const { figure, width } = placedFigure(report, figureId)
  const names = report.models.map(({ model }) => model)
  return standAlone(drawFigure(figure, figureId, names, standAloneWidth(options.width ?? width), drawing), drawing)
}
