/** TrellisNet: recurrent nets among its weights, a symbol kept over a long delay, and text beside an LSTM. */
import { type TensorData, zeros } from '../../../engine/index.js'
import { trellisnet } from '../../../mechanisms/index.js'
import { bind } from '../../../nn/index.js'
import { createRandom, generated } from '../../../tasks/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnTask, learnText } from '../../lab/index.js'

const delay = 200
const symbols = 8
const silences = 2
const question = symbols + silences
/** Widths at which both have as many parameters: 17 d² for a TrellisNet, 9 d² for an LSTM. */
const memory = { trellis: { id: 'trellisnet', growth: 2, levels: 8, dim: 16 }, lstm: { id: 'lstm', dim: 22 } }
const text = { trellis: { id: 'trellisnet', dim: 36 }, lstm: { id: 'lstm', dim: 49 } }
const [memorySteps, textSteps] = [800, 300]

/** A symbol, a long silence, and a question for the symbol. */
const longDelay = generated({
  task: 'a symbol after a long delay',
  input: { kind: 'tokens', vocabulary: question + 1 },
  output: { kind: 'tokens' },
  length: delay + 1,
  answers: 1,
  chance: 1 / symbols,
  draw(random) {
    // Silence has two kinds, so that there are more different examples than symbols.
    const inputs = Int32Array.from({ length: delay + 1 }, () => symbols + random.below(silences))
    const symbol = random.below(symbols)
    inputs[0] = symbol
    inputs[delay] = question
    const [targets, weights] = [new Int32Array(delay + 1), new Float32Array(delay + 1)]
    targets[delay] = symbol
    weights[delay] = 1
    return { inputs, targets, weights }
  },
  show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: String(targets[delay]) }),
})

export const trellisnetDemonstration: Demonstration = {
  id: 'trellisnet',
  files: ['mechanisms/convolution/trellisnet.ts', 'nn/look-back.ts'],
  seed: 1,
  changed: `sizes: one layer; a delay of ${delay} tokens with 16 channels (LSTM 22), text with 36 (LSTM 49), equal parameters; strides grow by 2 over the delay`,
  async run(lab) {
    const agreement = await formsAgree(lab, trellisnet)
    const truncated = await truncatedNet(lab)
    const kept = await acrossDelay(lab)
    const learned = await textBesideLstm(lab)
    const of = ({ figures }: Claim) => figures.map(({ value }) => value.toFixed(3))
    return {
      claims: [agreement, truncated, kept, learned],
      sentence: `After ${delay} tokens a symbol is told with accuracy ${of(kept)[0]}, by an LSTM with ${of(kept)[1]}; loss of text ${of(learned)[0]} and ${of(learned)[1]} nats.`,
    }
  },
}

/** Weights W₁ = [0, U] and W₂ = [W, 0] of a tanh net of as many levels, against the recurrence begun that long ago. */
async function truncatedNet(lab: Lab): Promise<Claim> {
  const [T, dim, levels] = [20, 6, 5]
  const settings = { dim, heads: 1, bias: true, levels, growth: 1, unit: 'tanh' } as const
  const random = createRandom(lab.seed, dim)
  const draw = (...shape: number[]): TensorData => {
    const length = shape.reduce((a, b) => a * b, 1)
    return { shape, dtype: 'f32', data: Float32Array.from({ length }, () => random.normal() / 2) }
  }
  const [x, input, recurrent, bias] = [draw(1, T, dim), draw(dim, dim), draw(dim, dim), draw(dim)]
  const kernel = new Float32Array(4 * dim * dim)
  kernel.set(recurrent.data, dim * dim)
  kernel.set(input.data, 2 * dim * dim)
  const weight: TensorData = { shape: [4 * dim, dim], dtype: 'f32', data: kernel }
  const { y } = await compute(lab, { x, weight, bias }, (given) => {
    const map = { weight: given.weight, bias: given.bias }
    const p = bind(trellisnet.parameters(settings), { kernel: map, output: map })
    const context = { positions: zeros([1, T], 'i32'), training: false }
    const leaves = Object.entries(trellisnet.state(settings, { batch: 1, capacity: 0 }))
    const state = Object.fromEntries(leaves.map(([name, { shape }]) => [name, zeros(shape)]))
    const projected = trellisnet.project(p, given.x, { config: settings, context, p })
    return { y: trellisnet.parallel(projected, state, { config: settings, context, p }).y }
  })
  const expected = new Float64Array(T * dim)
  for (let t = 0; t < T; t++) {
    let hidden = new Array<number>(dim).fill(0)
    for (let s = Math.max(0, t - levels + 1); s <= t; s++) {
      hidden = hidden.map((_, j) => {
        let sum = bias.data[j]
        for (let i = 0; i < dim; i++)
          sum += x.data[s * dim + i] * input.data[i * dim + j] + hidden[i] * recurrent.data[i * dim + j]
        return Math.tanh(sum)
      })
    }
    expected.set(hidden, t * dim)
  }
  const error = largestError(y, { shape: y.shape, dtype: 'f32', data: expected })
  return {
    says: 'with sparse weights it is a recurrent net truncated to as many steps as there are levels, to 1e-5',
    holds: error <= 1e-5,
    figures: [{ name: `${levels} levels against ${levels} steps: largest error`, value: error, tolerance: 1e-5 }],
  }
}

async function acrossDelay(lab: Lab): Promise<Claim> {
  const results = []
  for (const { dim, ...mixer } of [memory.trellis, memory.lstm]) {
    lab.progress(`learning to remember with ${mixer.id}`)
    const learned = await learnTask(
      lab,
      { source: longDelay, metric: 'accuracy' },
      {
        model: { dim, layers: 1, mixers: [mixer], channel: null },
        steps: memorySteps,
        batch: 16,
        rate: 5e-3,
        schedule: 'wsd',
        until: { score: 0.995, every: 50 },
      },
    )
    results.push({ score: (await learned.score(256)).score, learned })
  }
  const [ours, theirs] = results
  const holds = ours.score > 0.95 && theirs.score < 0.5
  return {
    says: `it tells a symbol after ${delay} tokens, where an LSTM of equal size fails`,
    holds,
    figures: [
      { name: 'TrellisNet: accuracy after the delay', value: ours.score, tolerance: ours.score > 0.95 ? 0.05 : 0.3 },
      { name: 'LSTM: accuracy after the delay', value: theirs.score, tolerance: 0.15 },
      {
        name: 'parameters of the TrellisNet over those of the LSTM',
        value: ours.learned.model.parameterCount / theirs.learned.model.parameterCount,
        tolerance: 0,
      },
    ],
    ...(!holds && { because: delayCause(ours.score) }),
  }
}

const delayCause = (score: number) =>
  score > 0.95
    ? 'the LSTM, its gates open from the start, learned to keep the symbol as well'
    : `${memorySteps} steps are too few to find which of the shared weights hand the symbol through all levels`

async function textBesideLstm(lab: Lab): Promise<Claim> {
  const losses = []
  for (const { dim, ...mixer } of [text.trellis, text.lstm]) {
    lab.progress(`learning text with ${mixer.id}`)
    const model = { dim, layers: 1, mixers: [mixer], channel: null }
    const learner = await learnText(lab, { model, context: 64, steps: textSteps, batch: 12, rate: 4e-3 })
    losses.push({ id: mixer.id, loss: await learner.loss(16_384), parameters: learner.model.parameterCount })
  }
  const [ours, theirs] = losses
  const holds = ours.loss < theirs.loss
  return {
    says: 'its loss of text is below that of an LSTM of equal size',
    holds,
    figures: [
      ...losses.map(({ id, loss }) => ({ name: `${id}: loss of characters, nats`, value: loss, tolerance: 0.04 })),
      {
        name: 'text models: parameters of TrellisNet over LSTM',
        value: ours.parameters / theirs.parameters,
        tolerance: 0,
      },
    ],
    ...(!holds && {
      because: `eight levels see 9 tokens, and after ${textSteps} steps what the LSTM carries across windows outweighs that`,
    }),
  }
}
