import type { JobResult, Score } from '#seqlab/evaluation/jobs/job.js'
import { meanInterval, pairedInterval } from '#seqlab/evaluation/statistics.js'
import type { StudiedTask, StudyEntry, StudyReport, StudyRun } from '#seqlab/evaluation/study/types.js'

const kib = 1024
const seeds = [1, 2, 3]
const rates = [0.0003, 0.001, 0.003, 0.01]

interface Shape {
  state: (length: number) => number
  speed: number
  rate: number
  time: (position: number) => number
}

const shapes: Record<string, Shape> = {
  attention: { state: (t) => kib * t, speed: 42_000, rate: 0.001, time: (t) => 200 + 0.9 * t },
  deltanet: { state: () => 16 * kib, speed: 21_000, rate: 0.003, time: () => 260 },
  gla: { state: () => 16 * kib, speed: 29_000, rate: 0.003, time: () => 240 },
  lstm: { state: () => kib, speed: 35_000, rate: 0.01, time: () => 120 },
}

export const mechanisms = Object.keys(shapes)

export const recall: StudiedTask = {
  key: 'mqar:length=64:pairs=4',
  id: 'mqar',
  title: 'Multi-query associative recall',
  shows: 'Whether a model finds again what it was told, for several keys at once.',
  metric: 'accuracy',
  higherIsBetter: true,
  chance: 1 / 4096,
  settings: { length: 64, pairs: 4, vocabulary: 8192 },
  difficulty: 'length',
  published: [
    { model: 'Attention', setting: 'd = 64, 2 layers', metric: 'accuracy', value: 1, from: 'Zoology, figure 2' },
    {
      model: 'H3',
      setting: 'd = 64, 2 layers',
      metric: 'accuracy',
      value: 0.93,
      from: 'Zoology, figure 2',
      warning: 'read off the plot, about ±0.03.',
    },
  ],
}

export const parity: StudiedTask = {
  key: 'parity:length=40',
  id: 'parity',
  title: 'Parity',
  shows: 'Whether a state can be flipped by every input, at lengths beyond those of training.',
  metric: 'loss',
  higherIsBetter: false,
  chance: Math.LN2,
  settings: { length: 40 },
  difficulty: 'length',
  bound: 0,
  published: [],
}

/** Scores of the three seeds at a task and a width. */
const outcomes: Record<string, Record<string, Record<number, number[]>>> = {
  [recall.key]: {
    attention: { 32: [0.91, 0.93, 0.92], 64: [0.998, 1, 0.999] },
    deltanet: { 32: [0.9, 0.935, 0.915], 64: [0.997, 0.9995, 0.9992] },
    gla: { 32: [0.41, 0.45, 0.37], 64: [0.78, 0.83, 0.8] },
    // At chance: its interval over seeds holds 1/4096.
    lstm: { 32: [0.0002, 0.0003, 0.00025], 64: [0.0002, 0.0003, 0.00025] },
  },
  [parity.key]: {
    // At chance, a loss of ln 2.
    attention: { 64: [0.6929, 0.6935, 0.6928] },
    deltanet: { 64: [0.012, 0.02, 0.016] },
    // One seed diverged, and with it the mean.
    gla: { 64: [0.69, Number.NaN, 0.6934] },
    lstm: { 64: [0.0021, 0.004, 0.0035] },
  },
}

/** 2 tasks × 4 mechanisms × 3 seeds, one of the tasks at 2 sizes. */
export function exampleStudy(): StudyReport {
  const tasks = [recall, parity]
  const entries = tasks.flatMap((task) =>
    mechanisms.flatMap((mechanism) =>
      Object.keys(outcomes[task.key][mechanism]).map((dim) => entry(task, mechanism, Number(dim))),
    ),
  )
  return {
    title: 'Recall and state tracking at a small scale',
    question: 'Which mechanisms recall what they were told, and which follow a state – and what does either cost?',
    command: `npx seqlab compare --models ${mechanisms.join(',')} --tasks ${tasks.map(({ key }) => key).join(',')} --seeds 3 --out runs/small`,
    version: '0.1.0',
    machine: { cpu: 'AMD EPYC 9B14', threads: 1, workers: 2, runtime: 'Node 20.20.2' },
    tasks,
    mechanisms,
    budget: {
      kind: 'steps',
      value: 600,
      text: 'equal parameters (±3 %), and the same examples for all: at most 600 steps',
    },
    search: { rates, seeds: [1], chosenBy: 'the score on the validation part' },
    seeds,
    entries,
    pairs: pairsOf(entries),
  }
}

export function pairsOf(entries: readonly StudyEntry[]): StudyReport['pairs'] {
  return entries.flatMap((first, i) =>
    entries
      .slice(i + 1)
      .filter((second) => second.task === first.task && second.size.dim === first.size.dim)
      .map((second) => ({
        task: first.task,
        size: first.size,
        first: first.mechanism,
        second: second.mechanism,
        difference: pairedInterval(scoresOf(first), scoresOf(second)),
      })),
  )
}

const scoresOf = ({ runs }: StudyEntry) => runs.map(({ score }) => score.mean)

function entry(task: StudiedTask, mechanism: string, dim: number): StudyEntry {
  const shape = shapes[mechanism]
  const scores = outcomes[task.key][mechanism][dim]
  const runs = scores.map((score, i) => run(task, mechanism, dim, seeds[i], score))
  const sign = task.higherIsBetter ? 1 : -1
  const length = Number(task.settings.length)
  return {
    mechanism,
    task: task.key,
    size: { dim, layers: 2 },
    params: (dim === 64 ? 120_000 : 34_000) + 37 * mechanism.length,
    flopsPerToken: 6 * (dim === 64 ? 120_000 : 34_000) + 12_345,
    stateBytes: (shape.state(length) * dim) / 64,
    rate: shape.rate,
    tried: rates.map((rate) => {
      const away = Math.abs(Math.log(rate / shape.rate))
      const score = task.higherIsBetter ? scores[0] * Math.exp(-0.4 * away) : scores[0] + 0.1 * away
      return { rate, seed: 1, score: mechanism === 'gla' && rate === 0.01 ? Number.NaN : score, loss: 1 + away }
    }),
    score: meanInterval(scores),
    best: sign * Math.max(...scores.filter(Number.isFinite).map((score) => sign * score)),
    loss: meanInterval(runs.map(({ loss }) => loss)),
    tokensPerSecond: shape.speed * (dim === 64 ? 1 : 1.7),
    peakRssMiB: 300 + dim,
    runs,
    configuration: { dim, layers: 2, mixers: [{ id: mechanism, heads: 2 }], positions: 'none' },
  }
}

function run(task: StudiedTask, mechanism: string, dim: number, seed: number, score: number): StudyRun {
  const shape = shapes[mechanism]
  const length = Number(task.settings.length)
  const solved = task === recall && score > 0.99
  const steps = solved ? 300 + 20 * seed : 600
  const tokensPerStep = 32 * length
  const lossAt = (progress: number) => (task === parity ? score : 8 * (1 - score)) + 2 * Math.exp(-6 * progress)
  const curve = Array.from({ length: Math.floor(steps / 20) }, (_, i) => {
    const step = 20 * (i + 1)
    const rise = 1 / (1 + Math.exp(-14 * (step / steps - 0.35 - 0.03 * seed)))
    const now = task === parity ? Math.LN2 + (score - Math.LN2) * rise : task.chance + (score - task.chance) * rise
    return {
      step,
      tokens: step * tokensPerStep,
      seconds: (step * tokensPerStep) / shape.speed,
      flops: step * tokensPerStep * 732_345,
      trainLoss: lossAt(step / steps),
      ...(step % 40 === 0 && { validLoss: lossAt(step / steps), score: now }),
    }
  })
  const spread = (mean: number): Score => ({ mean, low: mean - 0.004, high: mean + 0.004 })
  return {
    id: `${task.id}${mechanism}${dim}${seed}`.padEnd(16, '0'),
    seed,
    spec: {
      name: mechanism,
      model: mechanism,
      set: { dim },
      task: task.key,
      training: { seed, rate: shape.rate, steps: 600 },
      difficulty: [],
      examples: 1000,
      decode: 0,
      threads: 1,
      ...(task === recall && { solvedAt: 0.99 }),
    } as JobResult['spec'],
    score: spread(score),
    loss: lossAt(1),
    steps,
    tokens: steps * tokensPerStep,
    seconds: (steps * tokensPerStep) / shape.speed,
    solvedAt: solved ? steps : null,
    byDifficulty: [1, 2, 4, 8].map((factor) => {
      const fade = mechanism === 'attention' ? 0.55 : mechanism === 'gla' ? 0.8 : 0.97
      const kept = fade ** Math.log2(factor)
      const value = task === parity ? Math.LN2 + (score - Math.LN2) * kept : score * kept
      return { value: length * factor, score: spread(value), loss: 1 - value }
    }),
    byPosition:
      task === parity
        ? Array.from({ length: 80 }, (_, position) => ({
            position,
            loss: score + (position >= length ? 0.004 * (position - length) * (mechanism === 'attention' ? 3 : 1) : 0),
          }))
        : [],
    curve,
    decode:
      seed === 1 && task === recall
        ? Array.from({ length: 32 }, (_, i) => {
            const position = 16 * i + 1
            const stateBytes = (shape.state(position) * dim) / 64
            const bucket = mechanism === 'attention' ? 2 ** Math.ceil(Math.log2(position + 63)) / position : 1
            return { position, microseconds: shape.time(position), stateBytes, allocatedBytes: stateBytes * bucket }
          })
        : [],
  }
}
