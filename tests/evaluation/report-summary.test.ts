import { expect, test } from 'vitest'
import {
  formatBytes,
  formatLoss,
  formatMeasured,
  formatPercent,
  formatSeconds,
} from '#seqlab/evaluation/report/format.js'
import { measures, rank } from '#seqlab/evaluation/report/ranking.js'
import { findings, growth, standfirst, trust } from '#seqlab/evaluation/report/summary.js'
import { exampleReport } from './report-fixture.js'

function reportWith(losses: number[]) {
  const report = exampleReport(losses.map((_, i) => `m${i}`))
  report.models.forEach((model, i) => {
    model.validLoss = losses[i]
  })
  return report
}

const places = (losses: number[]) =>
  rank(reportWith(losses).models, measures.validLoss).map(
    ({ model, place, tied }) => `${place}${tied ? '=' : ''} ${model.model}`,
  )

test('losses within one per cent of the best of their tie share its place', () => {
  expect(places([1.9, 1.8, 1.817, 1.83])).toEqual(['1= m1', '1= m2', '3 m3', '4 m0'])
  expect(places([2, 1])).toEqual(['1 m1', '2 m0'])
})

test('a chain of small differences is not one long tie', () => {
  expect(places([1, 1.009, 1.018, 1.027])).toEqual(['1= m0', '1= m1', '3= m2', '3= m3'])
})

test('a model whose loss is not finite is last and ranked by nothing, however fast it was', () => {
  const { models } = reportWith([Number.NaN, 1.8, Infinity])
  models[0].tokensPerSecond = 1e6
  for (const measure of Object.values(measures)) {
    const standings = rank(models, measure)
    expect(standings[0].model.model).toBe('m1')
    expect(standings.slice(1).map(({ place }) => place)).toEqual([Number.NaN, Number.NaN])
  }
})

test('the summary names a tie as a tie and gives the distance to the next and the last', () => {
  const [loss, training, generation, state] = findings(exampleReport())
  expect(loss).toEqual({
    question: 'Lowest validation loss',
    answer: 'gla and transformer-xl',
    value: '1.807 to 1.808 nats per token',
    detail: 'A tie: within 1%. Next: transformer, 1.844 (2% higher). Last: deltanet, 1.867 (3.3% higher).',
  })
  expect(training.answer).toBe('transformer')
  expect(training.detail).toBe('Next: gla, 15,800 (26% slower). Last: deltanet, 11,200 (48% slower).')
  expect(generation.value).toBe('518 µs at position 1,000')
  expect(state.detail).toBe(
    'Exactly equal. Next: transformer-xl, 256 KiB (4 times as large). Last: transformer, 3.91 MiB (62.6 times as large).',
  )
})

test('one model alone is called best at nothing', () => {
  const report = exampleReport(['gla'])
  expect(findings(report)).toEqual([])
  expect(standfirst(report)).toBe('gla, with 814,708 parameters, trained on 461K tokens of Tiny Shakespeare.')
})

test('the summary says that one seed gives no interval, and what the models shared', () => {
  expect(trust(exampleReport())).toContain('one seed, so no interval')
  expect(standfirst(exampleReport())).toBe(
    '4 models, each trained on 461K tokens of Tiny Shakespeare, with parameter counts within 1.4% of each other.',
  )
  const unequal = exampleReport()
  unequal.models[0].curve.length = 300
  expect(standfirst(unequal)).toContain('each trained on 230K to 461K tokens')
})

test('the growth of a state is told apart: with every token, up to a limit, or not at all', () => {
  const [transformer, segments, gla] = growth(exampleReport())
  expect(transformer).toMatch(/^transformer adds 4 KiB of state per token; a token takes \d+ µs about position 49 and /)
  expect(segments).toMatch(/^transformer-xl fills its state of 256 KiB by position 65 and keeps that size; /)
  expect(gla).toMatch(/^gla keeps a state of 64 KiB at every position; /)
})

test('numbers keep three digits, binary units and a word where there is no value', () => {
  expect([0, 512, 1024, 65_536, 4_096_000, 2 ** 31].map(formatBytes)).toEqual([
    '0 B',
    '512 B',
    '1 KiB',
    '64 KiB',
    '3.91 MiB',
    '2 GiB',
  ])
  expect([0.01234, 1.2345, 48.35, 712.4, 12_345.6].map(formatMeasured)).toEqual([
    '0.0123',
    '1.23',
    '48.4',
    '712',
    '12,346',
  ])
  expect([21.46, 180, 7300].map(formatSeconds)).toEqual(['21.5 s', '3 min', '2.03 h'])
  expect(formatPercent(0.0137)).toBe('1.4%')
  expect([formatLoss(Number.NaN), formatBytes(Number.NaN)]).toEqual(['not finite', 'not measured'])
})
