import { expect, test } from 'vitest'
import type { Score } from '#seqlab/evaluation/jobs/job.js'
import { largestField } from '#seqlab/evaluation/study/report/fields.js'
import { extent, outcome, trust, tuning } from '#seqlab/evaluation/study/report/overview.js'
import { lead, standings, verdict } from '#seqlab/evaluation/study/report/standing.js'
import { summarize } from '#seqlab/evaluation/study/report/summary.js'
import type { StudyReport } from '#seqlab/evaluation/study/types.js'
import { exampleStudy, pairsOf, parity, recall } from './fixture.js'

const fieldOf = (report: StudyReport, task = recall) => largestField(report, task)!

/** The example with other scores on the recall task's larger size, pair by pair computed anew. */
function withScores(scores: Record<string, number[]>, mean: (values: number[]) => Score): StudyReport {
  const report = exampleStudy()
  const entries = report.entries.flatMap((entry) => {
    const values = scores[entry.mechanism]
    if (entry.task !== recall.key || entry.size.dim !== 64 || !values) return []
    const runs = values.map((value, i) => ({ ...entry.runs[i], score: { mean: value, low: value, high: value } }))
    return [{ ...entry, runs, score: mean(values) }]
  })
  return { ...report, entries, pairs: pairsOf(entries) }
}

const around = (values: number[]): Score => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return { mean, low: mean - 0.01, high: mean + 0.01 }
}

test('a lead is claimed only over those whose paired interval excludes 0, with its figures', () => {
  const { answer, open, sentences } = summarize(exampleStudy(), fieldOf(exampleStudy()))
  expect(answer).toBe('attention')
  expect(open).toEqual(['deltanet'])
  // attention − gla over seeds: 0.218, 0.17, 0.199; mean 0.19567, standard error 0.01396, t(2) = 4.3027.
  expect(sentences[0]).toBe(
    'attention is better than gla (by 0.196, interval 0.136 to 0.256) and lstm (by 0.999, interval 0.996 to 1.001): these paired intervals exclude 0.',
  )
  expect(sentences[1]).toMatch(
    /^Not told apart from attention, as the paired interval includes 0: deltanet \(by 0\.00043, /,
  )
})

test('the value names the metric, the interval and the seeds', () => {
  expect(summarize(exampleStudy(), fieldOf(exampleStudy())).value).toBe(
    'accuracy 0.999, 95% interval 0.997 to 1.001 over 3 seeds',
  )
})

test('who scores the same on every seed is named with the best', () => {
  const report = withScores({ attention: [1, 1, 1], deltanet: [1, 1, 1], gla: [0.5, 0.6, 0.55] }, around)
  const { answer, value, open } = summarize(report, fieldOf(report))
  expect(answer).toBe('attention and deltanet')
  expect(value).toMatch(/^the same on every seed: accuracy 1\.000/)
  expect(open).toEqual([])
})

test('of one seed nothing is claimed, and the reader is told', () => {
  const report = withScores({ attention: [0.9], gla: [0.5] }, ([mean]) => ({ mean, low: -Infinity, high: Infinity }))
  const one = {
    ...report,
    seeds: [1],
    entries: report.entries.map((entry) => ({ ...entry, runs: entry.runs.slice(0, 1) })),
  }
  const { value, sentences } = summarize(one, fieldOf(one))
  expect(value).toBe('accuracy 0.900 from one seed, without an interval')
  expect(sentences.join(' ')).toContain('Without a paired interval, and so without a verdict: gla.')
  expect(sentences.join(' ')).not.toMatch(/better|chance/)
  expect(trust(one)).toContain('no lead be called one')
})

test('where less is better the lead goes to the lower score', () => {
  const { answer, sentences } = summarize(exampleStudy(), fieldOf(exampleStudy(), parity))
  expect(answer).toBe('lstm')
  expect(sentences[0]).toMatch(/^lstm is better than deltanet \(by 0\.013, /)
})

test('who cannot be told from chance, who solved the task and who diverged are named', () => {
  const recalled = summarize(exampleStudy(), fieldOf(exampleStudy())).sentences.join(' ')
  expect(recalled).toContain('Not told apart from chance (0.000244), which the interval includes: lstm.')
  expect(recalled).toMatch(
    /Reached 0\.99 on validation: attention on 3 of 3 seeds, after 655K to 737K tokens; deltanet/,
  )
  const flipped = summarize(exampleStudy(), fieldOf(exampleStudy(), parity)).sentences.join(' ')
  expect(flipped).toContain('Not told apart from chance (0.693), which the interval includes: attention.')
  expect(flipped).toContain('Without a finite score, as training diverged: gla (1 of 3 seeds).')
})

test('who is worse than chance is not called at chance', () => {
  const report = withScores({ attention: [0.9, 0.91, 0.92], gla: [0.1, 0.1, 0.1] }, around)
  const tasks = report.tasks.map((task) => ({ ...task, chance: 0.5 }))
  const text = summarize({ ...report, tasks }, { ...fieldOf(report), task: tasks[0] }).sentences.join(' ')
  expect(text).toContain('Worse than chance (0.5): gla.')
  expect(text).not.toContain('Not told apart from chance')
})

test('a verdict needs an interval, and an end on 0 excludes nothing', () => {
  const of = (low: number, high: number) => verdict({ mean: (low + high) / 2, low, high })
  expect([of(0.1, 0.2), of(-0.2, -0.1), of(-0.1, 0.1), of(0, 0.1), of(0, 0)]).toEqual([
    'better',
    'worse',
    'open',
    'open',
    'equal',
  ])
  expect([verdict(undefined), of(-Infinity, Infinity), of(Number.NaN, Number.NaN)]).toEqual([
    'unknown',
    'unknown',
    'unknown',
  ])
})

test('a difference is the same from either side with its sign turned', () => {
  const report = exampleStudy()
  const there = lead(report, fieldOf(report), 'attention', 'gla')
  const back = lead(report, fieldOf(report), 'gla', 'attention')
  expect(there?.mean).toBeCloseTo(0.19567, 4)
  expect(back).toEqual({ mean: -there!.mean, low: -there!.high, high: -there!.low })
})

test('mechanisms that are not told apart share a rank, and who diverged has none', () => {
  const places = (task = recall) =>
    standings(exampleStudy(), fieldOf(exampleStudy(), task)).map(({ entry, place, shared }) => [
      entry.mechanism,
      place,
      shared,
    ])
  expect(places()).toEqual([
    ['attention', 1, true],
    ['deltanet', 1, true],
    ['gla', 3, false],
    ['lstm', 4, false],
  ])
  expect(places(parity)).toEqual([
    ['lstm', 1, false],
    ['deltanet', 2, false],
    ['attention', 3, false],
    ['gla', Number.NaN, false],
  ])
})

test('the words on tuning say who was tried otherwise and whose rate lies at the edge', () => {
  const report = exampleStudy()
  expect(tuning(report)[0]).toBe(
    'Every mechanism was given the same search: 4 learning rates (0.0003, 0.001, 0.003 and 0.01) on seed 1, chosen by the score on the validation part.',
  )
  expect(tuning(report).slice(1)).toEqual([expect.stringMatching(/^Chosen at the edge of the search, .*: lstm on/)])
  const entries = report.entries.map((entry, i) => (i === 0 ? { ...entry, tried: entry.tried.slice(1) } : entry))
  expect(tuning({ ...report, entries })[1]).toBe(
    'Not alike: attention on Multi-query associative recall (dim 32, layers 2) was tried at other rates or seeds.',
  )
})

test('the line for an index names the extent, and the best with who is not told apart', () => {
  const report = exampleStudy()
  expect(extent(report)).toBe('4 mechanisms × 2 tasks × 2 sizes × 3 seeds: 36 runs.')
  expect(outcome(report)).toMatch(/\(dim 64, layers 2\): attention, not told apart from deltanet; Parity: lstm\.$/)
})
