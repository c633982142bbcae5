/** Titans: the delta rule among the memory's cases, and a needle that lies beyond all windows of attention. */
import { concat, full, mul, slice, type TensorData, transpose, zeros } from '../../../engine/index.js'
import { titans as titansLayer } from '../../../mechanisms/index.js'
import { deltaStep, gaussian, learnInWindows, momentumDescent, parameterStream } from '../../../nn/index.js'
import { type ExampleSource, generated } from '../../../tasks/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { compute, formsAgree, largestError, learnTask } from '../../lab/index.js'

const [window, length, needles] = [8, 64, 2]
const [names, values, fillers] = [8, 8, 16]
/** Two layers of windows see this many tokens back. */
const reach = 2 * (window - 1)
const steps = 600

/** `name value` pairs among the first tokens of a text of fillers, and at its end one of the names. */
function haystack(positions: number): ExampleSource {
  const vocabulary = names + values + fillers
  return generated({
    task: 'a needle beyond the window',
    input: { kind: 'tokens', vocabulary },
    output: { kind: 'tokens' },
    length: positions,
    answers: 1,
    chance: 1 / values,
    draw(random) {
      const inputs = Int32Array.from({ length: positions }, () => names + values + random.below(fillers))
      const places = random.distinct(needles, length / 8)
      const chosen = random.distinct(needles, names)
      const told = chosen.map(() => names + random.below(values))
      for (const [index, place] of places.entries()) inputs.set([chosen[index], told[index]], 2 * place)
      const asked = random.below(needles)
      inputs[positions - 1] = chosen[asked]
      const [targets, weights] = [new Int32Array(positions), new Float32Array(positions)]
      targets[positions - 1] = told[asked]
      weights[positions - 1] = 1
      return { inputs, targets, weights }
    },
    show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: String(targets[targets.length - 1]) }),
  })
}

const frame = { dim: 64, layers: 2, heads: 4, bias: false, positions: 'none', channel: { id: 'mlp' } } as const
const attention = { id: 'softmax', window }
const designs = { memory: [{ id: 'titans' }, attention], windows: [attention, attention] }

export const titansDemonstration: Demonstration = {
  id: 'titans',
  files: [
    'mechanisms/recurrent/titans.ts',
    'mechanisms/recurrent/titans-gate.ts',
    'mechanisms/recurrent/titans-context.ts',
    'nn/neural-memory.ts',
    'nn/learning-rules.ts',
    'nn/test-time-learning.ts',
  ],
  seed: 1,
  changed: `sizes: ${needles} needles of ${names} names and ${values} values in ${length} tokens instead of millions, a window of ${window}; the memory as a layer before it`,
  async run(lab) {
    const agreement = await formsAgree(
      lab,
      titansLayer,
      'mini-batches by the dual form equal steps token by token, gradients at the start of each, to 1e-5; nothing leaks',
    )
    const special = await deltaRule(lab)
    const [memory, windows] = await lab.each(Object.entries(designs), async ([name, mixers], own) => {
      own.progress(`two layers: ${name}`)
      const lesson = { source: haystack(length), metric: 'accuracy' } as const
      const learned = await learnTask(own, lesson, {
        model: { ...frame, mixers },
        steps,
        batch: 32,
        rate: 3e-3,
        schedule: 'wsd',
        until: { score: 0.995, every: 50 },
      })
      const longer = await learned.score(300, { source: haystack(4 * length), metric: 'accuracy' })
      return { same: (await learned.score(1000)).score, longer: longer.score }
    })
    return {
      claims: [agreement, special, recallClaim(memory.same, windows.same), longerClaim(memory.longer)],
      sentence: `A needle at least ${length - length / 4} tokens back, beyond the ${reach} that two windows reach, is recalled in ${(100 * memory.same).toFixed(1)} % of cases with the memory and ${(100 * windows.same).toFixed(1)} % without (chance ${100 / values} %), and in ${(100 * memory.longer).toFixed(1)} % in texts four times as long as in training.`,
    }
  },
}

/** One layer without bias, mini-batches of one token, all momentum gone and nothing forgotten. */
async function deltaRule(lab: Lab): Promise<Claim> {
  const [B, H, T, D] = [1, 2, 64, 16]
  const draw = (path: string, width: number, deviation: number): TensorData => ({
    shape: [B, T, H, width],
    dtype: 'f32',
    data: gaussian(deviation)([B * T * H * width], parameterStream(1, path)),
  })
  const positions: TensorData = { shape: [B, T], dtype: 'i32', data: Int32Array.from({ length: T }, (_, t) => t) }
  const strengths = draw('beta', 1, 1)
  const beta = { ...strengths, data: Float32Array.from(strengths.data, (value) => 1 / (1 + Math.exp(-value))) }
  const given = { q: draw('q', D, 1 / 4), k: draw('k', D, 1 / 4), v: draw('v', D, 1), beta, positions }
  const { learned, corrected } = await compute(lab, given, ({ q, k, v, beta: strength, positions: places }) => {
    const start = [zeros([H, D, D])]
    const network = { heads: H, widths: [D, D], bias: false, residual: false, lossScale: 1, start }
    const learning = { network, rule: momentumDescent, size: 1 }
    // The gradient of ‖M k − v‖² has a factor 2.
    const at = { rate: mul(strength, 0.5), logMomentum: full(strength.shape, -1e4), logKept: zeros(strength.shape) }
    let memory = zeros([B, H, D, D])
    const tokens = Array.from({ length: T }, (_, t) => {
      const [qt, kt, vt, bt] = [q, k, v, strength].map((x) => transpose(slice(x, 1, t, t + 1), [0, 2, 1, 3]))
      const { y, state } = deltaStep({ q: qt, k: kt, v: vt, beta: bt }, { memory })
      memory = state.memory
      return transpose(y, [0, 2, 1, 3])
    })
    return {
      learned: learnInWindows(learning, { q, k, v, at }, {}, { positions: places }).y,
      corrected: concat(tokens, 1),
    }
  })
  const error = largestError(learned, corrected)
  return {
    says: 'a linear memory without momentum and forgetting is the delta rule to 1e-5',
    holds: error <= 1e-5,
    figures: [{ name: 'difference from the delta rule', value: error, tolerance: 1e-5 }],
    ...(error > 1e-5 && { because: 'rounding in f32 adds up over the tokens' }),
  }
}

function recallClaim(memory: number, windows: number): Claim {
  return {
    says: `a needle beyond the reach of all windows of attention is recalled in more than 90 % of cases; windows alone guess`,
    holds: memory > 0.9 && windows < 0.3,
    figures: [
      { name: 'recall with the memory', value: memory, tolerance: 0.08 },
      { name: 'recall with windows alone', value: windows, tolerance: 0.08 },
    ],
    ...(memory <= 0.9 && { because: `${steps} steps do not end the plateau in which it guesses` }),
  }
}

function longerClaim(longer: number): Claim {
  return {
    says: 'and in texts four times as long as in training',
    holds: longer > 0.9,
    figures: [{ name: `recall at ${4 * length} tokens`, value: longer, tolerance: 0.2 }],
    ...(longer <= 0.9 && { because: 'it recalls at the length of training, and less in longer texts' }),
  }
}
