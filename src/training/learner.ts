/** Learning anything that is a loss of parameters: for what is no model of the registry, and for losses of one's own. */
import {
  compileStateful,
  type Executor,
  gradients,
  keyOfSeed,
  type Spec,
  type Tensor,
  type TensorData,
  traceStateful,
} from '../engine/index.js'
import { parameterStream } from '../nn/initializers.js'
import { type Bound, bind, listParameters, nest, type ParameterTree } from '../nn/parameter.js'
import { adamW, type Optimizer } from './optimizer.js'
import { clipped, updates } from './update.js'

export interface LearnerOptions<P extends ParameterTree, F> {
  readonly parameters: P
  /** Of the batches, by name. */
  readonly inputs: Readonly<Record<string, Spec>>
  /** The loss of a batch and what else to fetch; `key` [2] i32 is another one at every step. */
  loss(p: Bound<P>, inputs: Readonly<Record<string, Tensor>>, key: Tensor): { loss: Tensor; fetch: F }
  readonly optimizer?: Optimizer
  /** Largest norm of the gradient; 1 by default, 0 for none. */
  readonly clip?: number
  /** Parameters that keep their values, by path. */
  readonly frozen?: (path: string) => boolean
  /** Draws starting values and keys. */
  readonly seed: number
}

export type Batch = Readonly<Record<string, TensorData>>
export type Learner<F> = Awaited<ReturnType<typeof createLearner<ParameterTree, F>>>

/** Parameters in a store with one compiled step: AdamW on the loss. */
export async function createLearner<P extends ParameterTree, F>(executor: Executor, options: LearnerOptions<P, F>) {
  const { parameters, inputs, loss, optimizer = adamW(), clip = 1, frozen = () => false, seed } = options
  const list = listParameters(parameters)
  const learned = list.filter(({ path }) => !frozen(path))
  const store = executor.createStore()
  const leaf = (shape: readonly number[]) => ({ shape, dtype: 'f32', change: 'replace' }) as const
  const held = Object.fromEntries(list.map(({ path, shape }) => [`parameters.${path}`, leaf(shape)]))
  const moments = Object.fromEntries(
    learned.flatMap(({ path, shape }) => optimizer.moments.map((name) => [`${name}.${path}`, leaf(shape)])),
  )
  const number: Spec = { shape: [], dtype: 'f32' }
  const sizes = { rate: number, keep: number, scaledRate: number, epsilon: number }
  const key: Spec = { shape: [2], dtype: 'i32' }
  const bound = (tensors: Readonly<Record<string, Tensor>>) =>
    bind(
      parameters,
      nest(parameters, ({ path }) => tensors[`parameters.${path}`]),
    )
  const stateful = traceStateful({ ...held, ...moments }, { inputs, sizes, key }, (before, fed) => {
    const { loss: mean, fetch } = loss(bound(before), fed.inputs, fed.key)
    const found = gradients(
      mean,
      Object.fromEntries(learned.map(({ path }) => [path, before[`parameters.${path}`] as Tensor])),
    )
    const { norm, gradients: safe } = clipped(found as Record<string, Tensor>, clip)
    const next = updates({ parameterList: learned }, optimizer, before, safe, fed.sizes)
    return { state: next, fetch: { loss: mean, norm, fetch } }
  })
  const step = await compileStateful(executor, store, stateful)
  const starting = list.map(({ path, shape, initial }) => [
    `parameters.${path}`,
    { shape, dtype: 'f32', data: initial(shape, parameterStream(seed, path)), change: 'replace' },
  ])
  const zeros = Object.entries(moments).map(([path, { shape }]) => [
    path,
    { shape, dtype: 'f32', data: new Float32Array(shape.reduce((a, b) => a * b, 1)), change: 'replace' },
  ])
  await store.write(Object.fromEntries([...starting, ...zeros]))

  return {
    store,

    /** One step, numbered from 1. */
    async step(at: number, batch: Batch, rate: number, weightDecay = 0) {
      const scalars = Object.entries(optimizer.sizes(at, rate, weightDecay)).map(([name, value]) => [
        name,
        { shape: [], dtype: 'f32', data: Float32Array.of(value) },
      ])
      const fed = { inputs: batch, sizes: Object.fromEntries(scalars), key: keyOfSeed(seed * 1_000_003 + at) }
      const result = await step.run(fed as never)
      return { loss: result.loss.data[0], norm: result.norm.data[0], fetch: result.fetch }
    },

    /** A function of the parameters as they are at each call, compiled for inputs of these shapes. */
    async reader<I extends Readonly<Record<string, Spec>>, G>(
      specs: I,
      read: (p: Bound<P>, inputs: Readonly<Record<keyof I, Tensor>>) => G,
    ) {
      const program = traceStateful(held, specs as Readonly<Record<string, Spec>>, (before, fed) => ({
        state: {},
        fetch: read(bound(before), fed as never),
      }))
      const compiled = await compileStateful<Readonly<Record<string, TensorData>>, G>(executor, store, program)
      return (batch: Readonly<Record<keyof I, TensorData>>) => compiled.run(batch)
    },

    /** Parameters by path. */
    async parameters(): Promise<Record<string, TensorData>> {
      const all = await store.read(Object.keys(held))
      return Object.fromEntries(
        Object.entries(all).map(([path, { used: _, ...value }]) => [path.slice('parameters.'.length), value]),
      )
    },

    /** Sets parameters by path. */
    async load(values: Readonly<Record<string, TensorData>>): Promise<void> {
      await store.write(
        Object.fromEntries(Object.entries(values).map(([path, value]) => [`parameters.${path}`, value])),
      )
    },

    dispose: () => store.dispose(),
  }
}
