/** DeltaNet: a chunked form that is the recurrence, and a memory in which what is stored at a key can be replaced. */
import { mul, zeros } from '../../../engine/index.js'
import { defineMixer, deltaNet } from '../../../mechanisms/index.js'
import { type DecayInputs, decayChunked, decayStep, type MatrixMemory, type Recurrence } from '../../../nn/decay.js'
import { deltaForms } from '../../../nn/delta-layer.js'
import type { DeltaStepsInputs } from '../../../nn/delta-steps.js'
import { generated } from '../../../tasks/generated.js'
import type { Demonstration } from '../../demonstration.js'
import { formsAgree, type Lesson, learnTask } from '../../lab/index.js'

/** The same layer, S_t = S_{t−1} + β_t k_t v_tᵀ: linear attention with DeltaNet's convolution, keys and strengths. */
const adding = (recur: (inputs: DecayInputs, state: MatrixMemory, chunk: number) => Recurrence) =>
  function add({ q, writes: [{ k, v, beta }], ...place }: DeltaStepsInputs, state: MatrixMemory, chunk: number) {
    return recur({ ...place, q, k, v: mul(v, beta), logDecay: zeros(beta.shape) }, state, chunk)
  }
const width = ({ dim, heads }: { dim: number; heads: number }) => dim / heads
const additive = defineMixer({
  ...deltaNet,
  id: 'additive-delta-net',
  ...deltaForms((c: { dim: number; heads: number }) => ({ heads: c.heads, keyWidth: width(c), valueWidth: width(c) }), {
    chunked: adding(decayChunked),
    step: adding(decayStep),
  }),
})

/** Each of some keys is given three values in turn, and then asked for the last of them. */
const [keys, times, words] = [8, 3, 16]
const rewritten: Lesson = {
  metric: 'accuracy',
  source: generated({
    task: 'rewritten',
    input: { kind: 'tokens', vocabulary: 2 * words },
    output: { kind: 'tokens' },
    length: keys * (2 * times + 1),
    answers: keys,
    chance: 1 / words,
    draw(random) {
      const chosen = random.distinct(keys, words)
      const order = random.distinct(keys * times, keys * times).map((at) => chosen[at % keys])
      const latest = new Map<number, number>()
      const writes = order.flatMap((key) => {
        latest.set(key, words + random.below(words))
        return [key, latest.get(key)!]
      })
      const questions = random.distinct(keys, keys).map((at) => chosen[at])
      const inputs = Int32Array.from([...writes, ...questions])
      const targets = new Int32Array(inputs.length)
      questions.forEach((key, index) => {
        targets[writes.length + index] = latest.get(key)!
      })
      return { inputs, targets, weights: Float32Array.from(inputs, (_, at) => +(at >= writes.length)) }
    },
    show: ({ inputs, targets }) => ({ input: inputs.join(' '), answer: targets.filter(Boolean).join(' ') }),
  }),
}

/** Keys have 16 channels a head. For what replaces, one layer: then the state's rule alone decides. */
const lessons = {
  'as many pairs as channels': { lesson: 'mqar:length=64:pairs=16:vocabulary=64', layers: 2 },
  'keys written three times': { lesson: rewritten, layers: 1 },
} satisfies Record<string, { lesson: Lesson; layers: number }>

export const deltanet: Demonstration = {
  id: 'deltanet',
  files: ['mechanisms/linear-attention/delta-net.ts', 'nn/delta.ts'],
  seed: 1,
  changed:
    'Adding to the state also recalls as many distinct pairs as a key has channels, once it has the same short convolution and keys of unit length, so that it cannot be asked to fail there. The comparison is made where a key gets new values, which is what the rule is for; the control is the same layer but for the rule.',
  async run(lab) {
    const forms = await formsAgree(lab, deltaNet)
    const runs = Object.entries(lessons).flatMap(([name, task]) =>
      [deltaNet, additive].map((mixer) => ({ name, ...task, mixer })),
    )
    const scores = await lab.each(runs, async ({ lesson, layers, mixer }, own) => {
      const learner = await learnTask(own, lesson, {
        model: { dim: 32, layers, heads: 2, mixers: [{ id: mixer.id, convolution: 4 } as { id: string }] },
        own: { mixers: [additive] },
        steps: 600,
        batch: 32,
        rate: 4e-3,
        schedule: 'wsd',
        until: { score: 0.998, every: 100 },
      })
      return (await learner.score(500)).score
    })
    const figures = runs.map(({ name, mixer }, index) => ({
      name: `${mixer.id}, ${name}: accuracy`,
      value: scores[index],
      tolerance: mixer === deltaNet ? 0.02 : 0.1,
    }))
    const [pairs, pairsAdded, replaced, replacedAdded] = scores
    return {
      claims: [
        { ...forms, says: 'the chunked form is the recurrence, to 1e-5, and to 1e-4 in its gradients' },
        {
          says: 'two layers recall more than 99 % of 16 pairs from keys of 16 channels a head',
          figures: figures.slice(0, 2),
          holds: pairs > 0.99,
        },
        {
          says: 'a new value replaces the old one at a key: more than 99 % of last values, where adding gives less than 70 %',
          figures: figures.slice(2),
          holds: replaced > 0.99 && replacedAdded < 0.7,
        },
      ],
      sentence: `Of 16 pairs it recalls ${(100 * pairs).toFixed(1)} % (${(100 * pairsAdded).toFixed(1)} % by adding); of values that replaced others ${(100 * replaced).toFixed(1)} %, where the same layer that adds gives ${(100 * replacedAdded).toFixed(1)} %.`,
    }
  },
}
