/** FlashRNN: recurrent nets in heads, by block-diagonal recurrent matrices; they track a state that attention cannot. */
import { slice, type TensorData } from '../../../engine/index.js'
import { gru, lstm, type Mixer, slstm } from '../../../mechanisms/index.js'
import type { Demonstration, Lab } from '../../demonstration.js'
import { compute, computeExactly, largestError, learnTask } from '../../lab/index.js'
import { alone, drawn, type Values } from './alone.js'

const heads = 4
const width = 8
const dim = heads * width
const length = 100

/** Blocks [heads, width, gates · width] as one matrix [dim, gates · dim] with zeros outside of them. */
function onDiagonal({ shape: [, , columns], data }: TensorData): TensorData {
  const gates = columns / width
  const whole = new Float32Array(dim * gates * dim)
  for (let i = 0; i < dim; i++) {
    const head = Math.floor(i / width)
    for (let gate = 0; gate < gates; gate++) {
      for (let j = 0; j < width; j++)
        whole[(i * gates + gate) * dim + head * width + j] = data[i * columns + gate * width + j]
    }
  }
  return { shape: [dim, gates * dim], dtype: 'f32', data: whole }
}

/** Blocks in f32 against the full matrix in float64. */
async function blocksError(lab: Lab, mixer: Mixer): Promise<number> {
  const blocked = alone(mixer, { blocks: heads, project: false }, dim)
  const whole = alone(mixer, { blocks: 1, project: false }, dim)
  const given = drawn(lab.seed, [{ path: 'x', shape: [2, length, dim] }, ...blocked.parameters])
  const fast = await compute(lab, given, (all) => ({ y: blocked.run(all, all.x).y }))
  const placed: Values = { ...given, recurrent: onDiagonal(given.recurrent) }
  const exact = computeExactly(placed, (all) => ({ y: whole.run(all, all.x).y }))
  return largestError(fast.y, exact.y)
}

/** All heads of sLSTM in f32 against nets of one head each in float64. */
async function headsError(lab: Lab): Promise<number> {
  const together = alone(slstm, { heads }, dim)
  const single = alone(slstm, { heads: 1 }, width)
  const given = drawn(lab.seed, [{ path: 'x', shape: [2, length, dim] }, ...together.parameters])
  const { y } = await compute(lab, given, (all) => ({ y: together.run(all, all.x).y }))
  const own = new Set(single.parameters.map(({ path }) => path))
  const errors = Array.from({ length: heads }, (_, head) => {
    const part = Object.fromEntries(
      Object.entries(given).map(([path, value]) => [path, own.has(path) ? headOf(path, value, head) : value]),
    )
    const exact = computeExactly(part, (all) => ({
      y: single.run(all, slice(all.x, 2, head * width, (head + 1) * width)).y,
    }))
    return largestError(columnsOf(y, head), exact.y)
  })
  return Math.max(...errors)
}

/** A head's share of a parameter: of matrices by heads its own, of rows of features its columns in each part. */
function headOf(path: string, { shape, data, dtype }: TensorData, head: number): TensorData {
  if (path.startsWith('norm')) return { shape, dtype, data }
  if (shape.length === 3) {
    const size = shape[1] * shape[2]
    return { shape: shape.slice(1), dtype, data: data.slice(head * size, (head + 1) * size) }
  }
  const columns = shape[shape.length - 1] > dim ? [shape[0] / heads] : [...shape.slice(0, -1), width]
  return { shape: columns, dtype, data: data.filter((_, i) => Math.floor((i % dim) / width) === head) }
}

function columnsOf({ shape, data, dtype }: TensorData, head: number): TensorData {
  const own = data.filter((_, i) => Math.floor((i % dim) / width) === head)
  return { shape: [...shape.slice(0, -1), width], dtype, data: own }
}

const nets = {
  LSTM: { mixer: { id: 'lstm', blocks: heads }, layers: 1, rate: 8e-3, steps: 2500 },
  GRU: { mixer: { id: 'gru', blocks: heads }, layers: 1, rate: 8e-3, steps: 1500 },
  sLSTM: { mixer: { id: 'slstm', heads }, layers: 1, rate: 8e-3, steps: 1500 },
  Transformer: { mixer: { id: 'softmax' }, layers: 2, rate: 3e-3, steps: 1000 },
}

export const flashrnnDemonstration: Demonstration = {
  id: 'flashrnn',
  files: [
    'nn/block-diagonal.ts',
    'mechanisms/recurrent/lstm.ts',
    'mechanisms/recurrent/gru.ts',
    'mechanisms/recurrent/slstm.ts',
  ],
  seed: 1,
  changed:
    'the forms that are compared are compositions of operators, not fused kernels; parities of 3 to 64 bits are asked at every bit in training, at the last of 64 or 256 in the test; nets of 32 features in 4 heads',
  async run(lab) {
    const errors = {
      LSTM: await blocksError(lab, lstm),
      GRU: await blocksError(lab, gru),
      sLSTM: await headsError(lab),
    }
    const found = await lab.each(Object.entries(nets), async ([name, { mixer, layers, rate, steps }], own) => {
      own.progress(`training ${name}`)
      const learned = await learnTask(own, 'parity:length=64:every=true', {
        model: { dim, heads, layers, mixers: [mixer] },
        steps,
        batch: 32,
        rate,
        schedule: 'wsd',
        weightDecay: 0.01,
        until: { score: 0.9999, every: 100 },
      })
      const [trained, longer] = [
        await learned.score(256, 'parity:length=64'),
        await learned.score(256, 'parity:length=256'),
      ]
      return { name, trained: trained.score, longer: longer.score, recurrent: mixer.id !== 'softmax' }
    })
    const worst = Math.max(...Object.values(errors))
    const recurrent = found.filter((each) => each.recurrent)
    const least = Math.min(...recurrent.map(({ longer }) => longer))
    const attention = found.find((each) => !each.recurrent)!
    return {
      claims: [
        {
          says: `heads side by side equal the full recurrent matrix (LSTM, GRU) and separate nets (sLSTM) to 1e-5 over ${length} tokens, f32 against float64`,
          holds: worst <= 1e-5,
          figures: Object.entries(errors).map(([name, value]) => ({
            name: `${name} heads: largest relative error`,
            value,
            tolerance: 1e-5,
          })),
        },
        {
          says: 'heads that learned parity up to 64 bits are right on 9 of 10 sequences of 256, softmax attention on no more than 6',
          holds: least >= 0.9 && attention.longer <= 0.6,
          figures: found.flatMap(({ name, trained, longer, recurrent }) => [
            { name: `${name}: accuracy at 64 bits`, value: trained, tolerance: recurrent ? 0.05 : 0.1 },
            { name: `${name}: accuracy at 256 bits`, value: longer, tolerance: 0.1 },
          ]),
        },
        {
          says: 'one fused kernel for all steps is at least 3 times as fast',
          holds: 'planned',
          figures: [],
          because:
            'ONNX Runtime runs the loop body as separate operators at every step: a fused kernel, with the recurrent matrix kept in registers, needs an executor with kernels of its own',
        },
      ],
      sentence: `Heads equal their references to ${worst.toExponential(1)}; on parities four times as long as learned they are right in ${(100 * least).toFixed(0)} % of the cases or more, softmax attention in ${(100 * attention.longer).toFixed(0)} %; the fused kernels are planned.`,
    }
  },
}
