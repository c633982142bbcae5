/** Flowformer: what is conserved, what the causal form sees, and what competition among keys is good for. */
import {
  div,
  exp,
  full,
  logSigmoid,
  matmul,
  minimum,
  mul,
  sigmoid,
  softmax,
  sum,
  type Tensor,
  type TensorData,
  transpose,
} from '../../../engine/index.js'
import { flowAttention } from '../../../mechanisms/index.js'
import { gaussian, parameterStream } from '../../../nn/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import {
  compiled,
  compute,
  computeExactly,
  formsAgree,
  largestError,
  learnTask,
  timeInTurns,
  untrained,
} from '../../lab/index.js'

const shape = [1, 64, 2, 16]
/** Recall after a convolution over two tokens, and nested lists, with sizes a minute allows. */
const lessons = {
  recall: { lesson: 'mqar:length=32:pairs=8:vocabulary=20', before: [{ id: 'gated-convnet', taps: 2 }] },
  lists: { lesson: 'listops:minLength=4:maxLength=32:maxDepth=4:maxArgs=4', before: [] },
}
const mixers = ['flow-attention', 'linear-attention']
/** Trained for longer as well: whether one of them learns less, or learns more slowly. */
const trainings = [400, 1000]

export const flowformer: Demonstration = {
  id: 'flowformer',
  files: ['mechanisms/linear-attention/flow-attention.ts', 'nn/both-ways.ts'],
  seed: 1,
  changed: `Sizes: 8 pairs in 32 tokens, lists of at most 31 words and 4 levels; two layers of 32 features, ${trainings.join(' and ')} steps. Against 1 + elu features, in the causal form of both.`,
  async run(lab) {
    const conserved = await conservation(lab)
    const linear = await cost(lab)
    const runs = Object.entries(lessons).flatMap(([name, task]) =>
      trainings.flatMap((steps) => mixers.map((id) => ({ name, steps, ...task, id }))),
    )
    const scores = await lab.each(runs, async ({ name, steps, lesson, before, id }, own) => {
      own.progress(`${name}: ${id}, ${steps} steps`)
      const model = { dim: 32, layers: 2, heads: 2, bias: false, mixers: [...before, { id }] }
      const learned = await learnTask(own, lesson, { model, steps, batch: 32, rate: 4e-3, schedule: 'wsd' })
      return (await learned.score(1000)).score
    })
    const [, , recall, recallElu, , , lists, listsElu] = scores
    const better = (name: string, at: number): Claim => {
      const [early, earlyElu, late, lateElu] = scores.slice(at)
      const holds = late >= lateElu + 0.02
      return {
        says: `${name}: more right answers than linear attention with 1 + elu features, by 2 points or more`,
        holds,
        figures: [early, earlyElu, late, lateElu].map((value, i) => ({
          name: `${name}: accuracy of ${mixers[i % 2]} after ${trainings[i >> 1]} steps`,
          value,
          tolerance: 0.08,
        })),
        ...(!holds && {
          because:
            late < lateElu - 0.02
              ? `it stays behind: ${early.toFixed(3)} against ${earlyElu.toFixed(3)} after ${trainings[0]} steps, ${late.toFixed(3)} against ${lateElu.toFixed(3)} after ${trainings[1]}`
              : `both learn the same in ${trainings[1]} steps${early < earlyElu - 0.02 ? ', it more slowly' : ''}: ${late.toFixed(3)} against ${lateElu.toFixed(3)}`,
        }),
      }
    }
    return {
      claims: [
        conserved,
        await formsAgree(lab, flowAttention, 'the causal form sees nothing of the future; all forms agree'),
        better('recall of 8 pairs', 0),
        better('short lists', 4),
        linear,
      ],
      sentence: `Flows are 1 to ${conserved.figures[0].value.toExponential(1)}; after ${trainings[1]} steps recall ${recall.toFixed(3)} against ${recallElu.toFixed(3)}, lists ${lists.toFixed(3)} against ${listsElu.toFixed(3)}; four times the length takes ${linear.figures[0].value.toFixed(1)} times as long.`,
    }
  },
}

/** The equations over all pairs, competition cut at 1 as in the authors’ code: what comes in and goes out, and the mixture. */
function equations(q: Tensor, k: Tensor, v: Tensor) {
  const total = (x: Tensor) => sum(x, 1, { keep: true })
  const flow = (a: Tensor, b: Tensor) => sum(mul(a, b), -1, { keep: true })
  const incoming = flow(q, total(k))
  const outgoing = flow(k, total(q))
  const [sinks, sources] = [div(q, incoming), div(k, outgoing)]
  const competition = mul(softmax(minimum(flow(k, total(sinks)), 1), 1), k.shape[1])
  const headsFirst = (x: Tensor) => transpose(x, [0, 2, 1, 3])
  const scores = matmul(headsFirst(sinks), headsFirst(k), { transposeB: true })
  const mixed = matmul(scores, headsFirst(mul(v, competition)))
  return {
    incoming: flow(sinks, total(k)),
    outgoing: flow(sources, total(q)),
    y: mul(headsFirst(mixed), sigmoid(flow(q, total(sources)))),
  }
}

/** Flows through sinks and sources once each is divided by its own, and the mixer beside the equations in float64. */
async function conservation(lab: Lab): Promise<Claim> {
  const draw = (name: string): TensorData => {
    return { shape, dtype: 'f32', data: gaussian(1)(shape, parameterStream(lab.seed, name)) }
  }
  const given = { q: draw('q'), k: draw('k'), v: draw('v') }
  const positive = (x: Tensor) => exp(logSigmoid(x))
  const expected = computeExactly(given, ({ q, k, v }) => equations(positive(q), positive(k), v))
  const found = await compute(lab, given, ({ q, k, v }) => {
    const config = { ...flowAttention.config.parse({ causal: false }), dim: 32, heads: 2, bias: false }
    const context = { positions: full([1, shape[1]], 0, 'i32'), training: false }
    const setting = { config, context, p: {} as never }
    const { incoming, outgoing } = equations(positive(q), positive(k), v)
    return {
      incoming,
      outgoing,
      y: flowAttention.parallel({ q: positive(q), k: positive(k), v }, {} as never, setting).y,
    }
  })
  const offOne = ({ data }: TensorData) => Math.max(...Array.from(data, (value) => Math.abs(value - 1)))
  const flows = Math.max(offOne(found.incoming), offOne(found.outgoing))
  const exact = Math.max(offOne(expected.incoming), offOne(expected.outgoing))
  const error = largestError(found.y, expected.y)
  return {
    says: 'what each sink takes in and each source gives out is 1, to 1e-6 in f32; the mixer computes these equations, to 1e-4 with the ε = 1e-6 that keeps it from dividing by zero',
    holds: flows <= 1e-6 && error <= 1e-4,
    figures: [
      { name: 'largest distance of a flow from 1, f32', value: flows, tolerance: 1e-6 },
      { name: 'largest distance of a flow from 1, float64', value: exact, tolerance: 1e-12 },
      { name: 'mixer beside the equations in float64, with ε', value: error, tolerance: 1e-4 },
    ],
  }
}

/** Time of the causal form at 512 and at 2,048 tokens. */
async function cost(lab: Lab): Promise<Claim> {
  const apply = untrained(flowAttention, {}, { dim: 32, heads: 2, seed: lab.seed })
  const works = await Promise.all(
    [512, 2048].map(async (T) => {
      const long = [1, T, 32]
      const x: TensorData = { shape: long, dtype: 'f32', data: gaussian(1)(long, parameterStream(lab.seed, 'x')) }
      const run = await compiled(lab, { x }, (inputs) => ({ y: apply(inputs.x) }))
      return () => run({ x })
    }),
  )
  const [short, long] = await timeInTurns(lab, works)
  return {
    says: 'four times as many tokens take less than seven times as long: quadratic cost would take sixteen times',
    holds: long / short < 7,
    figures: [{ name: 'time of 2,048 tokens over 512', value: long / short, tolerance: 3 }],
  }
}
