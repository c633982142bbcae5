/** SLAB: a batch norm that training arrives at step by step, folded away afterwards, and attention by ReLU features. */
import {
  add,
  constant,
  layerNorm,
  mean,
  relu,
  reshape,
  slice,
  stack,
  type Tensor,
  type TensorData,
  zeros,
} from '../../../engine/index.js'
import { simplifiedLinearAttention } from '../../../mechanisms/index.js'
import {
  type BatchStatistics,
  type Bound,
  batchStatistics,
  bind,
  gaussian,
  linear,
  nest,
  parameter,
  progressiveNorm,
  progressiveNormParameters,
  surprise,
  withNormFolded,
} from '../../../nn/index.js'
import { createRandom, registeredTask } from '../../../tasks/index.js'
import { type Batch, createLearner, rateAt } from '../../../training/index.js'
import type { Claim, Demonstration, Lab } from '../../demonstration.js'
import { choices, compute, computeExactly, formsAgree, integers, largestError, mixerLayer } from '../../lab/index.js'

const side = 8
const levels = 8
/** So much noise on the pixels that a loss is not nearly 0. */
const noise = 0.2
const [dim, heads] = [32, 4]
const batch = 64
/** Share of a running average that a batch replaces. */
const momentum = 0.1
type Kind = 'layer' | 'progressive' | 'direct'

interface Run {
  readonly kind: Kind
  readonly depth: number
  readonly rate: number
  readonly steps: number
}
const shallow = { depth: 3, rate: 3e-3, steps: 800 }
/** The step at which λ is 0: most of a training is left for what the change of norm costs. */
const arrival = 280
/** Where a batch norm from the first step has more of a chance to diverge. */
const deep = { depth: 8, rate: 1e-2, steps: 200 }
const runs: readonly Run[] = [
  { kind: 'layer', ...shallow },
  { kind: 'progressive', ...shallow },
  { kind: 'direct', ...shallow },
  { kind: 'progressive', ...deep },
  { kind: 'direct', ...deep },
]

const attention = mixerLayer(simplifiedLinearAttention, {}, { dim, heads, bias: true })
const networkOf = (depth: number) => ({
  input: linear(side, dim),
  positions: parameter([side, dim], gaussian(0.1)),
  blocks: Array.from({ length: depth }, () => ({
    norms: [progressiveNormParameters(dim), progressiveNormParameters(dim)],
    attention,
    up: linear(dim, 2 * dim),
    down: linear(2 * dim, dim),
  })),
  norm: progressiveNormParameters(dim),
  classes: linear(dim, 10),
})
type Network = Bound<ReturnType<typeof networkOf>>
type Norm = Bound<ReturnType<typeof progressiveNormParameters>>
type Apply = (x: Tensor, parts: Norm, index: number) => Tensor

/** Logits [B, 10] of images [B, side, side], a row of pixels a token. */
function logitsOf(p: Network, images: Tensor, apply: Apply): Tensor {
  let h = add(p.input(images), p.positions)
  for (const [i, block] of p.blocks.entries()) {
    h = add(h, block.attention(apply(h, block.norms[0], 2 * i)))
    h = add(h, block.down(relu(block.up(apply(h, block.norms[1], 2 * i + 1)))))
  }
  return p.classes(mean(apply(h, p.norm, 2 * p.blocks.length), 1))
}

/** Each kind with the same parameters; the direct one is a batch norm from the first step, without η. */
function normOf(kind: Kind, lambda: Tensor, statistics: (x: Tensor, index: number) => BatchStatistics): Apply {
  return (x, parts, index) => {
    if (kind === 'layer') return layerNorm(x, parts.layer.scale, parts.layer.shift)
    if (kind === 'progressive') return progressiveNorm(x, parts, lambda, statistics(x, index))
    const plain = { ...parts, batch: { ...parts.batch, eta: zeros([dim]) } }
    return progressiveNorm(x, plain, constant([0], []), statistics(x, index))
  }
}

const row = (t: Tensor, index: number) => reshape(slice(t, 0, index, index + 1), [dim])
const kept = ({ means, variances }: { means: Tensor; variances: Tensor }) => {
  return (_: Tensor, index: number) => ({ mean: row(means, index), variance: row(variances, index) })
}

async function drawings() {
  const { task, config } = await registeredTask(`drawn-images:size=${side}:levels=${levels}:noise=${noise}`)
  if (task.kind !== 'examples') throw new Error('slab: drawn-images is no task of examples')
  const source = await task.open(config, { path: async (name) => name })
  const take = (part: 'train' | 'test', count: number) => {
    const examples = Array.from({ length: count }, (_, index) => source.example(part, index))
    return examples.map(({ inputs, targets }) => ({
      pixels: Array.from(inputs, (grey) => (2 * grey) / (levels - 1) - 1),
      digit: targets[targets.length - 1] - levels,
    }))
  }
  return { train: take('train', 4096), test: take('test', 1000) }
}
type Drawing = Awaited<ReturnType<typeof drawings>>['test'][number]

const fed = (chosen: readonly Drawing[]): Batch => ({
  images: {
    shape: [chosen.length, side, side],
    dtype: 'f32',
    data: Float32Array.from(chosen.flatMap(({ pixels }) => pixels)),
  },
  digits: integers(
    chosen.map(({ digit }) => [digit]),
    [],
  ),
})
const number = (value: number): TensorData => ({ shape: [], dtype: 'f32', data: Float32Array.of(value) })

async function trained(
  lab: Lab,
  { kind, depth, rate, steps }: Run,
  { train, test }: Awaited<ReturnType<typeof drawings>>,
) {
  const norms = 2 * depth + 1
  const network = networkOf(depth)
  const images = { shape: [batch, side, side], dtype: 'f32' } as const
  const learner = await createLearner(lab.executor, {
    parameters: network,
    inputs: { images, digits: { shape: [batch], dtype: 'i32' }, lambda: { shape: [], dtype: 'f32' } },
    loss(p, inputs) {
      const seen: BatchStatistics[] = []
      const logits = logitsOf(
        p,
        inputs.images,
        normOf(kind, inputs.lambda, (x) => {
          seen.push(batchStatistics(x))
          return seen[seen.length - 1]
        }),
      )
      const all = (of: (one: BatchStatistics) => Tensor) =>
        seen.length > 0 ? stack(seen.map(of), 0) : zeros([norms, dim])
      const statistics = { means: all((one) => one.mean), variances: all((one) => one.variance) }
      return { loss: mean(surprise(logits, inputs.digits)), fetch: statistics }
    },
    seed: lab.seed,
  })
  const average = (value: number): TensorData => {
    return { shape: [norms, dim], dtype: 'f32', data: new Float32Array(norms * dim).fill(value) }
  }
  const running = { means: average(0), variances: average(1) }
  let worst = 0
  for (let step = 1; step <= steps; step++) {
    lab.signal?.throwIfAborted()
    const random = createRandom(lab.seed, step)
    const chosen = Array.from({ length: batch }, () => random.pick(train))
    const lambda = number(Math.max(0, 1 - step / Math.min(arrival, 0.7 * steps)))
    const at = rateAt('wsd', step, { peak: rate, warmup: 20, steps })
    const { loss, fetch } = await learner.step(step, { ...fed(chosen), lambda }, at, 0.01)
    worst = Math.max(worst, Number.isFinite(loss) ? loss : Number.POSITIVE_INFINITY)
    for (const name of ['means', 'variances'] as const) {
      const found = (fetch as unknown as Record<string, TensorData>)[name].data
      const { data } = running[name]
      for (let i = 0; i < data.length; i++) data[i] += momentum * (found[i] - data[i])
    }
    if (step % 100 === 0) lab.progress(`${kind}: step ${step} of ${steps}, loss ${loss.toFixed(3)}`)
  }
  const given: Batch = { ...fed(test), ...running }
  const read = await learner.reader(given, (p, { images: shown, digits, means, variances }) => {
    const lossOf = (logits: Tensor) => mean(surprise(logits, digits))
    const logits = logitsOf(p, shown, normOf(kind, constant([0], []), kept({ means, variances })))
    const byOwn = logitsOf(p, shown, normOf(kind, constant([0], []), batchStatistics))
    return { logits, loss: lossOf(logits), lossByOwn: lossOf(byOwn) }
  })
  const { logits, loss, lossByOwn } = (await read(given)) as unknown as Record<string, TensorData>
  const right = choices(logits).filter((digit, index) => digit === test[index].digit).length / test.length
  return {
    network,
    loss: loss.data[0],
    /** By the statistics of the test images in place of the running averages. */
    lossByOwn: lossByOwn.data[0],
    accuracy: right,
    worst,
    logits,
    parameters: await learner.parameters(),
    running,
  }
}

/** The trained network without its norms, each taken into the linear maps behind it, in f32 and in float64. */
async function folding(lab: Lab, model: Awaited<ReturnType<typeof trained>>, test: readonly Drawing[]): Promise<Claim> {
  const { network } = model
  const maps = (i: number) => {
    if (i === 2 * shallow.depth) return ['classes']
    const block = `blocks.${Math.floor(i / 2)}`
    return i % 2 === 0 ? ['query', 'key', 'value'].map((name) => `${block}.attention.${name}`) : [`${block}.up`]
  }
  const { images } = fed(test)
  const inputs: Batch = {
    ...model.parameters,
    ' images': images,
    ' means': model.running.means,
    ' variances': model.running.variances,
  }
  const folded = (all: Readonly<Record<string, Tensor>>) => {
    const values: Record<string, Tensor> = { ...all }
    const tree: Network = bind(
      network,
      nest(network, ({ path }) => all[path]),
    )
    const parts = [...tree.blocks.flatMap((block) => block.norms), tree.norm]
    const statistics = kept({ means: all[' means'], variances: all[' variances'] })
    for (const [i, part] of parts.entries())
      for (const map of maps(i)) {
        const before = { weight: all[`${map}.weight`], bias: all[`${map}.bias`] }
        const { weight, bias } = withNormFolded(before, part, statistics(all[' means'], i))
        values[`${map}.weight`] = weight
        values[`${map}.bias`] = bias
      }
    return {
      logits: logitsOf(
        bind(
          network,
          nest(network, ({ path }) => values[path]),
        ),
        all[' images'],
        (x) => x,
      ),
    }
  }
  const { logits } = await compute(lab, inputs, folded)
  const few: Batch = { ...inputs, ' images': fed(test.slice(0, 8)).images }
  const exact = computeExactly(few, (all) => {
    const p: Network = bind(
      network,
      nest(network, ({ path }) => all[path]),
    )
    const statistics = kept({ means: all[' means'], variances: all[' variances'] })
    return { with: logitsOf(p, all[' images'], normOf('progressive', constant([0], []), statistics)), ...folded(all) }
  })
  const errors = [largestError(logits, model.logits), largestError(exact.logits, exact.with)]
  return {
    says: 'with every norm folded into the linear maps behind it the network has no norm, and the same logits to 1e-5',
    holds: errors[0] <= 1e-5,
    figures: [
      { name: 'logits without norms beside those with them, f32', value: errors[0], tolerance: 1e-5 },
      { name: 'the same in float64', value: errors[1], tolerance: 1e-10 },
    ],
  }
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`

export const slab: Demonstration = {
  id: 'slab',
  files: ['mechanisms/linear-attention/simplified-linear-attention.ts', 'nn/progressive-norm.ts'],
  seed: 1,
  changed: `Drawn digits of ${side} by ${side} pixels with noise, a row of pixels a token; three blocks of ${dim} features, ${shallow.steps} steps, λ at 0 after ${arrival}; for divergence ${deep.depth} blocks at a rate of ${deep.rate} as well. Loss within 1 % means at most 1 % above: of 1,000 test images, by the running averages. The last digits of gradients alone move these small losses by a quarter.`,
  async run(lab) {
    const data = await drawings()
    const results = await lab.each(runs, (run, own) => trained(own, run, data))
    const [layer, progressive, direct, progressiveDeep, directDeep] = results
    const above = progressive.loss / layer.loss - 1
    const diverges = !(directDeep.loss < Math.log(10))
    return {
      claims: [
        {
          says: 'the progressive norm ends with a loss at most 1 % above LayerNorm’s',
          holds: above <= 0.01,
          figures: [
            ...[layer, progressive].flatMap(({ loss, accuracy }, i) => [
              { name: `${runs[i].kind} norm: test loss`, value: loss, tolerance: loss / 4 },
              { name: `${runs[i].kind} norm: test accuracy`, value: accuracy, tolerance: 0.03 },
            ]),
            {
              name: 'progressive norm: test loss by the statistics of the test images',
              value: progressive.lossByOwn,
              tolerance: progressive.lossByOwn / 4,
            },
          ],
          ...(above > 0.01 && {
            because: `it ends ${percent(above)} above, ${shallow.steps - arrival} steps after the change of norm; the running averages account for ${percent((progressive.loss - progressive.lossByOwn) / layer.loss)} of LayerNorm’s loss, and a batch norm from the first step ends at ${percent(direct.loss / layer.loss)} of it`,
          }),
        },
        {
          says: 'it trains stably where a batch norm from the first step diverges',
          holds: diverges && progressiveDeep.worst < 2 * Math.log(10),
          figures: [
            { name: 'direct norm: test loss', value: direct.loss, tolerance: direct.loss / 4 },
            { name: 'direct norm: test accuracy', value: direct.accuracy, tolerance: 0.03 },
            { name: 'direct norm: largest training loss', value: direct.worst, tolerance: 0.5 },
            { name: 'progressive norm: largest training loss', value: progressive.worst, tolerance: 0.5 },
            ...[progressiveDeep, directDeep].flatMap(({ worst, accuracy }, i) => [
              { name: `${runs[3 + i].kind} norm, deep: largest training loss`, value: worst, tolerance: 1 },
              { name: `${runs[3 + i].kind} norm, deep: test accuracy`, value: accuracy, tolerance: 0.1 },
            ]),
          ],
          ...(!diverges && {
            because: `a batch norm trains from the start in ${shallow.depth} blocks, and in ${deep.depth} at a rate of ${deep.rate}: accuracies ${direct.accuracy} and ${directDeep.accuracy}`,
          }),
        },
        await folding(lab, progressive, data.test),
        await formsAgree(
          lab,
          simplifiedLinearAttention,
          'simplified linear attention: at once, by chunks and token by token agree',
        ),
      ],
      sentence: `Test loss ${progressive.loss.toFixed(3)} with the progressive norm, ${layer.loss.toFixed(3)} with LayerNorm and ${direct.loss.toFixed(3)} with batch norm from the start.`,
    }
  },
}
