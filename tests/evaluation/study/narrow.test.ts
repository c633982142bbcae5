import { describe, expect, it } from 'vitest'
import { meanInterval, pairedInterval } from '#seqlab/evaluation/statistics.js'
import { narrowStudy } from '#seqlab/evaluation/study/narrow.js'
import { exampleStudy } from './fixture.js'

const study = exampleStudy()
const all = { tasks: study.tasks.map(({ key }) => key), mechanisms: study.mechanisms, seeds: study.seeds }

describe('narrowStudy', () => {
  it('changes nothing where everything is chosen', () => {
    expect(narrowStudy(study, all)).toEqual(study)
  })

  it('keeps the numbers of the tasks and mechanisms that are chosen, and the list of all mechanisms', () => {
    const [{ key }] = study.tasks
    const [first, second] = study.mechanisms
    const part = narrowStudy(study, { ...all, tasks: [key], mechanisms: [first, second] })
    expect(part.mechanisms).toEqual(study.mechanisms)
    const kept = study.entries.filter(({ task, mechanism }) => task === key && [first, second].includes(mechanism))
    expect(part.entries).toEqual(kept)
    expect(part.pairs.every((pair) => pair.task === key && pair.first === first && pair.second === second)).toBe(true)
    expect(part.pairs.length).toBeGreaterThan(0)
  })

  it('has the means, intervals and differences of the seeds that are chosen', () => {
    const seeds = study.seeds.slice(0, 2)
    const part = narrowStudy(study, { ...all, seeds })
    const [entry] = part.entries
    const other = part.entries.find(
      ({ task, size, mechanism }) =>
        task === entry.task && size.dim === entry.size.dim && mechanism !== entry.mechanism,
    )!
    const scores = ({ runs }: typeof entry) => runs.map(({ score }) => score.mean)
    expect(entry.runs.map(({ seed }) => seed)).toEqual(seeds)
    expect(entry.score).toEqual(meanInterval(scores(entry)))
    const pair = part.pairs.find(({ first, second }) => first === entry.mechanism && second === other.mechanism)
    expect(pair?.difference).toEqual(pairedInterval(scores(entry), scores(other)))
    expect(narrowStudy(study, { ...all, seeds: [99] }).entries).toEqual([])
  })

  it('does not take a run that diverged for one that scored 0, read back from JSON or not', () => {
    const read = JSON.parse(JSON.stringify(study))
    const lost = study.entries.findIndex(({ runs }) => runs.some(({ score }) => !Number.isFinite(score.mean)))
    const seeds = study.seeds.slice(0, 2)
    expect(lost).toBeGreaterThanOrEqual(0)
    for (const one of [study, read]) expect(narrowStudy(one, { ...all, seeds }).entries[lost].score.mean).toBeNaN()
  })
})
