/** TTT: linear attention among its cases, and a loss that falls with the tokens seen, past the length of training. */
import { openSplit, parseTokenizer } from '../../../data/index.js'
import { full, matmul, reshape, type Tensor, type TensorData, transpose, tril, zeros } from '../../../engine/index.js'
import { modelScorer } from '../../../evaluation/index.js'
import { ttt as mixer } from '../../../mechanisms/index.js'
import { descent, gaussian, learnInWindows, parameterStream } from '../../../nn/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnTask, learnText, weightsOf } from '../../lab/index.js'
import { leastLoss, markovChains, symbols } from './markov-chains.js'

const model = { dim: 64, layers: 1, heads: 2, mixers: [{ id: 'ttt' }], bias: false, channel: null } as const
const trained = 128
const [chainSteps, textSteps] = [400, 250]
/** Positions are compared between the halves up to these, on the same chains. */
const ends = [128, 256, 512, 1024]
const chains = 64
const sources = ends.map((to) => markovChains(ends[ends.length - 1], { from: to / 2, to }))

export const tttDemonstration: Demonstration = {
  id: 'ttt',
  files: ['mechanisms/recurrent/ttt.ts', 'nn/test-time-learning.ts', 'nn/inner-network.ts', 'nn/learning-rules.ts'],
  seed: 1,
  changed: `the paper reads its losses within the length of training, up to 32,768 tokens. Here: Markov chains of ${symbols} symbols with a table each, on which more context is worth much, and the plays; one or two layers of 64 features, trained at ${trained} tokens`,
  async run(lab) {
    const agreement = await formsAgree(
      lab,
      mixer,
      'the dual form of mini-batches equals gradients token by token to 1e-5, gradients to 1e-4; nothing leaks',
    )
    const special = await linearAttention(lab)
    const [onChains, onPlays] = await lab.each([chainLosses, playLosses], (measure, own) => measure(own))
    return {
      claims: [agreement, special, chainClaim(onChains), playClaim(onPlays)],
      sentence: `Trained at ${trained} tokens, the loss on chains falls from ${onChains[0].toFixed(3)} nats at ${ends[0] / 2} to ${ends[0]} tokens to ${onChains[2].toFixed(3)} at ${ends[1]} to ${ends[2]}, and is ${onChains[3].toFixed(3)} at ${ends[2]} to ${ends[3]}; on the plays it is ${onPlays.map((loss) => loss.toFixed(3)).join(', ')} with ${contexts.join(', ')} characters.`,
    }
  },
}

/** Weights from 0, no norm, one mini-batch: Σ_{s≤t} (q_t · k_s) v_s. */
async function linearAttention(lab: Lab): Promise<Claim> {
  const [B, H, T, D] = [1, 2, 64, 16]
  const draw = (path: string): TensorData => ({
    shape: [B, T, H, D],
    dtype: 'f32',
    data: gaussian(1 / 4)([B * T * H * D], parameterStream(1, path)),
  })
  const positions: TensorData = { shape: [B, T], dtype: 'i32', data: Int32Array.from({ length: T }, (_, t) => t) }
  const given = { q: draw('q'), k: draw('k'), v: draw('v'), positions }
  const { learned, attended } = await compute(lab, given, ({ q, k, v, positions: places }) => {
    const start = [zeros([H, D, D])]
    const network = { heads: H, widths: [D, D], bias: false, residual: false, lossScale: 0.5, start }
    const learning = { network, rule: descent(1), size: T }
    const at = { rate: full([B, T, H, 1], 1), index: full([B, T, 1, 1], 1) }
    const byHead = (x: Tensor) => transpose(x, [0, 2, 1, 3])
    const weights = tril(matmul(byHead(q), byHead(k), { transposeB: true }))
    return {
      learned: learnInWindows(learning, { q, k, v, at }, {}, { positions: places }).y,
      attended: reshape(byHead(matmul(weights, byHead(v))), [B, T, H, D]),
    }
  })
  const error = largestError(learned, attended)
  return {
    says: 'a linear network from 0 with one mini-batch for all is linear attention to 1e-6',
    holds: error <= 1e-6,
    figures: [{ name: 'difference from linear attention', value: error, tolerance: 1e-6 }],
    ...(error > 1e-6 && { because: 'rounding in f32 adds up otherwise in the two orders of summing' }),
  }
}

/** Mean loss at the second half of the positions up to each end. */
async function chainLosses(lab: Lab): Promise<number[]> {
  const lesson = { source: markovChains(trained), metric: 'loss' } as const
  const learned = await learnTask(lab, lesson, { model, steps: chainSteps, batch: 32, rate: 3e-3 })
  const losses: number[] = []
  for (const source of sources) {
    losses.push((await learned.score(chains, { source, metric: 'loss' })).loss)
  }
  return losses
}

function chainClaim(losses: readonly number[]): Claim {
  const least = sources.map((source) => leastLoss(source, chains))
  const falls = losses[1] < losses[0] - 0.02 && losses[2] < losses[1]
  return {
    says: `on chains the loss by position keeps falling past the ${trained} tokens of training, up to four times as far`,
    holds: falls,
    figures: ends.flatMap((to, index) => [
      { name: `loss at ${to / 2} to ${to} tokens`, value: losses[index], tolerance: 0.1 },
      { name: `least possible at ${to / 2} to ${to} tokens`, value: least[index], tolerance: 1e-3 },
    ]),
    ...(!falls && { because: 'the distance to the least possible loss grows with each doubling of the context' }),
  }
}

/** Characters of context with which the same 64 characters are predicted, these included. */
const contexts = [128, 256, 512]
const scored = 64

async function playLosses(lab: Lab): Promise<number[]> {
  const learned = await learnText(lab, {
    model: { ...model, layers: 2, heads: 4, channel: { id: 'mlp' }, positions: 'none' },
    context: trained,
    steps: textSteps,
    batch: 16,
    rate: 3e-3,
  })
  const { validation, close } = await openSplit(lab.text, await parseTokenizer('char', lab.text))
  const tokens = await validation.read(0, validation.length)
  await close()
  const scorer = await modelScorer(learned.model, await weightsOf(learned), lab.executor)
  const places = Array.from({ length: Math.floor(tokens.length / 1024) }, (_, index) => (index + 1) * 1024)
  const losses: number[] = []
  for (const length of contexts) {
    const questions = places.map((end) => ({
      context: tokens.slice(end - length, end - scored),
      continuation: tokens.slice(end - scored, end),
    }))
    const answers = await scorer.score(questions)
    const total = answers.reduce((sum, answer) => sum + answer.losses.reduce((a, b) => a + b), 0)
    losses.push(total / (places.length * scored))
  }
  await scorer.dispose()
  return losses
}

function playClaim(losses: readonly number[]): Claim {
  const falls = losses.every((loss, index) => index === 0 || loss < losses[index - 1])
  return {
    says: `on the plays too: the same characters are predicted better the more come before, past ${trained}`,
    holds: falls,
    figures: contexts.map((length, index) => ({
      name: `loss on the plays with ${length} characters`,
      value: losses[index],
      tolerance: 0.1,
    })),
    ...(!falls && {
      because:
        'tried: steps five times as large, mini-batches of 8, and training at 256 characters; with each of them the loss rises past the length of training, least after training at 256',
    }),
  }
}
