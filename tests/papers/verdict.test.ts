import '#seqlab/index.js'
import { describe, expect, it } from 'vitest'
import type { Executor } from '#seqlab/engine/index.js'
import {
  type Claim,
  type Demonstration,
  type DemonstrationResult,
  type Lab,
  verdictOf,
  withinTolerance,
} from '#seqlab/papers/demonstration.js'
import { runDemonstration } from '#seqlab/papers/run.js'

const claim = (holds: Claim['holds'], ...figures: Claim['figures'][number][]): Claim => ({
  says: 'it is so',
  holds,
  figures,
})
const figure = (name: string, value: number, tolerance = 0.1) => ({ name, value, tolerance })

describe('a verdict', () => {
  it.each([
    ['holds', [true, true]],
    ['holds', [true, 'planned']],
    ['partly', [true, false]],
    ['partly', [true, false, 'planned']],
    ['does not hold', [false, false]],
    ['does not hold', [false, 'planned']],
    ['does not hold', ['planned']],
    ['does not hold', []],
  ] as const)('is %s for claims %j', (verdict, claims) => {
    expect(verdictOf(claims.map((holds) => claim(holds)))).toBe(verdict)
  })
})

describe('a rerun', () => {
  const result = (...claims: Claim[]): DemonstrationResult => {
    return { id: 'x', command: '', seed: 1, verdict: verdictOf(claims), sentence: '', claims, seconds: 1 }
  }
  const before = result(claim(true, figure('accuracy', 0.9), figure('errors', 0, 0)), claim(true, figure('loss', 1)))
  const lands = (...claims: Claim[]) => withinTolerance(result(...claims), before)

  it('lands where figures are as near as they were stored to need', () => {
    expect(withinTolerance(before, before)).toBe(true)
    expect(lands(claim(true, figure('accuracy', 0.81), figure('errors', 0)), claim(true, figure('loss', 1.09)))).toBe(
      true,
    )
  })

  it('lands whatever the order and the grouping of its figures', () => {
    expect(lands(claim(true, figure('loss', 1), figure('errors', 0)), claim(true, figure('accuracy', 0.9)))).toBe(true)
  })

  it.each([
    ['a figure is too far', claim(true, figure('accuracy', 0.79), figure('errors', 0)), claim(true, figure('loss', 1))],
    [
      'a count is another',
      claim(true, figure('accuracy', 0.9), figure('errors', 1, 9)),
      claim(true, figure('loss', 1)),
    ],
    [
      'the verdict is another',
      claim(true, figure('accuracy', 0.9), figure('errors', 0)),
      claim(false, figure('loss', 1)),
    ],
    ['a figure is missing', claim(true, figure('accuracy', 0.9), figure('errors', 0)), claim(true)],
    [
      'a figure is new',
      claim(true, figure('accuracy', 0.9), figure('errors', 0)),
      claim(true, figure('loss', 1), figure('more', 1)),
    ],
    [
      'a figure is no number',
      claim(true, figure('accuracy', Number.NaN), figure('errors', 0)),
      claim(true, figure('loss', 1)),
    ],
  ])('does not where %s', (_, ...claims) => {
    expect(lands(...claims)).toBe(false)
  })
})

describe('running a demonstration', () => {
  const closed: string[] = []
  const run = (work: (lab: Lab) => Promise<Claim[]>, signal?: AbortSignal) => {
    const demonstration: Demonstration = {
      id: 'x',
      files: [],
      seed: 7,
      run: async (lab) => ({ claims: await work(lab), sentence: 'It ran.' }),
    }
    const makeExecutor = async () =>
      ({ compile: async () => ({}), close: async () => closed.push('one') }) as unknown as Executor
    return runDemonstration(demonstration, { text: 'plays', signal, makeExecutor, onProgress: () => {} })
  }

  it('gives results in order, two at a time', async () => {
    let now = 0
    let most = 0
    const { claims, seed, verdict, command } = await run(async (lab) => {
      const results = await lab.each([3, 1, 2], async (item, { seed }) => {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setTimeout(resolve, item))
        now--
        return item * seed
      })
      return [claim(true, ...results.map((value, at) => figure(`${at}`, value)))]
    })
    expect({ seed, verdict, command, most }).toEqual({
      seed: 7,
      verdict: 'holds',
      command: 'npx seqlab paper x --run',
      most: 2,
    })
    expect(claims[0].figures.map(({ value }) => value)).toEqual([21, 7, 14])
  })

  it('closes every executor when one of its works fails, and tells the failure', async () => {
    closed.length = 0
    const seen: number[] = []
    const failing = run((lab) =>
      lab.each([1, 2, 3, 4], async (item) => {
        seen.push(item)
        await new Promise((resolve) => setTimeout(resolve, item))
        if (item === 1) throw new Error('no luck')
        return claim(true)
      }),
    )
    await expect(failing).rejects.toThrow('no luck')
    expect({ seen, closed: closed.length }).toEqual({ seen: [1, 2], closed: 3 })
  })

  it('stops at the next computation once it is told to', async () => {
    const stopped = run(
      async (lab) => {
        await lab.executor.compile({} as never)
        return []
      },
      AbortSignal.abort(new Error('stop')),
    )
    await expect(stopped).rejects.toThrow('stop')
  })

  it('refuses figures that JSON cannot hold, or that cannot be told apart', async () => {
    await expect(run(async () => [claim(true, figure('loss', Number.NaN))])).rejects.toThrow(
      'paper x: expected "loss" to be finite, got NaN',
    )
    await expect(run(async () => [claim(true, figure('loss', 1)), claim(true, figure('loss', 2))])).rejects.toThrow(
      'paper x: expected figures of different names, got "loss" twice',
    )
  })
})
