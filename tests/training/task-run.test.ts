/** Whole runs on tasks: when they end, and that an interrupted one ends as one that was not. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Executor, onnxExecutor } from '#seqlab/engine/index.js'
import { preset, resolveConfig } from '#seqlab/models/index.js'
import { setPlatform } from '#seqlab/platform/index.js'
import { nodePlatform } from '#seqlab/platform/node.js'
import { type ExampleSource, loaded, type Metric, modelInterface } from '#seqlab/tasks/index.js'
import {
  exampleData,
  resumeRun,
  type TrainingEvent,
  type TrainingResult,
  train,
  trainingSettings,
} from '#seqlab/training/index.js'
import { expectSameEnd } from '../cli/command.js'
import { echoes } from './echo.js'
import { temporaryFolder } from './temporary-folder.js'

let executor: Executor
beforeAll(async () => {
  setPlatform(nodePlatform)
  executor = await onnxExecutor({ threads: 1 })
})
afterAll(() => executor.close())

const show = () => ({ input: '', answer: '' })

/** One of 12 vectors, and its first value. */
const first = (() => {
  const example = (number: number) => ({
    inputs: Float32Array.from({ length: 8 }, (_, i) => Math.sin(number * 8 + i)),
    targets: Float32Array.from({ length: 4 }, (_, i) => Math.sin(number * 8 + 2 * i)),
    weights: new Float32Array(4).fill(1),
  })
  const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => example(from + i))
  return loaded({
    task: 'first',
    input: { kind: 'vectors', width: 2 },
    output: { kind: 'values', outputs: 1 },
    chance: 0.5,
    parts: { train: numbered(0, 12), validation: numbered(12, 16), test: numbered(16, 20) },
    show,
  })
})()

interface Wanted {
  readonly source: ExampleSource
  readonly metric: Metric
  readonly settings?: object
  readonly signal?: AbortSignal
  onEvent?(event: TrainingEvent): void
}

async function trained(folder: string, { source, metric, settings, signal, onEvent }: Wanted): Promise<TrainingResult> {
  const run = await resumeRun(folder, {})
  try {
    return await train({
      run,
      model: resolveConfig({ ...modelInterface(source), ...preset('gla'), layers: 1, dim: 16, heads: 2 }),
      settings: trainingSettings.parse({
        ...{ steps: 36, batch: 8, context: source.length, rate: 0.02, saveEvery: 7 },
        ...settings,
      }),
      data: exampleData(metric, source),
      executor,
      signal,
      onEvent,
    })
  } finally {
    await run.release()
  }
}

async function metricsOf(folder: string): Promise<Record<string, number>[]> {
  const lines = (await readFile(join(folder, 'metrics.jsonl'), 'utf8')).trim().split('\n')
  return lines.map((line) => {
    const { seconds: _, ...entry } = JSON.parse(line)
    return entry
  })
}

describe('a run that is solved ends', () => {
  it('at the first estimate with at least the score, where higher is better', async () => {
    const folder = await temporaryFolder()
    const settings = { steps: 200, rate: 5e-3, solvedAt: 0.95, evaluateEvery: 3 }
    const { steps, stopped, score } = await trained(folder, { source: echoes, metric: 'accuracy', settings })
    expect(stopped).toBe('solved')
    expect(score).toBeGreaterThan(0.9)
    const scores = (await metricsOf(folder)).flatMap(({ step, score }) => (score === undefined ? [] : [[step, score]]))
    expect(scores.at(-1)![0]).toBe(steps)
    expect(scores.at(-1)![1]).toBeGreaterThanOrEqual(0.95)
    expect(scores.length).toBeGreaterThan(1)
    for (const [, score] of scores.slice(0, -1)) expect(score).toBeLessThan(0.95)
    expect(steps).toBeLessThan(200)
  })

  it('at the first estimate with at most the score, where lower is better', async () => {
    const folder = await temporaryFolder()
    const settings = { steps: 200, rate: 5e-3, solvedAt: 0.1, evaluateEvery: 3 }
    const { steps, stopped } = await trained(folder, { source: first, metric: 'squaredError', settings })
    expect(stopped).toBe('solved')
    const scores = (await metricsOf(folder)).flatMap(({ score }) => score ?? [])
    expect(scores.at(-1)).toBeLessThanOrEqual(0.1)
    expect(scores.length).toBeGreaterThan(1)
    for (const score of scores.slice(0, -1)) expect(score).toBeGreaterThan(0.1)
    expect(steps).toBeLessThan(200)
  })

  it('and stays ended when it was stopped before its result was known', async () => {
    const folder = await temporaryFolder()
    const controller = new AbortController()
    const settings = { steps: 200, solvedAt: 0.95, evaluateEvery: 5 }
    const options = { source: echoes, metric: 'accuracy', settings } as const
    const solvedAt = (event: TrainingEvent) => (event.score ?? 0) >= 0.95 && controller.abort()
    const first = await trained(folder, { ...options, signal: controller.signal, onEvent: solvedAt as never })
    expect(first.stopped).toBe('interrupted')
    const again = await trained(folder, options)
    expect(again).toMatchObject({ stopped: 'solved', steps: first.steps })
    expect(again.score).toBeGreaterThan(0.9)
  })

  it('not at a score that is never reached', async () => {
    const folder = await temporaryFolder()
    const settings = { steps: 20, solvedAt: 1.1 }
    const result = await trained(folder, { source: echoes, metric: 'accuracy', settings })
    expect(result).toMatchObject({ steps: 20, stopped: 'finished' })
  })
})

describe('an interrupted run on a task ends in the bytes of one that was not', () => {
  it.each([
    ['drawn examples', { source: echoes, metric: 'accuracy' }],
    ['a finite number of examples, in the middle of an epoch', { source: first, metric: 'squaredError' }],
    ['accumulated parts', { source: echoes, metric: 'accuracy', settings: { accumulate: 3 } }],
  ] satisfies [string, Wanted][])('%s', async (_, options) => {
    const [whole, parts] = [await temporaryFolder(), await temporaryFolder()]
    const uninterrupted = await trained(whole, options)
    for (const until of [10, 23]) {
      const controller = new AbortController()
      const onEvent = ({ step }: TrainingEvent) => void (step === until && controller.abort())
      const part = await trained(parts, { ...options, signal: controller.signal, onEvent })
      expect(part).toMatchObject({ stopped: 'interrupted', steps: until })
    }
    const { seconds: _a, tokensPerSecond: _b, resumedFrom, ...result } = await trained(parts, options)
    expect(resumedFrom).toBe(23)
    expect(uninterrupted).toMatchObject(result)
    await expectSameEnd(whole, parts)
    expect(await metricsOf(parts)).toEqual(await metricsOf(whole))
  })
})
