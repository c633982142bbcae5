/** LightNet: its running softmax as a gate, its blindness to order, and one scan of an image beside two. */
import {
  add,
  concat,
  constant,
  cumulativeLogSumExp,
  exp,
  flip,
  gather,
  matmul,
  mul,
  reshape,
  silu,
  slice,
  sub,
  sum,
  type Tensor,
  type TensorData,
  tril,
  unsqueeze,
  zeros,
} from '../../../engine/index.js'
import { defineMixer, lightnet as mixer } from '../../../mechanisms/index.js'
import { gaussian, gla, parameterStream, retention } from '../../../nn/index.js'
import { createRandom } from '../../../tasks/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, computeExactly, formsAgree, largestError, learnTask, untrained } from '../../lab/index.js'

const decays = [0.98, 0.95, 0.9, 0.8]
/** The same layer with decays that are fixed, which has to read an image forwards and backwards. */
const twoScans = defineMixer({
  ...mixer,
  id: 'two-scans',
  causal: false,
  parallel: ({ q, keys, v }) => {
    const k = silu(keys)
    const forwards = retention(q, k, v, { decays })
    const backwards = flip(retention(flip(q, 2), flip(k, 2), flip(v, 2), { decays }), 2)
    return { y: add(forwards, backwards), state: {} as { memory: Tensor; total: Tensor } }
  },
})
const trials = {
  'one scan': { id: 'lightnet', causal: false, positions: false },
  'two scans': { id: 'two-scans', causal: false, positions: false },
}

export const lightnet: Demonstration = {
  id: 'lightnet',
  files: ['mechanisms/linear-attention/lightnet.ts', 'nn/both-ways.ts', 'nn/slots.ts'],
  seed: 1,
  changed:
    'The images are drawn digits of 8 by 8 pixels in rows, positions learned and added to the input of both; two layers of 32 features, 500 steps. Matching means at most 3 points behind.',
  async run(lab) {
    const [gate, order] = [await gated(lab), await anyOrder(lab)]
    const scores = await lab.each(Object.entries(trials), async ([name, second], own) => {
      own.progress(name)
      const learned = await learnTask(own, 'drawn-images:size=8:levels=4', {
        model: { dim: 32, layers: 2, heads: 4, positions: 'learned', bias: false, mixers: [second] },
        own: { mixers: [twoScans] },
        steps: 500,
        batch: 32,
        rate: 4e-3,
        schedule: 'wsd',
      })
      return (await learned.score(1000)).score
    })
    const [one, two] = scores
    return {
      claims: [
        gate,
        order,
        {
          says: 'one scan of drawn digits is at most 3 points behind two scans with fixed decays, forwards and backwards',
          holds: one >= two - 0.03,
          figures: Object.keys(trials).map((name, i) => ({
            name: `${name}: accuracy`,
            value: scores[i],
            tolerance: 0.08,
          })),
          ...(one < two - 0.03 && {
            because: 'softmax over all pixels weighs far ones as near ones, and strokes are local; decays see that',
          }),
        },
        await formsAgree(lab, mixer),
      ],
      sentence: `The running softmax equals gated linear attention to ${gate.figures[0].value.toExponential(1)}; of drawn digits it tells ${(100 * one).toFixed(1)} % in one scan, decays ${(100 * two).toFixed(1)} % in two.`,
    }
  },
}

const draw = (lab: Lab, name: string, shape: readonly number[]): TensorData => {
  return { shape, dtype: 'f32', data: gaussian(1)(shape, parameterStream(lab.seed, name)) }
}

/** Sums of exp(k_s − z_t) v_s by their definition, beside the operator with the gate z_{t−1} − z_t, and the mixer. */
async function gated(lab: Lab): Promise<Claim> {
  const shape = [1, 2, 96, 8]
  const given = { q: draw(lab, 'q', shape), keys: draw(lab, 'keys', shape), v: draw(lab, 'v', shape) }
  const expected = computeExactly(given, ({ q, keys, v }) => {
    const weights = exp(sub(unsqueeze(keys, 2), unsqueeze(cumulativeLogSumExp(keys, 2), 3)))
    return { y: matmul(tril(sum(mul(unsqueeze(q, 3), weights), -1)), v) }
  })
  const found = await compute(lab, given, ({ q, keys, v }) => {
    const z = cumulativeLogSumExp(keys, 2)
    const before = slice(z, 2, 0, shape[2] - 1)
    // Nothing is there to be forgotten at the first token.
    const gate = concat([zeros([1, 2, 1, 8]), sub(before, slice(z, 2, 1, shape[2]))], 2)
    const config = { ...mixer.config.parse({ positions: false, chunk: 16 }), dim: 16, heads: 2, bias: false }
    const start = mixer.state(config, { batch: 1, capacity: 0 })
    const state = { memory: zeros(start.memory.shape), total: add(zeros(start.total.shape), start.total.fill) }
    const context = {
      positions: reshape(
        constant(
          Int32Array.from({ length: 96 }, (_, t) => t),
          [96],
        ),
        [1, 96],
      ),
      training: false,
    }
    const setting = { config, context, p: {} as never }
    return {
      operator: gla(q, exp(sub(keys, z)), v, gate, { scale: 1 }),
      mixer: mixer.parallel({ q, keys, v, gate: q }, state, setting).y,
    }
  })
  const errors = [largestError(found.operator, expected.y), largestError(found.mixer, found.operator)]
  return {
    says: 'gated linear attention with differences of running logsumexps as its gate gives the softmaxed sums, and is what the causal form computes, to 1e-5',
    holds: Math.max(...errors) <= 1e-5,
    figures: [
      { name: 'gated linear attention beside the definition in float64', value: errors[0], tolerance: 1e-5 },
      { name: 'causal form beside gated linear attention', value: errors[1], tolerance: 1e-5 },
    ],
  }
}

/** Tokens in another order: outputs in that order, and nothing else. */
async function anyOrder(lab: Lab): Promise<Claim> {
  const x = draw(lab, 'x', [2, 64, 16])
  const order = createRandom(lab.seed).shuffled([...Array(64).keys()])
  const error = async (settings: object) => {
    const apply = untrained(mixer, settings, { dim: 16, heads: 2, seed: lab.seed })
    const { moved, first } = await compute(lab, { x }, (given) => {
      const rows = constant(Int32Array.from(order), [64])
      return { moved: gather(apply(given.x), rows, 1), first: apply(gather(given.x, rows, 1)) }
    })
    return largestError(first, moved)
  }
  const [bothWays, causal] = [await error({ causal: false, positions: false }), await error({ positions: false })]
  return {
    says: 'both ways, outputs follow any order of scanning to 1e-5; the causal form, as a control, does not',
    holds: bothWays <= 1e-5 && causal > 0.1,
    figures: [
      { name: 'both ways: difference after another order', value: bothWays, tolerance: 1e-5 },
      { name: 'causal: difference after another order', value: causal, tolerance: 0.2 },
    ],
  }
}
