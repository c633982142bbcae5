import { parseHTML } from 'linkedom'
import { expect, test } from 'vitest'
import { hasData, ofSeries } from '#seqlab/evaluation/report/chart.js'
import { type FigureId, figureIds, placedFigure, renderFigure } from '#seqlab/evaluation/report/figures.js'
import { lossBySteps } from '#seqlab/evaluation/report/lossCharts.js'
import { lastPoint, markerPoints, meanPoint, medianPoint, thin } from '#seqlab/evaluation/report/series.js'
import { exampleReport } from './report-fixture.js'

/** The places of a model's line in a figure, in pixels from the top left: [x, y]. */
async function drawnLine(id: FigureId, series: number, report = exampleReport()): Promise<number[][]> {
  const { document } = parseHTML(await renderFigure(report, id))
  const line = document.querySelector(`g[clip-path] g[stroke="var(--series-${series + 1})"][stroke-width="2"] path`)
  const numbers = line?.getAttribute('d')?.match(/[\d.]+,[\d.]+/g) ?? []
  return numbers.map((pair) => pair.split(',').map(Number))
}

test('a standalone figure is well-formed, has its own style for light and dark, and no other file', async () => {
  for (const id of figureIds) {
    const svg = await renderFigure(exampleReport(['a & b <c>', 'gla\u0001\u00a0']), id)
    expect(svg).toMatch(/^<svg [^>]*xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
    expect(svg).toContain('prefers-color-scheme: dark')
    expect(svg).not.toMatch(/&(?!amp;|lt;|gt;|quot;|#39;|#x27;)/)
    expect(svg.replace(/<\/?[A-Za-z][^<>]*>/g, '')).not.toMatch(/[<>]/)
    expect(svg).not.toMatch(/href|<script/)
    expect(svg).not.toContain('\u00a0')
    expect(svg).toContain('gla\u2401')
    expect(svg).toContain('a &amp; b &lt;c&gt;')
  }
})

test('a state that grows climbs, one that is constant is level, and one that fills up does both', async () => {
  const grows = await drawnLine('state-bytes', 0)
  const fills = await drawnLine('state-bytes', 1)
  const constant = await drawnLine('state-bytes', 2)
  expect(constant.length).toBeGreaterThan(10)
  expect(new Set(constant.map(([, y]) => y)).size).toBe(1)
  for (let i = 1; i < grows.length; i++) expect(grows[i][1]).toBeLessThan(grows[i - 1][1])
  expect(fills[1][1]).toBeLessThan(fills[0][1])
  expect(fills[fills.length - 1][1]).toBe(fills[10][1])
})

test('against time a slower model ends further right, against tokens all end together', async () => {
  const ends = async (id: FigureId) => {
    const lines = await Promise.all([0, 1, 2, 3].map((series) => drawnLine(id, series)))
    return lines.map((line) => line[line.length - 1][0])
  }
  expect(new Set(await ends('loss-tokens')).size).toBe(1)
  const [transformer, , , deltanet] = await ends('loss-time')
  expect(deltanet).toBeGreaterThan(1.5 * transformer)
})

test('the loss axis ends where the first tenth of training does, says so, and no marker lies beyond it', async () => {
  const report = exampleReport(['gla'])
  const tenth = report.models[0].curve.find(({ step }) => step === 60)?.trainLoss ?? 0
  const end = Number(lossBySteps(report).caption.match(/above the axis, which ends at ([\d.]+)\./)?.[1])
  expect(end).toBeGreaterThan(tenth)
  expect(end).toBeLessThan(tenth + 0.15)
  const { document } = parseHTML(await renderFigure(report, 'loss-steps'))
  const top = Number(document.querySelector('[id^=loss-steps-clip] rect')?.getAttribute('y'))
  const places = [...document.querySelectorAll('g[stroke-width="1.75"] circle')].map((marker) =>
    Number(marker.getAttribute('cy')),
  )
  // One of the markers is the legend's, which is above every line.
  expect(places.filter((y) => y < top)).toHaveLength(1)
  expect(places.length).toBeGreaterThan(8)
})

test('a loss that stops being a number ends its line there and leaves the others as they are', async () => {
  const report = exampleReport()
  for (const point of report.models[0].curve.slice(300))
    Object.assign(point, { trainLoss: Number.NaN, validLoss: Infinity })
  const broken = await drawnLine('loss-steps', 0, report)
  const whole = await drawnLine('loss-steps', 1, report)
  expect(broken[broken.length - 1][0]).toBeLessThan(0.6 * whole[whole.length - 1][0])
  expect(await renderFigure(report, 'loss-steps')).not.toContain('NaN')
})

test('times that differ by more than thirty times get a logarithmic axis, others one from zero', async () => {
  const heights = async (factor: number) => {
    const report = exampleReport(['gla', 'deltanet'])
    for (const point of report.models[0].decode) point.microseconds = 500 / factor
    for (const point of report.models[1].decode) point.microseconds = 500
    const lines = await Promise.all([0, 1].map((series) => drawnLine('generation-time', series, report)))
    return { heights: lines.map(([[, y]]) => y), svg: await renderFigure(report, 'generation-time') }
  }
  const near = await heights(2)
  expect(near.svg).toMatch(/>0<\/text>.*>400<\/text>/)
  const far = await heights(1000)
  expect(far.svg).toMatch(/>1<\/text>.*>100<\/text>/)
  expect(far.heights[0] - far.heights[1]).toBeGreaterThan(near.heights[0] - near.heights[1])
})

test('panels stand below each other where it is narrow', async () => {
  const size = async (width: number) => {
    const svg = await renderFigure(exampleReport(), 'loss-steps', { width })
    return (
      svg
        .match(/viewBox="[-\d]+ [-\d]+ (\d+) (\d+)"/)
        ?.slice(1)
        .map(Number) ?? []
    )
  }
  const [wide, narrow] = [await size(940), await size(360)]
  expect([wide[0], narrow[0]]).toEqual([940, 360])
  expect(wide[1]).toBeLessThan(wide[0] / 2)
  expect(narrow[1]).toBeGreaterThan(narrow[0])
})

test('an unknown figure is refused with the names there are', async () => {
  await expect(renderFigure(exampleReport(), 'loss' as FigureId)).rejects.toThrow(
    'figure must be one of loss-steps, loss-tokens, loss-time, loss-flops, generation-time, state-bytes, got loss',
  )
})

test('a long line is gathered into at most 80 points that keep its mean, its middle or its last values', () => {
  const points = Array.from({ length: 1000 }, (_, i) => ({ x: i, y: i % 2 ? 3 : 1 }))
  const { points: means, block } = thin(points, meanPoint)
  expect([means.length, block]).toEqual([77, 13])
  expect(means.reduce((sum, { y }) => sum + y, 0) / means.length).toBeCloseTo(2, 1)
  expect(thin(points, lastPoint).points[76]).toEqual({ x: 999, y: 3 })
  const spike = [1, 2, 3, 900].map((y, x) => ({ x, y }))
  expect(medianPoint(spike)).toEqual({ x: 1.5, y: 2.5 })
  expect(medianPoint(spike.slice(1))).toEqual({ x: 2, y: 3 })
  expect(
    thin(
      [
        { x: 0, y: Number.NaN },
        { x: 1, y: 5 },
      ],
      meanPoint,
    ).points,
  ).toEqual([{ x: 1, y: 5 }])
})

test('markers of equal lines lie at different places, and the last point always has one', () => {
  const points = Array.from({ length: 100 }, (_, i) => ({ x: i + 1, y: 7 }))
  const places = [0, 1, 2, 3].map((series) => markerPoints(points, series, 'linear').map(({ x }) => x))
  for (const place of places) expect(place[place.length - 1]).toBe(100)
  const inner = places.flatMap((place) => place.slice(0, -1))
  expect(new Set(inner).size).toBe(inner.length)
  expect(markerPoints([], 0, 'linear')).toEqual([])
})

test('FLOPs are drawn where they were counted, and only of the models that are chosen', () => {
  const report = exampleReport()
  expect(hasData(placedFigure(report, 'loss-flops').figure)).toBe(false)
  const models = report.models.map((model) => ({
    ...model,
    curve: model.curve.map((point) => ({ ...point, flops: 2e9 * point.step })),
  }))
  const { figure } = placedFigure({ ...report, models }, 'loss-flops')
  expect(hasData(figure)).toBe(true)
  expect(figure.planes[0].x.label).toBe('FLOPs of training (10¹²)')
  expect(ofSeries(figure, new Set([2])).planes[0].lines.map(({ series }) => series)).toEqual([2, 2])
})
